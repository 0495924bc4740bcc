"""Prints the lines of a lock for the packages named, with their hashes.

python locked.py requirements-dev.lock hatchling packaging > build.lock
"""

import re
import sys
from pathlib import Path

_ENTRY = re.compile(r"^([A-Za-z0-9._-]+)==.*(?:\n[ \t]+.*)*", re.MULTILINE)


def locked(lock: str, names: list[str]) -> str:
    """Raises: KeyError with a name that the lock does not have."""
    entries = {_normal(found[1]): found[0] for found in _ENTRY.finditer(lock)}
    return "".join(entries[_normal(name)] + "\n" for name in names)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    try:
        sys.stdout.write(locked(Path(sys.argv[1]).read_text(encoding="utf-8"), sys.argv[2:]))
    except KeyError as exc:
        raise SystemExit(f"{sys.argv[1]} has no {exc}: run `make lock`") from exc
