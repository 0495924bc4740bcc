"""Model endpoints and classifiers that fail under a running service: see docs/failures.md."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.chaos.dependencies import model_cells, models
from tests.chaos.dependencies.asking import Answer, Collector, wounds
from tests.chaos.dependencies.cells import Cell
from tests.chaos.dependencies.checks import assert_told, counted, recovered, told_by
from tests.chaos.dependencies.line import Loop
from tests.chaos.dependencies.models import Stage


@pytest.fixture(scope="module")
def stage(
    tmp_path_factory: pytest.TempPathFactory, loop: Loop, collector: Collector
) -> Iterator[Stage]:
    with models.opened(tmp_path_factory.mktemp("models"), loop, collector) as opened:
        yield opened


def bodies(stage: Stage, cell: Cell) -> dict[str, dict[str, Any]]:
    """By posture."""
    waits = cell.fault.silent and not cell.place.startswith("screen")
    options = {"options": {"deadline_ms": models.SHORT_MS}} if waits else {}
    return {
        posture: stage.ask.new(policy=cell.place + posture, **options)
        for posture in models.POSTURES
    }


def asked(stage: Stage, cell: Cell, under: dict[str, dict[str, Any]]) -> dict[str, Answer]:
    line = stage.classifier if cell.place.startswith("screen") else stage.model
    with line.spoilt(cell.fault), ThreadPoolExecutor(len(under)) as pool:
        told = pool.map(lambda body: stage.ask.judge(str(cell), body), under.values())
        return dict(zip(under, told, strict=True))


@pytest.mark.parametrize("cell", model_cells.CELLS, ids=str)
def test_what_is_told_counted_and_forgotten_of_a_fault(stage: Stage, cell: Cell) -> None:
    before, under = stage.ask.scrape(), bodies(stage, cell)
    answers = asked(stage, cell, under)
    assert_told(answers[""], cell.told)
    if cell.strict is not None:
        assert_told(answers["-block"], cell.strict)
        # Whoever lets pass is told of it all the same.
        lax = answers["-allow"]
        assert lax.posture == "dependency_down:allow"
        assert lax.body["action"] == "allow"
        assert told_by(lax).degraded == cell.told.degraded
        if wounds(before, stage.ask.scrape()):
            stage.ask.collector.touched(str(cell), list(answers.values()))
    counted(stage.ask, cell.counts, before)
    again = recovered(stage.ask, under[""])
    assert again.headers["x-candor-cache"] == ("miss" if cell.strict else "hit")
