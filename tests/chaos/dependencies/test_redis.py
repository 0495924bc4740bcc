"""One Redis that fails in each of its uses: see docs/failures.md."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from tests.chaos.dependencies import redis_cells, redis_stage
from tests.chaos.dependencies.asking import Answer, Collector, wounds
from tests.chaos.dependencies.cells import Cell
from tests.chaos.dependencies.checks import assert_told, counted, recovered, until
from tests.chaos.dependencies.line import Loop
from tests.chaos.dependencies.redis_stage import Stage

Stages = Callable[[str], Stage]


@pytest.fixture(scope="module")
def stages(
    redis_binary: str,
    tmp_path_factory: pytest.TempPathFactory,
    loop: Loop,
    collector: Collector,
) -> Iterator[Stages]:
    """One service for each use, the last one still there."""
    opened: dict[str, Stage] = {}
    with ExitStack() as stack:

        def stage(use: str) -> Stage:
            if use not in opened:
                folder = tmp_path_factory.mktemp(use)
                found = redis_stage.opened(use, redis_binary, folder, loop, collector)
                opened[use] = stack.enter_context(found)
            return opened[use]

        yield stage


def asked(stage: Stage, cell: Cell, policy: str) -> Answer:
    body = stage.ask.new(policy=policy)
    if cell.place != "leases":
        with stage.redis.spoilt(cell.fault):
            return stage.ask.judge(str(cell), body)
    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(stage.ask.judge, str(cell), body)
        # Three calls of a model take 0.6 s: the lease is held by now.
        time.sleep(0.25)
        with stage.redis.spoilt(cell.fault):
            return working.result()


def is_back(stage: Stage) -> None:
    body = stage.ask.new()
    recovered(stage.ask, body)
    until(
        lambda: stage.ask.judge("again", body).headers["x-candor-cache"] == "hit",
        "a cache that knows",
    )


@pytest.mark.parametrize("cell", [c for c in redis_cells.CELLS if c.place != "jobs"], ids=str)
def test_verdicts_go_on_and_say_what_they_lack(stages: Stages, cell: Cell) -> None:
    stage = stages(cell.place)
    before = stage.ask.scrape()
    answer = asked(stage, cell, "default")
    assert_told(answer, cell.told)
    counted(stage.ask, cell.counts, before)
    if cell.strict is not None:
        if wounds(before, stage.ask.scrape()):
            stage.ask.collector.touched(str(cell), [answer])
        if cell.place != "leases":
            assert_told(asked(stage, cell, "block"), cell.strict)
    is_back(stage)


@pytest.mark.parametrize("cell", [c for c in redis_cells.CELLS if c.place == "jobs"], ids=str)
def test_jobs_are_refused_and_verdicts_are_not(stages: Stages, cell: Cell) -> None:
    stage = stages(cell.place)
    before = stage.ask.scrape()
    with stage.redis.spoilt(cell.fault):
        refused = stage.ask.post("/v1/monitor/jobs", stage.ask.new())
        judged = stage.ask.judge(str(cell), stage.ask.new())
    assert_told(refused, cell.told)
    assert int(refused.headers["retry-after"]) > 0
    assert judged.status == 200
    counted(stage.ask, cell.counts, before)
    until(
        lambda: stage.ask.post("/v1/monitor/jobs", stage.ask.new()).status == 202,
        "a queue that takes jobs",
    )
