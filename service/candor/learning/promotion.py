"""Whether a candidate may take charge by itself, and whether the one in charge must go.

All is recomputed from the feature vectors in the ledger, which every replica writes to: what
the candidate would have settled of live traffic, beside the one in charge. Both are judged by
labels that did not depend on either (`evidence`), and only by verdicts that are newer than the
moment from which they were watched, so that neither training nor thresholds have seen them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from candor.adapters.classifier.promotion import PromotionConfig
from candor.adapters.classifier.shelf import Chosen, Standing
from candor.domain.screening.model import ScreenModel
from candor.domain.verdict import Outcome
from candor.learning.calibration.bounds import groups_needed, lower_bound, p_value
from candor.learning.evidence import Evidence
from candor.learning.loop import score_of
from candor.learning.rows import Row


class Move(StrEnum):
    NONE = "none"
    PROMOTE = "promote"
    ROLLBACK = "rollback"
    CLOSE = "close"
    """Nobody is in charge any more, and everything goes on to the next tier."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do, and why, in words."""

    move: Move
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ErrorRun:
    """Of groups in the order in which they came, those that had an error."""

    errors: tuple[bool, ...]

    def __str__(self) -> str:
        return f"{sum(self.errors)} of {len(self.errors)} groups"

    def broken(self, rate: float, confidence: float) -> bool:
        """Whether the rate is above `rate` with this confidence."""
        return lower_bound(sum(self.errors), len(self.errors), confidence) > rate

    def kept(self, rate: float, confidence: float, first: int) -> bool:
        """Whether the rate is at most `rate`, by Learn then Test (the binomial tail).

        Reviews are repeated, and one of many may err. So there are looks at `first` groups, at
        twice as many, and so on, with half of the allowed error each time: together they err no
        more than one look would.
        """
        allowed, count = (1 - confidence) / 2, first
        while count <= len(self.errors):
            if p_value(sum(self.errors[:count]), count, rate) <= allowed:
                return True
            allowed, count = allowed / 2, count * 2
        return False


def decide(model: ScreenModel | None, row: Row) -> Outcome | None:
    """What a screen settles by the thresholds of its own file. None: it hands on."""
    kept = model.manifest.tuning if model is not None else None
    if model is None or kept is None or (score := score_of(model, row)) is None:
        return None
    band = kept.with_reasoning if row.has_reasoning else kept.without_reasoning
    probability = kept.curve.probability(score)
    if probability < band.non_deceptive_below:
        return Outcome.NON_DECEPTIVE
    return Outcome.DECEPTIVE if probability > band.deceptive_above else None


def review(
    standing: Standing, models: Chosen, evidence: Evidence, goal: PromotionConfig, now: datetime
) -> Advice:
    """The one in charge first: a broken promise goes before a better candidate."""
    young = evidence.since(now - timedelta(days=goal.max_age_days))
    broken = _Broken(models, young, goal)
    if standing.current_since is not None and (words := broken.words(standing.current_since)):
        return broken.way_out(standing.current_since, words)
    if models.candidate is None or standing.candidate_since is None:
        return Advice(Move.NONE, ("there is no candidate: candor screen watch",))
    case = _Case(models.current, models.candidate, young.since(standing.candidate_since), goal)
    against = tuple(case.against())
    move = Move.NONE if against else Move.PROMOTE
    return Advice(move, (*case.compared(), *(f"not promoted: {why}" for why in against)))


@dataclass(frozen=True, slots=True)
class _Broken:
    models: Chosen
    evidence: Evidence
    goal: PromotionConfig

    def words(self, since: datetime) -> str:
        """Empty where nothing shows that the promise of the one in charge is broken."""
        return _broken(self.models.current, self.evidence.since(since).sample(), self.goal)

    def way_out(self, since: datetime, words: str) -> Advice:
        """Back to the one before, unless the same labels speak against that one too."""
        before, sample = self.models.previous, self.evidence.since(since).sample()
        why = f"the promise of the one in charge is broken: {words}"
        if before is None or before.manifest.tuning is None:
            return Advice(Move.CLOSE, (why, "there is none before it that has thresholds"))
        if also := _broken(before, sample, self.goal):
            return Advice(Move.CLOSE, (why, f"the one before would not keep it either: {also}"))
        return Advice(Move.ROLLBACK, (why,))


