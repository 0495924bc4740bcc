"""Whether a model learned deception, or only something that goes with it here."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from candor.domain.screening import cues
from candor.learning import extra
from candor.learning.matrix import Floats, Matrix
from candor.learning.regression import auroc

_LENGTHS = [cues.NAMES.index(name) for name in ("response_length", "reasoning_length")]


@dataclass(frozen=True, slots=True)
class Checks:
    """AUROC on groups that the model has not seen; None where it is not defined.

    `length_only`: what the lengths of the texts give by themselves; `shuffled`: what the same
    training makes of labels that mean nothing, about one half where no group leaks
    (None where nobody asked).
    """

    rows: int
    groups: int
    deceptive: int
    auroc: float | None
    length_only: float | None
    shuffled: float | None


def length_only(rows: Matrix, fold_of: NDArray[np.int64]) -> float | None:
    logits = np.zeros(len(rows))
    for fold in range(int(fold_of.max()) + 1):
        mine = fold_of == fold
        logits[mine] = _by_length(rows.take(~mine), rows.take(mine))
    return auroc(rows.labels, logits)


def length_to(train: Matrix, test: Matrix) -> float | None:
    """What lengths learned from one kind of traffic tell of another."""
    return auroc(test.labels, _by_length(train, test))


def _by_length(train: Matrix, test: Matrix) -> Floats:
    model = extra.linear_model().LogisticRegression(C=100.0)
    model.fit(train.cues[:, _LENGTHS], train.labels, sample_weight=train.weights)
    return np.asarray(model.decision_function(test.cues[:, _LENGTHS]), np.float64)


def shuffled(rows: Matrix, seed: int) -> Matrix:
    """Labels dealt out anew, as many of each."""
    return rows.relabelled(np.random.default_rng(seed).permutation(rows.labels))
