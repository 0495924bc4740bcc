"""Several worker processes count together."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORKER = """
import os
from prometheus_client import CollectorRegistry
from candor.telemetry.metrics import Metrics

metrics = Metrics(CollectorRegistry(), [], os.environ["PROMETHEUS_MULTIPROC_DIR"])
metrics.shed.labels("image_pool").inc()
print(metrics.render().decode())
"""


def rendered_by_a_worker(folder: Path) -> str:
    env = {
        **os.environ,
        "PROMETHEUS_MULTIPROC_DIR": str(folder),
        "PYTHONPATH": str(ROOT / "service"),
    }
    done = subprocess.run(
        [sys.executable, "-c", WORKER], env=env, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_any_worker_tells_what_all_of_them_counted(tmp_path: Path) -> None:
    first = rendered_by_a_worker(tmp_path)
    second = rendered_by_a_worker(tmp_path)

    assert 'candor_shed_total{reason="image_pool"} 1.0' in first
    assert 'candor_shed_total{reason="admission"} 0.0' in first
    assert 'candor_shed_total{reason="image_pool"} 2.0' in second
    assert "candor_build_info{" in second
