"""The scripted day of `tests.chaos.prometheus_live`, with a real Prometheus, in two minutes."""

import os
from pathlib import Path

import pytest

from tests.chaos.prometheus_live import lived
from tests.prometheus_server import find_prometheus


@pytest.fixture
def prometheus_binary(redis_binary: str) -> str:
    """Runs where CANDOR_TEST_PROMETHEUS=required, as in CI: two minutes are long elsewhere."""
    if os.environ.get("CANDOR_TEST_PROMETHEUS") != "required":
        pytest.skip("takes two minutes: set CANDOR_TEST_PROMETHEUS=required")
    binary = find_prometheus()
    assert binary, "prometheus is not on the PATH: install it (Debian: apt-get install prometheus)"
    return binary


async def test_a_day_brings_its_alerts_and_no_others_and_fills_the_dashboards(
    prometheus_binary: str, tmp_path: Path
) -> None:
    told: list[str] = []
    day = await lived(tmp_path, told.append)
    assert day.missing() == [], "\n".join(told)
    assert day.surplus() == [], "\n".join(told)
    assert day.empty == []
