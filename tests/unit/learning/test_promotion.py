"""A candidate takes charge by itself only where the ledger's labels bear it out."""

from datetime import timedelta

import numpy as np

from candor.adapters.classifier.promotion import PromotionConfig
from candor.adapters.classifier.shelf import Chosen, Standing
from candor.domain.ledger import VerdictRecord
from candor.domain.screening.model import ScreenModel
from candor.learning.evidence import gather
from candor.learning.promotion import Advice, ErrorRun, Move, review
from tests.unit.learning.screened import START, blind, good, record, shut, tuned
from tests.unit.learning.test_train import trained

NOW = START + timedelta(days=2)
GOAL = PromotionConfig(min_verdicts=100, min_deceptive_groups=80)


def advice(
    records: list[VerdictRecord],
    current: ScreenModel | None,
    candidate: ScreenModel | None = None,
    previous: ScreenModel | None = None,
    goal: PromotionConfig = GOAL,
) -> Advice:
    since = START
    standing = Standing(
        current=current.digest if current else None,
        candidate=candidate.digest if candidate else None,
        current_since=since,
        candidate_since=since if candidate else None,
    )
    models = Chosen(current, candidate, previous)
    return review(standing, models, gather(records, {"default"}), goal, NOW)


def debated(count: int) -> list[VerdictRecord]:
    return [record(n, deceptive=n % 2 == 0) for n in range(count)]


def cleared(count: int) -> list[VerdictRecord]:
    """By the screen in charge; half of it was a lie, and a half was audited."""
    return [
        record(n, deceptive=n % 4 == 0, by="screen", audit=0.5 if n % 2 == 0 else None)
        for n in range(count)
    ]


def test_a_candidate_that_keeps_the_promise_and_escalates_less_is_promoted() -> None:
    found = advice(debated(240), shut(), good())
    assert found.move is Move.PROMOTE
    assert "240 verdicts since it is watched" in found.words[0]
    assert "240 by the one in charge" in found.words[0]


def test_a_candidate_that_misses_is_not_promoted_however_much_it_saves() -> None:
    found = advice(debated(240), shut(), blind())
    assert found.move is Move.NONE
    assert "of 120 groups: at most 0.05 is not shown" in found.words[-1]


def test_a_candidate_that_escalates_more_is_not_promoted() -> None:
    found = advice(debated(240), good(), shut())
    assert found.move is Move.NONE
    assert "it escalates more: 240 of 240, the one in charge" in found.words[-1]


def test_a_candidate_without_thresholds_of_its_own_is_not_promoted() -> None:
    found = advice(debated(240), None, trained().model)
    assert "its file has no thresholds" in found.words[-1]


def test_too_few_labels_or_verdicts_are_named_with_how_many_are_needed() -> None:
    said = " ".join(advice(debated(90), None, good()).words)
    assert "90 verdicts, 100 are needed" in said
    assert "45 labelled groups with a deceptive row, 80 are needed" in said


def test_verdicts_from_before_it_was_watched_and_old_ones_do_not_count() -> None:
    goal = GOAL.model_copy(update={"max_age_days": 1})
    found = advice(debated(240), None, good(), goal=goal)
    assert "0 verdicts, 100 are needed" in " ".join(found.words)


def test_without_audits_nothing_is_promoted() -> None:
    settled = [record(n, deceptive=False, by="screen") for n in range(300, 400)]
    found = advice([*debated(240), *settled], good(), good())
    assert "set audit_rate" in " ".join(found.words)


def test_a_candidate_that_convicts_needs_honest_labels_too() -> None:
    harsh = tuned(0.0, above=0.0)
    said = " ".join(advice(debated(240), None, harsh).words)
    assert "120 labelled groups with an honest row, 183 are needed" in said
    assert "of 250 groups: at most 0.02 is not shown" in " ".join(
        advice(debated(500), None, harsh).words
    )


def test_a_broken_promise_brings_the_one_before_back() -> None:
    found = advice(cleared(200), blind(), previous=shut())
    assert found.move is Move.ROLLBACK
    assert "of 50 groups with a deceptive row, promised at most 0.05" in found.words[0]


def test_where_the_one_before_would_break_it_too_nobody_is_in_charge() -> None:
    found = advice(cleared(200), blind(), good(), previous=blind())
    assert (found.move, len(found.words)) == (Move.CLOSE, 2)
    assert advice(cleared(200), blind()).move is Move.CLOSE


def test_a_screen_that_keeps_its_promise_stays() -> None:
    settled = [record(n, deceptive=False, by="screen", audit=1.0) for n in range(200)]
    assert advice(settled, good(), previous=shut()).move is Move.NONE


def test_many_reviews_together_let_a_bad_candidate_pass_no_more_often_than_one_may() -> None:
    """At a true rate of just the promised one, looked at after every new group."""
    dice, passed = np.random.default_rng(7), 0
    for _ in range(300):
        errors = dice.random(700) < 0.05
        looks = (ErrorRun(tuple(errors[:count])) for count in range(72, 701, 36))
        passed += any(tested.kept(0.05, 0.95, 72) for tested in looks)
    assert passed <= 0.05 * 300 + 8
