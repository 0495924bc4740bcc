"""One head's logistic regression, fitted and crossed."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from candor.domain.calibration import LogisticCurve
from candor.domain.screening.familiarity import MEASURES, Profile, commonness
from candor.domain.screening.head import clipped
from candor.learning import extra
from candor.learning.matrix import Floats, Matrix

CUE_SHARE = 0.2
"""Cues are many and large beside n-grams, whose blocks have length 1: this evens them out."""
_RAREST = 2
"""Rows in which an n-gram must occur to be weighed."""
_LEAST_DEVIATION = 1e-3
_ROUNDS = 300

Advance = Callable[[], None]
Folds = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Fitted:
    """`weights`: one per place; `cue_weights`: one per cue, in standard deviations."""

    intercept: float
    weights: NDArray[np.float16]
    cue_weights: NDArray[np.float32]
    profile: Profile

    def logits(self, rows: Matrix) -> Floats:
        scaled = clipped(self.profile.scaled(rows.cues))
        words = rows.words @ self.weights.astype(np.float32)
        return np.asarray(words + scaled @ self.cue_weights + self.intercept, np.float64)

    def measures(self, rows: Matrix) -> Floats:
        return np.array([self.profile.measures(vector) for vector in rows.vectors], np.float64)


def fit(rows: Matrix, strength: float) -> Fitted:
    """`strength` is C: the larger, the less the weights are held back. Rows count by their
    weight."""
    near = _profile(rows)
    kept = np.flatnonzero(rows.frequencies >= _RAREST)
    cues = clipped(near.scaled(rows.cues)) * CUE_SHARE
    sparse = extra.scipy_sparse()
    table = sparse.hstack([sparse.csr_matrix(cues), rows.words[:, kept]], format="csr")
    model = extra.linear_model().LogisticRegression(C=strength, max_iter=_ROUNDS, tol=1e-3)
    model.fit(table, rows.labels, sample_weight=rows.weights)
    found = model.coef_[0]
    weights = np.zeros(rows.words.shape[1], np.float16)
    weights[kept] = found[cues.shape[1] :]
    cue_weights = (found[: cues.shape[1]] * CUE_SHARE).astype(np.float32)
    return Fitted(float(model.intercept_[0]), weights, cue_weights, near)


def _profile(rows: Matrix) -> Profile:
    mean, deviation = rows.cues.mean(0), rows.cues.std(0)
    # A cue that never varied here says nothing, also where it does vary.
    deviation = np.where(deviation < _LEAST_DEVIATION, 1.0, deviation)
    table = commonness(rows.frequencies, len(rows))
    return Profile(table, mean.astype(np.float32), deviation.astype(np.float32))


@dataclass(frozen=True, slots=True)
class Crossed:
    """Every row as seen by a model that has not seen its group; `measures`: rows by
    `MEASURES`."""

    strength: float
    logits: Floats
    measures: Floats

    def loss(self, rows: Matrix) -> float:
        """Mean log loss, after a curve of its own, by weight."""
        curve = platt(self.logits, rows)
        signed = np.where(rows.labels, 1, -1) * (curve.slope * self.logits + curve.intercept)
        return float(np.average(np.logaddexp(0, -signed), weights=rows.weights))


def cross(rows: Matrix, strength: float, fold_of: Folds, advance: Advance) -> Crossed:
    logits, measures = np.zeros(len(rows)), np.zeros((len(rows), len(MEASURES)))
    for fold in range(int(fold_of.max()) + 1):
        held_out = fold_of == fold
        fitted = fit(rows.take(~held_out), strength)
        mine = rows.take(held_out)
        logits[held_out] = fitted.logits(mine)
        measures[held_out] = fitted.measures(mine)
        advance()
    return Crossed(strength, logits, measures)


def platt(logits: Floats, rows: Matrix) -> LogisticCurve:
    """The curve that makes them probabilities (Platt 1999, section 2.2). Where they rank the
    wrong way round it is flat: nothing was learned."""
    model = extra.linear_model().LogisticRegression(C=1e6)
    model.fit(logits[:, None], rows.labels, sample_weight=rows.weights)
    slope, intercept = float(model.coef_[0, 0]), float(model.intercept_[0])
    if slope < 0:
        share = float(np.average(rows.labels, weights=rows.weights))
        return LogisticCurve(slope=0, intercept=float(np.log(share / (1 - share))))
    return LogisticCurve(slope=slope, intercept=intercept)


def auroc(labels: NDArray[np.bool_], scores: Floats) -> float | None:
    """None where one of the labels is missing."""
    if labels.all() or not labels.any():
        return None
    return float(extra.metrics().roc_auc_score(labels, scores))
