import gzip
import importlib.util
import json
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from candor.learning import synthetic
from candor.learning.rows import Row, rows_of
from candor.learning.train import Trained
from candor.learning.transfer import OUTSIDE, halves, meeting, taught, unseen

TOOL = Path(__file__).parents[3] / "tools" / "classifier_report.py"


@cache
def booking() -> list[Row]:
    return list(rows_of(synthetic.traffic(synthetic.BOOKING, 400, seed=3)))


@cache
def repair() -> list[Row]:
    return list(rows_of(synthetic.traffic(synthetic.REPAIR, 100, seed=3)))


@cache
def screen() -> Trained:
    found = taught(halves(booking())[0], OUTSIDE)
    assert found is not None
    return found


def test_hardly_any_traffic_of_its_own_is_unfamiliar() -> None:
    met = meeting(screen().model, halves(booking())[1])
    assert met.unfamiliar <= 0.05
    assert met.alarms == 0


def test_another_source_is_noticed_within_a_window() -> None:
    met = meeting(screen().model, repair(), before=booking()[:100])
    assert met.unfamiliar > 0.9
    assert met.noticed is not None
    assert met.noticed <= 25


def test_without_a_head_all_is_unfamiliar() -> None:
    bare = [Row(row.vector, False, row.deceptive, 1.0, row.group) for row in repair()]
    found = unseen(screen().model, booking(), bare)
    assert (found.auroc, found.meeting.unfamiliar, found.meeting.noticed) == (None, 1.0, 1)


def test_too_few_rows_teach_nothing() -> None:
    assert taught(booking()[:10], OUTSIDE) is None


@pytest.fixture
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("classifier_report", TOOL)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_one_command_prints_every_table(tool: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    for service in synthetic.SERVICES:
        with gzip.open(tmp_path / "train" / f"{service.name}.jsonl.gz", "wt") as file:
            for one in synthetic.traffic(service, 120, seed=1):
                line: dict[str, str | None] = {
                    "id": one.id,
                    "source": one.source,
                    "prompt": one.exchange.prompt,
                }
                line |= {"response": one.exchange.response, "reasoning": one.exchange.reasoning}
                line |= {"label": "deceptive" if one.deceptive else "non_deceptive"}
                file.write(json.dumps({**line, "group": one.group}) + "\n")
    tables = "\n".join(tool.report(tmp_path, None)).split("\n\n")
    assert len(tables) == 3
    for name in ("synthetic_booking", "synthetic_repair"):
        assert f"| {name} | 120 (" in tables[0]
        assert f"| {name} |" in tables[2]


def test_sources_of_one_family_are_left_out_together(tool: ModuleType) -> None:
    assert tool.family("amongus_cot") == tool.family("amongus_rules")
    assert tool.family("ld_mask") != tool.family("ld_alibi")
