"""A collector of traces that fails: see docs/failures.md."""

from collections.abc import Iterator

import pytest

from tests.chaos.dependencies import other_cells
from tests.chaos.dependencies.answerer import answering
from tests.chaos.dependencies.asking import Asker, Collector
from tests.chaos.dependencies.cells import Cell
from tests.chaos.dependencies.checks import assert_told, counted
from tests.chaos.dependencies.line import Line, Loop, line
from tests.service import serving

_CONFIG = """
ocr: {{kind: none}}
logs: {{level: error}}
tracing: {{endpoint: "{url}", timeout_seconds: 1}}
policies:
  default:
    require: []
    tiers: [{{kind: screen, band: {{non_deceptive_below: 0.9, deceptive_above: 0.97}}}}]
"""


@pytest.fixture(scope="module")
def stage(
    tmp_path_factory: pytest.TempPathFactory, loop: Loop, collector: Collector
) -> Iterator[tuple[Asker, Line]]:
    with answering({}) as port, line(loop, port) as way:
        folder = tmp_path_factory.mktemp("collector")
        with serving(folder, _CONFIG.format(url=way.url)) as service:
            yield Asker(service, collector), way


@pytest.mark.parametrize("cell", other_cells.CELLS["collector"], ids=str)
def test_a_collector_that_fails_costs_spans_and_nothing_else(
    stage: tuple[Asker, Line], cell: Cell
) -> None:
    ask, way = stage
    before = ask.scrape()
    with way.spoilt(cell.fault):
        assert_told(ask.judge(str(cell), ask.new()), cell.told)
        counted(ask, cell.counts, before, seconds=20)
