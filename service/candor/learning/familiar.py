"""How far a source's own exchanges lie from what was learned of it, from rows held out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from candor.domain.screening.drift import WINDOWS, drift
from candor.domain.screening.familiarity import MEASURES, Familiarity, Profile, Spread, traits
from candor.learning.matrix import Floats, Matrix

ATYPICAL = 0.015
"""Share of exchanges held out that count as unfamiliar (split conformal, Lei et al. 2018; rows
of a group are taken as if they were independent)."""
_HELD_BACK = 0.1
"""Added to the diagonal of the correlations before they are inverted."""
_LEAST_DEVIATION = 1e-3
_REPLAYS = 20
_LENGTH = 2000
"""Requests of a replay."""
_LIMIT = 0.9
"""Quantile, over replays, of the largest drift."""
_USUAL = 0.9
"""Quantile, over all windows, of the drift that is usual."""
_MARGIN = 1.25
"""Groups to come differ from those that were replayed."""


@dataclass(frozen=True, slots=True)
class Known:
    """`limits`: for each of `WINDOWS`, the drift that only another kind of traffic reaches;
    `usual`: what most windows of its own traffic stay below."""

    familiarity: Familiarity
    limits: tuple[float, float]
    usual: tuple[float, float]


def known(profile: Profile, rows: Matrix, measures: Floats) -> Known:
    """`measures` (rows by `MEASURES`) are by profiles that have not seen the row's group."""
    deviation = np.maximum(measures.std(0), _LEAST_DEVIATION)
    standard = ((measures - measures.mean(0)) / deviation).astype(np.float32)
    raw = traits(standard, profile.scaled(rows.cues))
    expected = raw.mean(0)
    spread = Spread(
        measures.mean(0).astype(np.float32),
        deviation.astype(np.float32),
        _precision(standard),
        expected,
        np.inf,
    )
    far = np.sort([spread.atypicality(one) for one in measures.astype(np.float32)])
    replays = _replays(raw - expected, rows.groups)
    short, long = (_drifts(replays, window) for window in WINDOWS)
    found = replace(spread, most_atypical=float(far[_conformal(len(far))]))
    return Known(Familiarity(profile, found), (short[0], long[0]), (short[1], long[1]))


def _precision(standard: NDArray[np.float32]) -> NDArray[np.float32]:
    held_back = np.cov(standard.T) + _HELD_BACK * np.eye(len(MEASURES))
    return np.asarray(np.linalg.inv(held_back), np.float32)


def _conformal(count: int) -> int:
    """Place of the threshold among sorted distances; the last where there are too few."""
    return min(int(np.ceil((count + 1) * (1 - ATYPICAL))), count) - 1


def _replays(found: NDArray[np.float32], groups: tuple[str, ...]) -> Sequence[Floats]:
    """Running sums of the traits over groups drawn at random, each whole: rows of a group are
    alike, and a window may hold few groups."""
    members: dict[str, list[int]] = {}
    for row, group in enumerate(groups):
        members.setdefault(group, []).append(row)
    dice = np.random.default_rng(0)
    orders = [_order(list(members.values()), dice) for _ in range(_REPLAYS)]
    return [np.cumsum(found[order], 0, dtype=np.float64) for order in orders]


def _order(groups: list[list[int]], dice: np.random.Generator) -> list[int]:
    order: list[int] = []
    while len(order) < _LENGTH:
        order += groups[dice.integers(len(groups))]
    return order[:_LENGTH]


def _drifts(replays: Sequence[Floats], window: int) -> tuple[float, float]:
    """Limit and usual drift over all windows of the replays."""
    means = ((sums[window:] - sums[:-window]) / window for sums in replays)
    found = [drift(mean) for mean in means]
    most = np.quantile([one.max() for one in found], _LIMIT)
    return float(most) * _MARGIN, float(np.quantile(np.concatenate(found), _USUAL))
