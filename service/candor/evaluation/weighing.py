"""Weightings of cases.

Each metric takes a sample of n cases and weights of shape (b, n), and gives b values, NaN where
it is undefined: nothing was flagged, one class is missing. A bootstrap is a weighting, and so is
"each case once".
"""

from collections.abc import Callable

import numpy as np

from candor.evaluation.sample import Bools, Floats, Sample

Compute = Callable[[Sample, Floats], Floats]


def ratio(part: Floats, whole: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(whole > 0, part / np.where(whole > 0, whole, 1), np.nan)


def weight(weights: Floats, mask: Bools) -> Floats:
    return np.asarray(weights @ mask.astype(float))