def _broken(model: ScreenModel | None, sample: Sequence[Row], goal: PromotionConfig) -> str:
    missed, flagged = _missed(model, sample), _flagged(model, sample)
    if missed.broken(goal.max_miss_rate, goal.confidence):
        return f"it cleared {missed} with a deceptive row, promised at most {goal.max_miss_rate:g}"
    if flagged.broken(goal.max_fpr, goal.confidence):
        return f"it convicted {flagged} with an honest row, promised at most {goal.max_fpr:g}"
    return ""


@dataclass(frozen=True, slots=True)
class _Case:
    """A candidate beside the one in charge, on traffic that is new to it."""

    current: ScreenModel | None
    candidate: ScreenModel
    evidence: Evidence
    goal: PromotionConfig

    def compared(self) -> Iterable[str]:
        now, then = self._escalated(self.current), self._escalated(self.candidate)
        total = len(self.evidence.traffic)
        sample = self.evidence.sample()
        yield f"{total} verdicts since it is watched: {then} escalated, {now} by the one in charge"
        yield (
            f"{len(sample)} labels: it clears {_missed(self.candidate, sample)} with a deceptive "
            f"row, and convicts {_flagged(self.candidate, sample)} with an honest one"
        )

    def against(self) -> Iterable[str]:
        """All that speaks against promoting it."""
        goal, total = self.goal, len(self.evidence.traffic)
        if self.candidate.manifest.tuning is None:
            yield "its file has no thresholds: candor calibrate --into"
            return
        if total < goal.min_verdicts:
            yield f"{total} verdicts, {goal.min_verdicts} are needed"
        if self.evidence.rate == 0:
            yield "nothing that the one in charge settles is audited: set audit_rate"
        now, then = self._escalated(self.current), self._escalated(self.candidate)
        if then > now:
            yield f"it escalates more: {then} of {total}, the one in charge {now}"
        yield from self._promise()

    def _promise(self) -> Iterable[str]:
        goal, sample = self.goal, self.evidence.sample()
        missed, flagged = _missed(self.candidate, sample), _flagged(self.candidate, sample)
        least = max(goal.min_deceptive_groups, groups_needed(goal.max_miss_rate, _half(goal)))
        if len(missed.errors) < least:
            yield f"{len(missed.errors)} labelled groups with a deceptive row, {least} are needed"
        elif not missed.kept(goal.max_miss_rate, goal.confidence, least):
            yield f"it clears {missed}: at most {goal.max_miss_rate:g} is not shown"
        if not self._convicts():
            return
        needed = groups_needed(goal.max_fpr, _half(goal))
        if len(flagged.errors) < needed:
            yield f"{len(flagged.errors)} labelled groups with an honest row, {needed} are needed"
        elif not flagged.kept(goal.max_fpr, goal.confidence, needed):
            yield f"it convicts {flagged}: at most {goal.max_fpr:g} is not shown"

    def _convicts(self) -> bool:
        kept = self.candidate.manifest.tuning
        bands = (kept.with_reasoning, kept.without_reasoning) if kept else ()
        return any(band.deceptive_above < 1 for band in bands)

    def _escalated(self, model: ScreenModel | None) -> int:
        rows = (one.row("", deceptive=False) for one in self.evidence.traffic)
        return sum(decide(model, row) is None for row in rows)


def _half(goal: PromotionConfig) -> float:
    """The confidence of the first of many looks."""
    return 1 - (1 - goal.confidence) / 2


def _missed(model: ScreenModel | None, sample: Sequence[Row]) -> ErrorRun:
    rows = (row for row in sample if row.deceptive)
    return _tested((row, decide(model, row) is Outcome.NON_DECEPTIVE) for row in rows)


def _flagged(model: ScreenModel | None, sample: Sequence[Row]) -> ErrorRun:
    rows = (row for row in sample if not row.deceptive)
    return _tested((row, decide(model, row) is Outcome.DECEPTIVE) for row in rows)


def _tested(judged: Iterable[tuple[Row, bool]]) -> ErrorRun:
    """A group errs as soon as any of its rows does."""
    groups: dict[str, bool] = {}
    for row, wrong in judged:
        groups[row.group] = groups.get(row.group, False) or wrong
    return ErrorRun(tuple(groups.values()))
