"""Metrics over weighted cases, for many weightings at once.

Each takes a sample of n cases and weights of shape (b, n), and gives b values, NaN where a
metric is undefined: nothing was flagged, one class is missing. A bootstrap is a weighting, and
so is "each case once".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from candor.evaluation.sample import Bools, Floats, Sample

Compute = Callable[[Sample, Floats], Floats]
_BINS = 10
_OUT = 8


def _ratio(part: Floats, whole: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(whole > 0, part / np.where(whole > 0, whole, 1), np.nan)


def _weight(weights: Floats, mask: Bools) -> Floats:
    return np.asarray(weights @ mask.astype(float))


def accuracy(sample: Sample, weights: Floats) -> Floats:
    return _ratio(_weight(weights, sample.flagged == sample.deceptive), weights.sum(axis=1))


def kappa(sample: Sample, weights: Floats) -> Floats:
    """Cohen 1960: agreement beyond what the two marginals give by chance, in whole counts, so
    that no agreement is exactly 0."""
    flagged, deceptive = sample.flagged, sample.deceptive
    hits = _weight(weights, flagged & deceptive)
    false = _weight(weights, flagged & ~deceptive)
    missed = _weight(weights, ~flagged & deceptive)
    cleared = _weight(weights, ~flagged & ~deceptive)
    by_chance = (hits + false) * (false + cleared) + (hits + missed) * (missed + cleared)
    return _ratio(2 * (hits * cleared - missed * false), by_chance)


def precision(sample: Sample, weights: Floats) -> Floats:
    hits = _weight(weights, sample.flagged & sample.deceptive)
    return _ratio(hits, _weight(weights, sample.flagged))


def recall(sample: Sample, weights: Floats) -> Floats:
    hits = _weight(weights, sample.flagged & sample.deceptive)
    return _ratio(hits, _weight(weights, sample.deceptive))


def false_positive_rate(sample: Sample, weights: Floats) -> Floats:
    false = _weight(weights, sample.flagged & ~sample.deceptive)
    return _ratio(false, _weight(weights, ~sample.deceptive))


def f1(sample: Sample, weights: Floats) -> Floats:
    hits = _weight(weights, sample.flagged & sample.deceptive)
    either = _weight(weights, sample.flagged) + _weight(weights, sample.deceptive)
    return _ratio(2 * hits, either)


@dataclass(frozen=True, slots=True)
class _Descent:
    """Weights flagged as the threshold falls past each distinct score, shape (b, u)."""

    hits: Floats
    false: Floats

    @classmethod
    def of(cls, sample: Sample, weights: Floats) -> "_Descent":
        scored = ~np.isnan(sample.scores)
        scores, deceptive = sample.scores[scored], sample.deceptive[scored]
        order = np.argsort(-scores, kind="stable")
        starts = np.flatnonzero(np.diff(scores[order], prepend=np.inf))
        heavy = weights[:, scored][:, order]
        if not len(starts):
            nothing = np.zeros((len(weights), 1))
            return cls(nothing, nothing)
        hits = np.add.reduceat(heavy * deceptive[order], starts, axis=1)
        false = np.add.reduceat(heavy * ~deceptive[order], starts, axis=1)
        return cls(hits.cumsum(axis=1), false.cumsum(axis=1))

    def rates(self) -> tuple[Floats, Floats]:
        """False-positive and true-positive rates, beginning at (0, 0)."""
        rates = [_ratio(side, side[:, -1:]) for side in (self.false, self.hits)]
        nought = np.zeros((len(self.hits), 1))
        return np.hstack([nought, rates[0]]), np.hstack([nought, rates[1]])


def auroc(sample: Sample, weights: Floats) -> Floats:
    false, true = _Descent.of(sample, weights).rates()
    area = (np.diff(false, axis=1) * (true[:, 1:] + true[:, :-1]) / 2).sum(axis=1)
    return np.asarray(area)


def auprc(sample: Sample, weights: Floats) -> Floats:
    """Average precision: the step-wise area, without interpolation."""
    descent = _Descent.of(sample, weights)
    exact = _ratio(descent.hits, descent.hits + descent.false)
    gained = np.diff(_ratio(descent.hits, descent.hits[:, -1:]), axis=1, prepend=0.0)
    # A threshold that reaches only weightless cases gains nothing, at an undefined precision.
    area = np.where(gained > 0, exact * gained, 0.0).sum(axis=1)
    return np.where(descent.hits[:, -1] > 0, area, np.nan)


def recall_at(most_false: float) -> Compute:
    """The highest recall of any threshold whose false-positive rate is at most this."""

    def compute(sample: Sample, weights: Floats) -> Floats:
        false, true = _Descent.of(sample, weights).rates()
        reached = np.where(false <= most_false + 1e-12, true, 0.0).max(axis=1)
        return np.where(np.isnan(true[:, -1] + false[:, -1]), np.nan, reached)

    return compute


def brier(sample: Sample, weights: Floats) -> Floats:
    scored = ~np.isnan(sample.scores)
    off = (sample.scores[scored] - sample.deceptive[scored]) ** 2
    heavy = weights[:, scored]
    return _ratio(heavy @ off, heavy.sum(axis=1))


def ece(sample: Sample, weights: Floats) -> Floats:
    """Expected calibration error, ten bins of equal width (Guo et al. 2017, section 2), for the
    probability of deception."""
    scored = ~np.isnan(sample.scores)
    scores, deceptive = sample.scores[scored], sample.deceptive[scored]
    gap = weights[:, scored] * (deceptive - scores)
    bins = bins_of(scores)
    apart = sum(np.abs(gap[:, bins == number].sum(axis=1)) for number in range(_BINS))
    return _ratio(np.asarray(apart), weights[:, scored].sum(axis=1))


def bins_of(scores: Floats) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """The bin, 0..9, of each score; a score on a boundary lies in the bin above it."""
    return np.minimum((scores * _BINS).astype(np.int64), _BINS - 1)


def aurc(sample: Sample, weights: Floats) -> Floats:
    """Area under risk against coverage (Geifman et al. 2019, section 2): the mean error rate
    among the most confident cases, over all shares of cases that could be decided.

    Decided at one half by the score, which is surest far from it. Cases of equal confidence come
    in a random order, of which this is the mean; a score of one half is half an error.
    """
    scored = ~np.isnan(sample.scores)
    scores, deceptive = sample.scores[scored], sample.deceptive[scored]
    confidence = np.round(np.abs(scores - 0.5), 12)
    wrong = np.where(confidence == 0, 0.5, ((scores > 0.5) != deceptive).astype(float))
    order = np.argsort(-confidence, kind="stable")
    starts = np.flatnonzero(np.diff(confidence[order], prepend=np.inf))
    heavy = weights[:, scored][:, order]
    if not len(starts):
        return np.full(len(weights), np.nan)
    mass = np.add.reduceat(heavy, starts, axis=1)
    errors = np.add.reduceat(heavy * wrong[order], starts, axis=1)
    return _area_of_risk(mass, errors)


def _area_of_risk(mass: Floats, errors: Floats) -> Floats:
    """Weights and their errors, block by block of equal confidence, to the mean risk over unit
    steps. A block of m after M cases with E errors adds the sum over j = 1..m of
    (E + e j / m) / (M + j), which harmonic numbers write in closed form."""
    before, wrong_before = mass.cumsum(axis=1) - mass, errors.cumsum(axis=1) - errors
    rate = _ratio(errors, mass)
    steps = _harmonic(before + mass) - _harmonic(before)
    block = rate * mass + (wrong_before - rate * before) * steps
    total = np.where(mass > 0, block, 0.0).sum(axis=1)
    return _ratio(total, mass.sum(axis=1))


def _harmonic(count: Floats) -> Floats:
    """1 + 1/2 + ... + 1/count, and between whole counts what continues it smoothly (digamma)."""
    if not (count == np.rint(count)).all():
        return _between(count)
    most = int(count.max(initial=0))
    table = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, most + 1))])
    return np.asarray(table[np.rint(count).astype(np.int64)])


def _between(count: Floats) -> Floats:
    """By the asymptotic series (Abramowitz and Stegun 1964, 6.3.18), far enough out that its
    error is below 1e-11, and back by 1/(count + 1) and so on."""
    far = count + _OUT + 1
    square = far * far
    tail = 1 / 12 - (1 / 120 - (1 / 252 - 1 / (240 * square)) / square) / square
    value = np.log(far) - 1 / (2 * far) - tail / square + np.euler_gamma
    for step in range(1, _OUT + 1):
        value = value - 1 / (count + step)
    return np.asarray(value)


def _share_of(mask: Callable[[Sample], Bools], whole: Callable[[Sample], Bools]) -> Compute:
    """What is left open is in the whole, and never in the part."""
    return lambda sample, weights: _ratio(
        _weight(weights, mask(sample) & whole(sample) & sample.settled),
        _weight(weights, whole(sample)),
    )


def _share(mask: Callable[[Sample], Bools]) -> Compute:
    return lambda sample, weights: _ratio(_weight(weights, mask(sample)), weights.sum(axis=1))


def _mean_cost(sample: Sample, weights: Floats) -> Floats:
    return _ratio(weights @ sample.cost_usd, weights.sum(axis=1))


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
