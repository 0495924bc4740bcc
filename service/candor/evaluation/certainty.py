"""Metrics of scores as probabilities, and of how sure they are."""

import numpy as np

from candor.evaluation.sample import Floats, Sample
from candor.evaluation.weighing import ratio

_BINS = 10
_OUT = 8


def brier(sample: Sample, weights: Floats) -> Floats:
    scored = ~np.isnan(sample.scores)
    off = (sample.scores[scored] - sample.deceptive[scored]) ** 2
    heavy = weights[:, scored]
    return ratio(heavy @ off, heavy.sum(axis=1))


def ece(sample: Sample, weights: Floats) -> Floats:
    """Expected calibration error, ten bins of equal width (Guo et al. 2017, section 2), for the
    probability of deception."""
    scored = ~np.isnan(sample.scores)
    scores, deceptive = sample.scores[scored], sample.deceptive[scored]
    gap = weights[:, scored] * (deceptive - scores)
    bins = bins_of(scores)
    apart = sum(np.abs(gap[:, bins == number].sum(axis=1)) for number in range(_BINS))
    return ratio(np.asarray(apart), weights[:, scored].sum(axis=1))


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
    rate = ratio(errors, mass)
    steps = _harmonic(before + mass) - _harmonic(before)
    block = rate * mass + (wrong_before - rate * before) * steps
    total = np.where(mass > 0, block, 0.0).sum(axis=1)
    return ratio(total, mass.sum(axis=1))


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
