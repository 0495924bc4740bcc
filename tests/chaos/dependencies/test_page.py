"""The page says what the tests ask."""

from pathlib import Path

from tests.chaos.dependencies.asking import Answer, Collector
from tests.chaos.dependencies.page import SECTIONS, page

ROOT = Path(__file__).parents[3]


def test_the_page_is_made_of_the_table() -> None:
    told = (ROOT / "docs" / "failures.md").read_text(encoding="utf-8")
    assert told == page(), "run: python -m tests.chaos.dependencies.page > docs/failures.md"


def test_every_fault_stands_once_in_its_section() -> None:
    for section in SECTIONS:
        faults = [(cell.place, cell.fault.name) for cell in section.cells]
        assert len(faults) == len(set(faults)), section.title


def test_the_collector_notices_an_answer_without_a_label() -> None:
    step = {"tier": "debate", "error": "ModelUnavailable"}
    body = {"steps": [step], "posture": None, "outcome": "deceptive", "degraded": []}
    collected = Collector()
    collected.heard("silent", Answer(200, {}, body))
    collected.touched("silent", [Answer(200, {}, body)])
    assert len(collected.unlabelled) == 2
