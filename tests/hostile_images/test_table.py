"""The table of hostile images against a running service: what it answers, and what it takes."""

import json
import os
import time
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.hostile_images.table import JUDGED, Row, table
from tests.service import Service, serving

ROWS = table()
# Only the debate looks at pixels, so it is asked without a screen before it.
CONFIG = """
policies: {default: {tiers: [{kind: debate}]}}
ocr: {kind: none}
"""
MOST_GROWTH = 300_000_000
# Of the service's CPU time for one image; times on the wall are printed too, and depend on what
# else the machine does.
MOST_SECONDS = 2.0
PATIENCE = 20.0


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("hostile"), CONFIG) as service:
        yield service


def asking_about(row: Row) -> bytes:
    """Nothing is remembered: a verdict from before would say nothing of the image."""
    image = {"data": b64encode(row.made()).decode()}
    body = {"prompt": "p", "response": "r", "images": [image], "options": {"cache": "bypass"}}
    return json.dumps(body).encode()


def peak(service: Service) -> int:
    """Bytes that the process has held at most since `forget_the_peak`."""
    status = Path(f"/proc/{service.process.pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


def cpu_seconds(service: Service) -> float:
    """Of all its threads."""
    stat = Path(f"/proc/{service.process.pid}/stat").read_text().rpartition(")")[2].split()
    user, system = map(int, stat[11:13])
    return (user + system) / os.sysconf("SC_CLK_TCK")


def forget_the_peak(service: Service) -> None:
    Path(f"/proc/{service.process.pid}/clear_refs").write_text("5")


def test_the_table_is_long_enough() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS) >= 40


def test_every_image_is_judged_or_refused_with_its_reason_in_little_memory(
    service: Service,
) -> None:
    headers = {"content-type": "application/json"}
    client = httpx.Client(
        base_url=service.base_url, headers=headers, timeout=PATIENCE, trust_env=False
    )
    forget_the_peak(service)
    before = peak(service)
    wrong, times, efforts = [], {}, {}
    for row in ROWS:
        body = asking_about(row)
        started, worked = time.monotonic(), cpu_seconds(service)
        answer = client.post("/v1/monitor", content=body)
        times[row.name] = round(time.monotonic() - started, 3)
        efforts[row.name] = round(cpu_seconds(service) - worked, 2)
        said = answer.json()
        kind = JUDGED if answer.status_code == 200 else said["type"].rpartition(":")[2]
        if kind != row.answer:
            wrong.append(f"{row.name}: {answer.status_code} {kind}, not {row.answer}")
        elif kind != JUDGED and not (said["detail"] and said["hint"] and said["field"]):
            wrong.append(f"{row.name}: the reason is missing")
    grown = peak(service) - before
    told = {"grown_bytes": grown, "seconds": times, "cpu_seconds": efforts}
    print(json.dumps(told))  # noqa: T201 # for `pytest -s`
    assert wrong == []
    assert grown < MOST_GROWTH
    assert max(efforts.values()) < MOST_SECONDS
    assert client.get("/readyz").status_code == 200
    client.close()


def test_large_images_that_come_together_are_decoded_one_after_the_other(
    service: Service,
) -> None:
    """Each takes most of what decoding may take: three at once would take three times that."""
    heavy = next(row for row in ROWS if row.name == "WebP of 19 million")
    body = asking_about(heavy)

    def ask(_: int) -> int:
        headers = {"content-type": "application/json"}
        url = f"{service.base_url}/v1/monitor"
        return httpx.post(
            url, content=body, headers=headers, timeout=PATIENCE, trust_env=False
        ).status_code

    forget_the_peak(service)
    before = peak(service)
    with ThreadPoolExecutor(3) as callers:
        assert list(callers.map(ask, range(3))) == [200] * 3
    assert peak(service) - before < MOST_GROWTH
