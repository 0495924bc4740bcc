"""Intervals: seeded, over groups, and honest where every draw says the same."""

import numpy as np
import pytest

from candor.evaluation.decisions import accuracy
from candor.evaluation.intervals import Bootstrap
from candor.evaluation.metrics import VERDICT_METRICS, Metric
from candor.evaluation.sample import Sample
from tests.unit.evaluation.samples import DECEPTIVE, HONEST, random_sample, result

ACCURACY = VERDICT_METRICS[0]


def width(sample: Sample, metric: Metric = ACCURACY) -> float:
    interval = Bootstrap(400).interval(metric, sample)
    assert interval is not None
    return interval.high - interval.low


def test_the_same_seed_gives_the_same_interval() -> None:
    sample = random_sample(0)
    first = Bootstrap(200, seed=3).interval(ACCURACY, sample)
    assert first == Bootstrap(200, seed=3).interval(ACCURACY, sample)
    assert first != Bootstrap(200, seed=4).interval(ACCURACY, sample)


def test_the_interval_is_as_wide_as_theory_says() -> None:
    """Of 400 cases with half right, the standard error is .025."""
    cases = [result(str(n), n % 2 == 0, HONEST) for n in range(400)]
    assert width(Sample.of(cases)) == pytest.approx(2 * 1.96 * 0.025, rel=0.15)


def test_cases_that_hang_together_count_as_one() -> None:
    alone = [result(str(n), n % 2 == 0, HONEST) for n in range(200)]
    together = [r.model_copy(update={"group": f"{n % 2}-{n // 20}"}) for n, r in enumerate(alone)]
    assert width(Sample.of(together)) > 2 * width(Sample.of(alone))


def test_all_right_is_not_all_sure() -> None:
    """13 of 13: the exact bound is .025 to the power of 1/13."""
    cases = [result(str(n), True, DECEPTIVE) for n in range(13)]
    interval = Bootstrap(200).interval(ACCURACY, Sample.of(cases))
    assert interval is not None
    assert interval.low == pytest.approx(0.025 ** (1 / 13))
    assert interval.high == 1.0


def test_none_of_few_is_not_surely_none() -> None:
    cases = [result(str(n), True, HONEST) for n in range(10)]
    interval = Bootstrap(200).interval(ACCURACY, Sample.of(cases))
    assert interval is not None
    assert interval.low == 0.0
    assert interval.high == pytest.approx(1 - 0.025**0.1)


def test_one_group_says_nothing_of_its_spread() -> None:
    cases = [result(str(n), n < 2, HONEST, group="one") for n in range(5)]
    assert Bootstrap(200).interval(ACCURACY, Sample.of(cases)) is None


def test_large_samples_are_drawn_in_blocks() -> None:
    sample = random_sample(0, cases=5000)
    blocks = list(Bootstrap(1000).weights(sample))
    assert len(blocks) > 1
    assert sum(len(block) for block in blocks) == 1000
    drawn = np.concatenate([accuracy(sample, block) for block in blocks])
    assert drawn.mean() == pytest.approx(ACCURACY.value(sample), abs=0.01)
