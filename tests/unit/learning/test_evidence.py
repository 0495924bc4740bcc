"""Labels stand for the traffic only where they did not hang on the screen."""

import pytest

from candor.learning.evidence import gather
from tests.unit.learning.screened import START, record

EVERY = {"default"}


def test_while_the_screen_settles_nothing_every_label_counts() -> None:
    evidence = gather([record(n, deceptive=n % 2 == 0) for n in range(20)], EVERY)
    assert evidence.rate == 1.0
    assert len(evidence.sample()) == 20


def test_what_was_handed_on_is_thinned_to_the_rate_of_the_audits() -> None:
    handed_on = [record(n, deceptive=True) for n in range(400)]
    settled = [record(n, deceptive=False, by="screen") for n in range(400, 700)]
    audited = [record(n, deceptive=False, by="screen", audit=0.25) for n in range(700, 800)]
    evidence = gather([*handed_on, *settled, *audited], EVERY)
    sample = evidence.sample()
    assert evidence.rate == pytest.approx(0.25)
    assert sum(not row.deceptive for row in sample) == 100
    assert 70 < sum(row.deceptive for row in sample) < 130


def test_audits_drawn_more_often_are_thinned_to_those_drawn_least() -> None:
    often = [record(n, deceptive=True, by="screen", audit=1.0) for n in range(400)]
    seldom = [record(n, deceptive=False, by="screen", audit=0.5) for n in range(400, 500)]
    sample = gather([*often, *seldom], EVERY).sample()
    assert 160 < sum(row.deceptive for row in sample) < 240
    assert sum(not row.deceptive for row in sample) == 100


def test_without_audits_nothing_is_known_of_what_the_screen_settled() -> None:
    settled = [record(n, deceptive=False, by="screen") for n in range(5)]
    evidence = gather([*settled, record(9, deceptive=True)], EVERY)
    assert (evidence.rate, evidence.sample()) == (0.0, [])


def test_other_policies_and_older_verdicts_are_left_out() -> None:
    records = [record(n, deceptive=True) for n in range(6)]
    assert gather(records, {"strict"}).traffic == ()
    assert len(gather(records, EVERY).since(records[4].at).traffic) == 2
    assert gather(records, EVERY).traffic[0].at == START
