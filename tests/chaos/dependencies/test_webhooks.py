"""A receiver of webhooks that fails: see docs/failures.md."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.chaos.dependencies import other_cells
from tests.chaos.dependencies.asking import Asker, Collector
from tests.chaos.dependencies.cells import Cell
from tests.chaos.dependencies.checks import counted, until
from tests.chaos.dependencies.line import Line, Loop, line
from tests.receiver import Receiver
from tests.service import serving

_CONFIG = """
ocr: {{kind: none}}
logs: {{level: error}}
jobs:
  idle_seconds: 0.02
  webhooks:
    http_hosts: ["{host}"]
    secrets: [a secret of the operator]
    timeout_seconds: 0.4
    backoff_seconds: 0.2
    max_backoff_seconds: 0.2
    max_tries: 60
"""


@dataclass(frozen=True)
class Stage:
    ask: Asker
    receiver: Receiver
    line: Line


@pytest.fixture(scope="module")
def stage(
    tmp_path_factory: pytest.TempPathFactory, loop: Loop, collector: Collector
) -> Iterator[Stage]:
    with Receiver() as receiver:
        port = int(receiver.host.rpartition(":")[2])
        with line(loop, port, delay=1) as told:
            config = _CONFIG.format(host=f"127.0.0.1:{told.port}")
            with serving(tmp_path_factory.mktemp("webhooks"), config) as service:
                yield Stage(Asker(service, collector), receiver, told)


@pytest.mark.parametrize("cell", other_cells.CELLS["receiver"], ids=str)
def test_a_job_ends_whatever_its_receiver_does(stage: Stage, cell: Cell) -> None:
    before = stage.ask.scrape()
    hook = {"url": f"{stage.line.url}/told", "events": ["job.done"]}
    with stage.line.spoilt(cell.fault):
        job = stage.ask.post("/v1/monitor/jobs", stage.ask.new(webhook=hook)).body["id"]
        until(lambda: _state(stage, job) == "done", "a job that ends")
        counted(stage.ask, cell.counts, before)
    if cell.fault in other_cells.TOLD_AGAIN:
        until(
            lambda: _delivered(stage) > before.total(*_DELIVERED[:1], result="delivered"), "news"
        )


_DELIVERED = ("webhook_deliveries_total", "delivered")


def _delivered(stage: Stage) -> float:
    name, result = _DELIVERED
    return stage.ask.scrape().total(name, result=result)


def _state(stage: Stage, job: str) -> str:
    return str(stage.ask.get(f"/v1/monitor/jobs/{job}").body["state"])
