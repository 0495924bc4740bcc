from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from candor.domain.ledger import Audited, Label, Review, VerdictRecord
from candor.domain.lessons import Lessons, lesson
from candor.domain.verdict import Category, Outcome
from tests.ledgers import NOON, a_record

HONEST_REVIEW = Review(Label.NON_DECEPTIVE, NOON)
CLEARED: dict[str, Any] = {"outcome": Outcome.NON_DECEPTIVE, "score": 0.02, "decided_by": "screen"}


def an_audit(score: float | None = 0.9, weight: float = 50.0) -> Audited:
    outcome = Outcome.DECEPTIVE if score is not None else Outcome.INCONCLUSIVE
    by = "debate" if score is not None else None
    return Audited("t", NOON, "screen", outcome, score, by, weight)


def test_an_audit_labels_what_the_screen_had_cleared_and_brings_its_weight() -> None:
    taught = lesson(a_record(**CLEARED, audit=an_audit(0.9, 50)))
    assert taught is not None
    assert (taught.deceptive, taught.by, taught.source) == (True, "audit", "debate")
    assert taught.weight == pytest.approx(0.8 * 50)


def test_a_person_wins_over_an_audit_and_that_over_a_debate() -> None:
    debated = a_record(audit=replace(an_audit(0.1), outcome=Outcome.NON_DECEPTIVE))
    taught = lesson(debated)
    assert taught is not None
    assert (taught.deceptive, taught.by) == (False, "audit")
    told = lesson(replace(debated, review=Review(Label.DECEPTIVE, NOON, Category.FABRICATION)))
    assert told is not None
    assert (told.deceptive, told.by, told.weight) == (True, "human", 1)
    assert told.category == "fabrication"


@pytest.mark.parametrize(
    "record",
    [
        a_record(**CLEARED),
        a_record(**CLEARED, audit=an_audit(None)),
        a_record(outcome=Outcome.INCONCLUSIVE, decided_by=None),
    ],
)
def test_what_only_the_screen_or_nobody_said_is_no_label(record: VerdictRecord) -> None:
    assert lesson(record) is None


def test_the_best_label_goes_with_the_newest_record_that_has_something_to_learn_from() -> None:
    remembered = a_record(3, after=9, features=None, review=HONEST_REVIEW)
    newer, older = a_record(2, after=5), a_record(1)
    lessons = Lessons(lambda record: record.features is not None)
    for record in (remembered, newer, older):
        lessons.take(record)
    assert [lessons.of(record) is not None for record in (remembered, newer, older)] == [
        False,
        True,
        False,
    ]
    taught = lessons.of(newer)
    assert taught is not None
    assert (taught.id, taught.lesson.by) == (remembered.id, "human")


def test_labels_of_which_nothing_else_is_kept_are_counted_and_left_out() -> None:
    lessons = Lessons(lambda record: record.features is not None)
    bare = a_record(features=None, at=NOON + timedelta(1))
    lessons.take(bare)
    assert (lessons.of(bare), lessons.groups(), lessons.unusable) == (None, {}, 1)
