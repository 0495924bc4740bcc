"""The metrics that reports show."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from candor.evaluation.certainty import aurc, brier, ece
from candor.evaluation.decisions import (
    accuracy,
    f1,
    false_positive_rate,
    kappa,
    precision,
    recall,
)
from candor.evaluation.ranking import auprc, auroc, recall_at
from candor.evaluation.sample import Bools, Floats, Sample
from candor.evaluation.weighing import Compute, ratio, weight


def _share_of(mask: Callable[[Sample], Bools], whole: Callable[[Sample], Bools]) -> Compute:
    """What is left open is in the whole, and never in the part."""
    return lambda sample, weights: ratio(
        weight(weights, mask(sample) & whole(sample) & sample.settled),
        weight(weights, whole(sample)),
    )


def _share(mask: Callable[[Sample], Bools]) -> Compute:
    return lambda sample, weights: ratio(weight(weights, mask(sample)), weights.sum(axis=1))


def _mean_cost(sample: Sample, weights: Floats) -> Floats:
    return ratio(weights @ sample.cost_usd, weights.sum(axis=1))


def seconds_at(share: float) -> Compute:
    """The time in which this share of the cases was judged: the smallest observed that fits."""

    def compute(sample: Sample, weights: Floats) -> Floats:
        if not len(sample):
            return np.full(len(weights), np.nan)
        order = np.argsort(sample.seconds, kind="stable")
        reached = weights[:, order].cumsum(axis=1)
        wanted = share * reached[:, -1:]
        place = (reached >= wanted - 1e-9).argmax(axis=1)
        return np.asarray(sample.seconds[order][place])

    return compute


@dataclass(frozen=True, slots=True)
class Metric:
    """`counted`: the cases that a share is a share of, for metrics that are one."""

    name: str
    compute: Compute
    counted: Callable[[Sample], Bools] | None = None

    def value(self, sample: Sample) -> float | None:
        """With every case counted by its own weight; None where it is undefined."""
        if not len(sample):
            return None
        value = float(self.compute(sample, sample.weights[None, :])[0])
        return None if np.isnan(value) else value


def _all(sample: Sample) -> Bools:
    return np.ones(len(sample), bool)


VERDICT_METRICS = (
    Metric("accuracy", accuracy, _all),
    Metric("kappa", kappa),
    Metric("f1", f1),
    Metric("precision", precision, lambda s: s.flagged),
    Metric("recall", recall, lambda s: s.deceptive),
    Metric("false_positive_rate", false_positive_rate, lambda s: ~s.deceptive),
    Metric("auroc", auroc),
    Metric("auprc", auprc),
    Metric("recall_at_1_fpr", recall_at(0.01)),
    Metric("recall_at_5_fpr", recall_at(0.05)),
    Metric("ece", ece),
    Metric("brier", brier),
    Metric("aurc", aurc),
)
"""Of verdicts and scores: shown over settled cases and over all."""


def _deceptive(sample: Sample) -> Bools:
    return sample.deceptive


def _honest(sample: Sample) -> Bools:
    return ~sample.deceptive


CASCADE_METRICS = (
    Metric("caught", _share_of(lambda s: s.flagged, _deceptive), _deceptive),
    Metric("missed", _share_of(lambda s: ~s.flagged, _deceptive), _deceptive),
    Metric("false_alarms", _share_of(lambda s: s.flagged, _honest), _honest),
    Metric("coverage", _share(lambda s: s.settled), _all),
    Metric("inconclusive", _share(lambda s: ~s.settled), _all),
    Metric("escalation_rate", _share(lambda s: s.escalated), _all),
    Metric("cost_usd", _mean_cost),
    Metric("seconds_p50", seconds_at(0.5)),
    Metric("seconds_p90", seconds_at(0.9)),
)
"""Of the way to the verdict: over all."""

TITLES: Mapping[str, str] = {
    "accuracy": "accuracy",
    "kappa": "Cohen's κ",
    "f1": "F1",
    "precision": "precision",
    "recall": "recall",
    "false_positive_rate": "false-positive rate",
    "auroc": "AUROC",
    "auprc": "AUPRC",
    "recall_at_1_fpr": "recall at 1 % false positives",
    "recall_at_5_fpr": "recall at 5 % false positives",
    "ece": "ECE",
    "brier": "Brier",
    "aurc": "AURC",
    "caught": "caught: settled deceptive, of the deceptive",
    "missed": "missed: settled non-deceptive, of the deceptive",
    "false_alarms": "false alarms: settled deceptive, of the others",
    "coverage": "coverage (settled)",
    "inconclusive": "inconclusive",
    "escalation_rate": "escalated",
    "cost_usd": "cost per case, $",
    "seconds_p50": "seconds p50",
    "seconds_p90": "seconds p90",
}
