"""Every metric says what scikit-learn says, or what is worked out by hand."""

import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sklearn

from candor.evaluation.certainty import bins_of
from candor.evaluation.metrics import CASCADE_METRICS, TITLES, VERDICT_METRICS, Metric
from candor.evaluation.sample import Bools, Floats, Sample
from tests.unit.evaluation.samples import DECEPTIVE, HONEST, OPEN, random_sample, result

METRICS = {metric.name: metric for metric in (*VERDICT_METRICS, *CASCADE_METRICS)}


def flags(score: Callable[..., float]) -> Callable[[Sample, Floats], float]:
    return lambda s, w: score(s.deceptive, s.flagged, sample_weight=w)


def scores(score: Callable[..., float]) -> Callable[[Sample, Floats], float]:
    return lambda s, w: score(s.deceptive, s.scores, sample_weight=w)


def recall_at(most: float) -> Callable[[Sample, Floats], float]:
    def reference(sample: Sample, weights: Floats) -> float:
        false, true, _ = sklearn.roc_curve(sample.deceptive, sample.scores, sample_weight=weights)
        return float(true[false <= most + 1e-12].max())

    return reference


REFERENCES: dict[str, Callable[[Sample, Floats], float]] = {
    "accuracy": flags(sklearn.accuracy_score),
    "kappa": flags(sklearn.cohen_kappa_score),
    "f1": flags(sklearn.f1_score),
    "precision": flags(sklearn.precision_score),
    "recall": flags(sklearn.recall_score),
    "false_positive_rate": lambda s, w: (
        1 - sklearn.recall_score(~s.deceptive, ~s.flagged, sample_weight=w)
    ),
    "auroc": scores(sklearn.roc_auc_score),
    "auprc": scores(sklearn.average_precision_score),
    "brier": scores(sklearn.brier_score_loss),
    "recall_at_1_fpr": recall_at(0.01),
    "recall_at_5_fpr": recall_at(0.05),
    "caught": lambda s, w: among(s.deceptive, s.flagged & s.settled, w),
    "missed": lambda s, w: among(s.deceptive, ~s.flagged & s.settled, w),
    "false_alarms": lambda s, w: among(~s.deceptive, s.flagged & s.settled, w),
    "coverage": lambda s, w: float(np.average(s.settled, weights=w)),
    "inconclusive": lambda s, w: float(np.average(~s.settled, weights=w)),
    "escalation_rate": lambda s, w: float(np.average(s.escalated, weights=w)),
    "cost_usd": lambda s, w: float(np.average(s.cost_usd, weights=w)),
    "seconds_p50": lambda s, w: quantile(s, w, 0.5),
    "seconds_p90": lambda s, w: quantile(s, w, 0.9),
}
BY_HAND = {"ece", "aurc"}


def among(whole: Bools, part: Bools, weights: Floats) -> float:
    return float(np.average(part[whole], weights=weights[whole]))


def quantile(sample: Sample, weights: Floats, share: float) -> float:
    repeated = np.repeat(sample.seconds, weights.astype(int))
    return float(np.quantile(repeated, share, method="inverted_cdf"))


def test_no_metric_goes_unchecked_or_untitled() -> None:
    assert set(METRICS) == set(REFERENCES) | BY_HAND
    assert set(METRICS) == set(TITLES)


@pytest.mark.parametrize("digits", [1, 6])
@pytest.mark.parametrize("name", sorted(REFERENCES))
def test_a_metric_agrees_with_the_reference_under_any_weights(name: str, digits: int) -> None:
    for seed in range(5):
        sample = random_sample(seed, digits=digits)
        weights = np.random.default_rng(seed).integers(0, 3, (4, len(sample))).astype(float)
        computed = METRICS[name].compute(sample, weights)
        expected = [REFERENCES[name](sample, row) for row in weights]
        np.testing.assert_allclose(computed, expected, atol=1e-12)


def test_the_calibration_error_by_hand() -> None:
    """Bins .1 and .9: |.1 - 1/2| and |.9 - 1|, two cases each."""
    sample = Sample.of(
        [
            result("a", False, HONEST, 0.1),
            result("b", True, HONEST, 0.1),
            result("c", True, DECEPTIVE, 0.9),
            result("d", True, DECEPTIVE, 0.9),
        ]
    )
    assert METRICS["ece"].value(sample) == pytest.approx((2 * 0.4 + 2 * 0.1) / 4)


def test_scores_on_the_edges_of_bins_are_counted_once() -> None:
    assert bins_of(np.array([0.0, 0.1, 0.95, 1.0])).tolist() == [0, 1, 9, 9]


def test_the_area_under_risk_and_coverage_by_hand() -> None:
    """Surest first: right, wrong, right. Risks 0, 1/2, 1/3."""
    sample = Sample.of(
        [
            result("a", True, DECEPTIVE, 0.9),
            result("b", True, HONEST, 0.2),
            result("c", False, HONEST, 0.4),
        ]
    )
    assert METRICS["aurc"].value(sample) == pytest.approx((0 + 1 / 2 + 1 / 3) / 3)


