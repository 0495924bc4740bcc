"""What a screen is worth on the traffic it learned from, and what it does with other traffic."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from candor.domain.errors import InvalidExchange
from candor.domain.screening.drift import TrafficWatch
from candor.domain.screening.model import ScreenModel
from candor.learning import checks
from candor.learning.matrix import matrix
from candor.learning.regression import auroc
from candor.learning.rows import Row
from candor.learning.splits import folds
from candor.learning.train import Recipe, Trained, train

WITHIN = Recipe(seed=1, folds=5, strengths=(1.0,))
"""One strength, so that nothing is chosen on what is reported."""
OUTSIDE = replace(WITHIN, folds=3, checks=False)
"""For what is told of other traffic: folds then only say what is familiar."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """Rows that come to a model one after another. `unfamiliar`: share of those that are, each
    by itself; `noticed`: requests until the traffic as a whole was found to be another, None if
    it was not; `alarms`: how often it was found to be."""

    rows: int
    unfamiliar: float
    noticed: int | None
    alarms: int


@dataclass(frozen=True, slots=True)
class Unseen:
    """AUROC on traffic that was not learned from, as if nobody had told the screen that it is
    out of its depth; None where it has no head for it, or a label is missing."""

    auroc: float | None
    length_only: float | None
    meeting: Meeting


def taught(rows: Sequence[Row], recipe: Recipe) -> Trained | None:
    """None where there is too little to learn from."""
    try:
        return train(rows, recipe)
    except InvalidExchange:
        return None


def halves(rows: Sequence[Row], seed: int = 0) -> tuple[list[Row], list[Row]]:
    """That no group straddles."""
    side = folds([row.group for row in rows], [row.deceptive for row in rows], 2, seed)
    first, second = (
        [row for row, mine in zip(rows, side, strict=True) if mine == half] for half in (0, 1)
    )
    return first, second


def meeting(model: ScreenModel, rows: Sequence[Row], before: Sequence[Row] = ()) -> Meeting:
    """`before`: its own traffic, with which the watch begins. Without a head for them, rows are
    unfamiliar from the first one."""
    watch = TrafficWatch(model)
    for row in before:
        _seen(model, watch, row)
    seen = [_seen(model, watch, row) for row in rows]
    closed = np.array([one.closed for one in seen])
    return Meeting(
        rows=len(seen),
        unfamiliar=float(np.mean([one.unfamiliar for one in seen])),
        noticed=int(closed.argmax()) + 1 if closed.any() else None,
        alarms=int(closed[0]) + int((closed[1:] & ~closed[:-1]).sum()),
    )


def unseen(model: ScreenModel, learned: Sequence[Row], rows: Sequence[Row]) -> Unseen:
    """`learned`: what the model was trained on."""
    mine = [row for row in rows if row.stratum in model.heads]
    met = meeting(model, rows)
    if not mine:
        return Unseen(None, None, met)
    labels = np.array([row.deceptive for row in mine])
    scores = np.array([model.heads[row.stratum].score(row.vector) for row in mine])
    alike = [row for row in learned if row.stratum is mine[0].stratum]
    return Unseen(auroc(labels, scores), checks.length_to(matrix(alike), matrix(mine)), met)


@dataclass(frozen=True, slots=True)
class _Seen:
    unfamiliar: bool
    closed: bool


def _seen(model: ScreenModel, watch: TrafficWatch, row: Row) -> _Seen:
    head = model.heads.get(row.stratum)
    if head is None:
        return _Seen(unfamiliar=True, closed=True)
    standing = head.familiarity.standing(row.vector)
    return _Seen(not standing.familiar, watch.sees(row.stratum, standing))
