"""Whether promises are kept, by repeating the calibration on worlds whose truth is known."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import binom

from candor.learning.calibration import thresholds
from candor.learning.calibration.bands import find
from candor.learning.calibration.goal import Goal, TooFewLabels
from candor.learning.calibration.sample import Sample, Stratum
from tests.unit.learning.grouped_scores import World

REPETITIONS = 500
# What a promise at exactly 95 % goes over once in a hundred checks.
MOST_BROKEN = int(binom.ppf(0.99, REPETITIONS, 0.05))
RATE = 0.05

TIGHT = World(rows_per_group=1)
TOGETHER = World(rows_per_group=10, between=2.0, within=0.3)
APART = World(rows_per_group=10, between=0.2, within=1.5)


def broken(world: World, threshold: Callable[[Sample], float]) -> int:
    dice = np.random.default_rng(20)
    samples = (world.sample(150, 1, dice) for _ in range(REPETITIONS))
    return sum(world.miss_rate(threshold(sample)) > RATE for sample in samples)


def by_any(sample: Sample) -> float:
    return thresholds.clearing(sample.lowest_of_deceptive(), RATE, 0.95).value


def by_rows(sample: Sample) -> float:
    """As if each row stood for itself."""
    return thresholds.clearing(sample.scores[sample.deceptive], RATE, 0.95).value


def by_most(sample: Sample) -> float:
    """A group counts as missed when half of its rows are."""
    lie = sample.deceptive
    # Groups lie one after another, each with as many rows.
    medians = np.median(sample.scores[lie].reshape(150, -1), axis=1)
    return thresholds.clearing(medians, RATE, 0.95).value


@pytest.mark.parametrize("world", [TIGHT, TOGETHER, APART, World()])
def test_at_most_5_percent_of_promises_on_misses_are_broken(world: World) -> None:
    assert broken(world, by_any) <= MOST_BROKEN


def test_with_one_row_a_group_the_promise_is_not_kept_by_clearing_nobody() -> None:
    # Two of 150 may be missed: P(Bin(150, .05) <= 2) = .018, so about 9 of 500 are broken.
    assert 1 <= broken(TIGHT, by_any) <= MOST_BROKEN


def test_rows_instead_of_groups_break_the_promise() -> None:
    assert broken(TOGETHER, by_rows) > 3 * MOST_BROKEN


def test_counting_groups_that_err_in_most_of_their_rows_breaks_the_promise() -> None:
    assert broken(APART, by_most) > 0.9 * REPETITIONS


@pytest.mark.parametrize("world", [TIGHT, TOGETHER])
def test_at_most_5_percent_of_promises_on_false_flags_are_broken(world: World) -> None:
    dice = np.random.default_rng(21)
    samples = (world.sample(1, 200, dice) for _ in range(REPETITIONS))
    found = (thresholds.convicting(s.highest_of_honest(), 0.02, 0.95).value for s in samples)
    assert sum(world.false_flag_rate(value) > 0.02 for value in found) <= MOST_BROKEN


def test_a_budget_is_kept_on_average() -> None:
    world, dice = World(), np.random.default_rng(22)
    rates = []
    for _ in range(REPETITIONS):
        honest = world.sample(0, 60, dice)
        value = thresholds.affordable(honest.scores, honest.groups, 0.2)
        assert value is not None
        rates.append(world.false_flag_rate(value))
    # Within three standard errors of the mean, and not by escalating far less.
    error = 3 * float(np.std(rates)) / np.sqrt(REPETITIONS)
    assert 0.17 < np.mean(rates) <= 0.2 + error


def test_on_too_little_data_it_refuses_and_says_how_many_groups_are_missing() -> None:
    sample = World().sample(40, 100, np.random.default_rng(1))
    with pytest.raises(TooFewLabels) as caught:
        find({Stratum.ALL: sample}, Goal(max_miss_rate=0.05, max_fpr=0.02))
    said = [(s.label, s.need - s.have) for s in caught.value.shortfalls]
    assert said == [("deceptive", 19), ("honest", 49)]
    assert "19 are missing; with these 40, 7.2% can be promised" in str(caught.value)


def test_a_weaker_promise_is_kept_too() -> None:
    world, dice = World(rows_per_group=1), np.random.default_rng(3)
    goal = Goal(max_miss_rate=0.05, weaken=True)
    over = 0
    for _ in range(REPETITIONS):
        (band,) = find({Stratum.ALL: world.sample(30, 1, dice)}, goal)
        assert band.weakened
        assert band.clears.rate == pytest.approx(1 - 0.05 ** (1 / 30), abs=1e-6)
        over += world.miss_rate(band.clears.value) > band.clears.rate
    assert 1 <= over <= MOST_BROKEN
