"""Who may teach the screen, and what hangs together."""

from dataclasses import replace
from datetime import UTC, datetime

from candor.domain.ledger import Label, Review
from candor.domain.verdict import Outcome
from candor.learning.recorded import rows_of_records
from tests.unit.learning.screened import record

WORD = Review(Label.NON_DECEPTIVE, datetime(2026, 3, 2, tzinfo=UTC))


def test_a_debate_teaches_what_it_said_and_the_screen_itself_teaches_nothing() -> None:
    rows = rows_of_records([record(1, deceptive=True), record(2, deceptive=True, by="screen")])
    assert [(row.deceptive, row.by) for row in rows] == [(True, "debate")]
    assert not rows[0].has_reasoning


def test_a_person_overrules_a_debate_and_an_audit_the_screen() -> None:
    reviewed = replace(record(1, deceptive=True), review=WORD)
    audited = record(2, deceptive=True, by="screen", audit=0.25)
    rows = {row.by: row for row in rows_of_records([reviewed, audited])}
    assert not rows["human"].deceptive
    assert rows["audit"].deceptive
    assert rows["audit"].weight == 4.0


def test_what_nobody_was_sure_of_or_has_no_features_teaches_nothing() -> None:
    unsure = replace(
        record(1, deceptive=True), outcome=Outcome.INCONCLUSIVE, decided_by=None, score=0.5
    )
    bare = replace(record(2, deceptive=True), features=None)
    assert rows_of_records([unsure, bare]) == []


def test_verdicts_that_share_a_group_directly_or_through_others_are_one() -> None:
    chain = [("a",), ("a", "b"), ("b", "c"), ("d",)]
    records = [replace(record(n, deceptive=True), groups=g) for n, g in enumerate(chain)]
    groups = [row.group for row in rows_of_records(records)]
    assert groups[0] == groups[1] == groups[2] != groups[3]