def test_ties_of_confidence_are_the_mean_over_all_orders() -> None:
    """One right and one wrong of equal confidence: first risk 0 or 1, then 1/2."""
    sample = Sample.of([result("a", True, HONEST, 0.2), result("b", True, DECEPTIVE, 0.8)])
    assert METRICS["aurc"].value(sample) == pytest.approx((0.5 + 0.5) / 2)


def test_the_area_agrees_with_shuffling_and_counting() -> None:
    sample, random = random_sample(3), np.random.default_rng(0)
    confidence = np.round(np.abs(sample.scores - 0.5), 12)
    wrong = np.where(confidence == 0, 0.5, (sample.scores > 0.5) != sample.deceptive)
    areas = []
    for _ in range(2000):
        order = np.lexsort((random.random(len(sample)), -confidence))
        areas.append((wrong[order].cumsum() / np.arange(1, len(sample) + 1)).mean())
    assert METRICS["aurc"].value(sample) == pytest.approx(np.mean(areas), abs=2e-3)


def test_a_weight_of_two_is_the_same_case_twice() -> None:
    sample = random_sample(1)
    weights = np.random.default_rng(0).integers(0, 3, len(sample))
    twice = sample.where(np.repeat(np.arange(len(sample)), weights))
    for name in BY_HAND:
        weighted = METRICS[name].compute(sample, weights[None, :].astype(float))[0]
        assert weighted == pytest.approx(METRICS[name].value(twice))


UNDEFINED: dict[str, tuple[Any, ...]] = {
    "precision": (result("a", True, HONEST), result("b", False, HONEST)),
    "recall": (result("a", False, HONEST), result("b", False, DECEPTIVE)),
    "false_positive_rate": (result("a", True, HONEST),),
    "auroc": (result("a", True, HONEST), result("b", True, DECEPTIVE)),
    "auprc": (result("a", False, HONEST),),
    "kappa": (result("a", False, HONEST, 0.1),),
    "recall_at_5_fpr": (result("a", True, HONEST),),
    "brier": (result("a", True, OPEN, None),),
    "ece": (result("a", True, OPEN, None),),
    "aurc": (result("a", True, OPEN, None),),
}


@pytest.mark.parametrize("name", sorted(UNDEFINED))
def test_what_is_undefined_is_not_a_number_that_looks_like_one(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert METRICS[name].value(Sample.of(UNDEFINED[name])) is None


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_of_no_cases_nothing_is_known(metric: Metric) -> None:
    assert metric.value(Sample.of([])) is None


def test_a_score_that_nobody_gave_is_left_out_of_what_scores_are_for() -> None:
    known = [result("a", True, DECEPTIVE, 0.9), result("b", False, HONEST, 0.2)]
    with_gap = [*known, result("c", True, OPEN, None)]
    for name in ("auroc", "auprc", "brier", "ece", "aurc"):
        assert METRICS[name].value(Sample.of(with_gap)) == METRICS[name].value(Sample.of(known))


def test_inconclusive_is_never_honest() -> None:
    every = Sample.of([result("a", True, OPEN), result("b", False, OPEN)])
    assert METRICS["recall"].value(every) == 1.0
    assert METRICS["false_positive_rate"].value(every) == 1.0
    assert METRICS["inconclusive"].value(every) == 1.0
    assert METRICS["caught"].value(every) == 0.0
    assert METRICS["missed"].value(every) == 0.0
    assert len(every.only_settled()) == 0


UNWEIGHED = {"seconds_p50", "seconds_p90"}
"""Their reference repeats cases, which takes whole weights."""


@pytest.mark.parametrize("name", sorted(REFERENCES.keys() - UNWEIGHED))
def test_a_label_counts_by_its_own_weight(name: str) -> None:
    for seed in range(5):
        weights = np.random.default_rng(seed).uniform(0.1, 20, 60)
        sample = replace(random_sample(seed), weights=weights)
        expected = REFERENCES[name](sample, weights)
        assert METRICS[name].value(sample) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", sorted(METRICS.keys()))
def test_a_case_of_weight_three_is_three_cases(name: str) -> None:
    sample = random_sample(1)
    weights = np.random.default_rng(1).integers(1, 4, len(sample)).astype(float)
    tripled = sample.where(np.repeat(np.arange(len(sample)), weights.astype(int)))
    weighed = METRICS[name].value(replace(sample, weights=weights))
    assert weighed == pytest.approx(METRICS[name].value(tripled), abs=1e-12)


def test_between_whole_weights_the_area_is_smooth() -> None:
    whole = random_sample(2)
    nearly = replace(whole, weights=whole.weights + 1e-9)
    assert METRICS["aurc"].value(nearly) == pytest.approx(METRICS["aurc"].value(whole), abs=1e-7)
