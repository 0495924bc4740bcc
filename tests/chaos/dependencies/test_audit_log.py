"""An audit log whose disk is full: see docs/failures.md."""

from pathlib import Path

import pytest

from tests.chaos.dependencies import other_cells
from tests.chaos.dependencies.asking import Asker, Collector
from tests.chaos.dependencies.cells import Cell
from tests.chaos.dependencies.checks import assert_told, counted, until
from tests.chaos.dependencies.disks import full_disk
from tests.service import serving

_CONFIG = """
ocr: {{kind: none}}
audit_log: {{folder: "{folder}/audit", on_failure: {on_failure}, wait_ms: 3000}}
policies:
  default:
    require: []
    tiers: [{{kind: screen, band: {{non_deceptive_below: 0.9, deceptive_above: 0.97}}}}]
"""


@pytest.mark.parametrize("cell", other_cells.CELLS["open"], ids=str)
def test_a_full_disk_refuses_only_where_nothing_may_go_unwritten(
    tmp_path: Path, collector: Collector, cell: Cell
) -> None:
    (tmp_path / "audit").mkdir()
    config = _CONFIG.format(folder=tmp_path, on_failure=cell.place)
    with serving(tmp_path, config) as service:
        ask = Asker(service, collector)
        assert ask.judge("before", ask.new()).status == 200
        before = ask.scrape()
        with full_disk(service.process.pid):
            assert_told(ask.judge(str(cell), ask.new()), cell.told)
            counted(ask, cell.counts, before)
        until(lambda: ask.judge("after", ask.new()).status == 200, "an answer")
