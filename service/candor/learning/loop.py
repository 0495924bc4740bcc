"""The cascade teaches its own first tier.

What the expensive tier said of traffic trains the screen; a threshold with a guarantee opens it;
when the traffic looks new, or audits find more misses than were promised, it closes and begins
anew. Labels stand for traffic only if they did not depend on what the screen said, so confidence
comes from a uniform sample: everything while the screen is closed, afterwards the audits beside
an equal share of what was escalated.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from candor.domain.errors import InvalidExchange
from candor.domain.screening.model import ScreenModel
from candor.learning.calibration.bounds import groups_needed
from candor.learning.calibration.sample import Sample, ScoredRow, Turn
from candor.learning.calibration.thresholds import clearing
from candor.learning.rows import Row

Train = Callable[[Sequence[Row]], ScreenModel]
"""Raises: InvalidExchange when there is too little to learn from."""
_SCREEN = "screen"


@dataclass(frozen=True, slots=True)
class Goal:
    """At most `miss_rate` of the deceptive cleared, with this confidence. A screen is taken out
    of charge when more than `most_unfamiliar` of the last `window` inputs are strange to it."""

    miss_rate: float = 0.05
    confidence: float = 0.95
    most_unfamiliar: float = 0.3
    window: int = 100


@dataclass(frozen=True, slots=True)
class Lesson:
    """A labelled verdict. `sampled`: it would have got its label whatever the screen said."""

    row: Row
    sampled: bool


@dataclass(frozen=True, slots=True)
class Charge:
    """Who screens now: below `clears_below` it settles `non_deceptive`, at 0 never."""

    model: ScreenModel | None = None
    clears_below: float = 0.0
    labels: int = 0

    @property
    def open(self) -> bool:
        return self.model is not None and self.clears_below > 0


@dataclass(slots=True)
class LearningLoop:
    """`calibration_share` of groups never train: they are what thresholds are set on. It learns
    again once there are `growth` times as many labels."""

    train: Train
    goal: Goal = Goal()
    calibration_share: float = 0.5
    charge: Charge = Charge()
    growth: float = 1.5
    lessons: list[Lesson] = field(default_factory=list)
    _trained_on: int = 0
    _strange: deque[bool] = field(default_factory=deque)

    def take(self, lesson: Lesson) -> None:
        self.lessons.append(lesson)

    def relearn(self) -> str:
        """Trains on all lessons so far, and puts the new screen in charge if it is sure of more
        honest traffic than the present one. Says in words what came of it."""
        if len(self.lessons) < self.growth * self._trained_on:
            return ""
        self._trained_on = len(self.lessons)
        check = self._held_out()
        if too_few := self._too_few(check):
            return too_few
        learn = [one.row for one in self.lessons if not self.calibrates(one.row.group)]
        try:
            model = self.train(learn)
        except InvalidExchange as exc:
            return f"not trained: {exc}"
        threshold = clearing(_sample(check, model).lowest_of_deceptive(), *self._promise)
        if threshold.value <= 0:
            return "trained; no threshold keeps the promise"
        found = Charge(model, threshold.value, len(self.lessons))
        if _clears(found, check) < _clears(self.charge, check):
            return "trained; the present screen clears more, and stays"
        self.charge = found
        return f"promoted: {found.labels} labels, clears below {found.clears_below:.2g}"

    def notices(self, unfamiliar: bool) -> bool:
        """Of each input; True when by now too many of the last ones were strange."""
        self._strange.append(unfamiliar)
        if len(self._strange) > self.goal.window:
            self._strange.popleft()
        full = len(self._strange) == self.goal.window
        return full and sum(self._strange) > self.goal.most_unfamiliar * self.goal.window

    def begin_anew(self) -> None:
        """Nobody is cleared until there are enough labels of what arrives now."""
        self.charge, self._trained_on = Charge(), 0
        self.lessons.clear()
        self._strange.clear()

    def calibrates(self, group: str) -> bool:
        lot = int.from_bytes(hashlib.sha256(f"calibrates:{group}".encode()).digest()[:4], "big")
        return lot < self.calibration_share * 2**32

    @property
    def _promise(self) -> tuple[float, float]:
        return self.goal.miss_rate, self.goal.confidence

    def _held_out(self) -> list[Row]:
        mine = (one for one in self.lessons if one.sampled)
        return [one.row for one in mine if self.calibrates(one.row.group)]

    def _too_few(self, check: Sequence[Row]) -> str:
        """In words; empty if there are enough to open a screen, so that it is worth training."""
        groups = len({row.group for row in check if row.deceptive})
        needed = groups_needed(*self._promise)
        if groups >= needed:
            return ""
        return f"not trained: {groups} deceptive groups to calibrate on, {needed} needed"


def score_of(model: ScreenModel, row: Row) -> float | None:
    """None where the screen is out of its depth, and settles nothing."""
    head = model.heads.get(row.stratum)
    if head is None or not head.familiarity.knows(row.vector):
        return None
    return head.score(row.vector)


def _sample(rows: Sequence[Row], model: ScreenModel) -> Sample:
    scored = [
        ScoredRow(r.group, r.deceptive, r.has_reasoning, {_SCREEN: Turn(score_of(model, r))})
        for r in rows
    ]
    return Sample.of(scored, _SCREEN)


def _clears(charge: Charge, rows: Sequence[Row]) -> int:
    """How many honest ones of these."""
    if charge.model is None:
        return 0
    scores = [score_of(charge.model, row) for row in rows if not row.deceptive]
    return sum(score is not None and score < charge.clears_below for score in scores)
