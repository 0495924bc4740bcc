"""Metrics of the order that scores bring cases into."""

from dataclasses import dataclass

import numpy as np

from candor.evaluation.sample import Floats, Sample
from candor.evaluation.weighing import Compute, ratio


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
        rates = [ratio(side, side[:, -1:]) for side in (self.false, self.hits)]
        nought = np.zeros((len(self.hits), 1))
        return np.hstack([nought, rates[0]]), np.hstack([nought, rates[1]])


def auroc(sample: Sample, weights: Floats) -> Floats:
    false, true = _Descent.of(sample, weights).rates()
    area = (np.diff(false, axis=1) * (true[:, 1:] + true[:, :-1]) / 2).sum(axis=1)
    return np.asarray(area)


def auprc(sample: Sample, weights: Floats) -> Floats:
    """Average precision: the step-wise area, without interpolation."""
    descent = _Descent.of(sample, weights)
    exact = ratio(descent.hits, descent.hits + descent.false)
    gained = np.diff(ratio(descent.hits, descent.hits[:, -1:]), axis=1, prepend=0.0)
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
