"""Write the dashboards and the rules: `python -m tools.dashboards [--check]`."""

import sys
from pathlib import Path

from tools.dashboards.files import drifted, written

DEPLOY = Path(__file__).parents[2] / "deploy"

if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        stale = drifted(DEPLOY)
        sys.exit(f"run `make dashboards`; stale: {', '.join(stale)}" if stale else 0)
    for name in written(DEPLOY):
        print(name)
