"""Audits: some verdicts on which a cheap tier settled are judged again by the tiers after it.

The caller's answer is what the cheap tier said; the audit runs afterwards and only counts. From
what it finds we estimate how much the tier misses, and how often it accuses the honest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from candor.domain.ledger import Audited
from candor.domain.proportions import Bounds, clopper_pearson
from candor.domain.tiers.tier import Band
from candor.domain.verdict import AuditTicket, Outcome, PolicyRef, Report

CONFIDENCE = 0.95
LEAST_AUDITS = 30
"""Of verdicts of one kind (cleared, or convicted), so that an estimate is worth showing. Targeted
ones count as as many as an even sample of the same precision would have."""
LEAST_KNOWN = 10
"""Exchanges of the kind that a rate is a share of (deceptive, or honest), for the same reason."""


class AuditConfig(BaseModel):
    """Which of the verdicts that a tier before the last settled on are judged again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rate: float = Field(0.0, ge=0, le=1, description="Share that is audited, drawn at random.")
    near_threshold_factor: float = Field(
        1.0,
        ge=1,
        le=1000,
        allow_inf_nan=False,
        description="How much likelier than `rate` a verdict at the very edge of the band is "
        "drawn; the factor falls evenly to 1 at a score of 0 or 1. Estimates are weighted by "
        "the inverse probability.",
    )
    at_once: int = Field(
        2, gt=0, le=256, description="Audits running at once; what is drawn beyond is dropped."
    )

    def probability(self, score: float, outcome: Outcome, band: Band) -> float:
        """Of being drawn, for a verdict on which a tier with this band settled."""
        return min(
            1.0, self.rate * (1 + (self.near_threshold_factor - 1) * _near(score, outcome, band))
        )


def _near(score: float, outcome: Outcome, band: Band) -> float:
    """1 at the band's edge, 0 at the far end of the side on which the tier settled."""
    if outcome is Outcome.NON_DECEPTIVE:
        edge, far = band.non_deceptive_below, 0.0
    else:
        edge, far = band.deceptive_above, 1.0
    near = (score - far) / (edge - far) if edge != far else 1.0
    return min(max(near, 0.0), 1.0)


class AuditResult(StrEnum):
    AGREES = "agrees"
    MISSED = "missed"
    """The tier had cleared what those after it call deceptive."""
    FALSE_ALARM = "false_alarm"
    """The tier had convicted what those after it call honest."""
    INCONCLUSIVE = "inconclusive"
    FAILED = "failed"
    DROPPED = "dropped"
    """Too many audits were running, or the service was closing."""


@dataclass(frozen=True, slots=True)
class Audit:
    """One drawn verdict and what became of it.

    `ticket.id` is also on the report that the caller got. `report` is that of the tiers after
    `tier`; None for what was dropped or has failed.
    """

    ticket: AuditTicket
    policy: PolicyRef
    tier: str
    settled: Outcome
    score: float
    result: AuditResult
    report: Report | None = None

    def found(self, at: datetime) -> Audited | None:
        """For the ledger; None where nobody judged again. `at` is when, in UTC."""
        if self.report is None:
            return None
        verdict, weight = self.report.verdict, 1 / self.ticket.probability
        return Audited(
            self.ticket.id,
            at,
            self.tier,
            verdict.outcome,
            verdict.score,
            verdict.decided_by,
            weight,
        )


def compare(settled: Outcome, found: Outcome) -> AuditResult:
    """What a tier settled on, beside what those after it found."""
    if found is Outcome.INCONCLUSIVE:
        return AuditResult.INCONCLUSIVE
    if found is settled:
        return AuditResult.AGREES
    return AuditResult.MISSED if found is Outcome.DECEPTIVE else AuditResult.FALSE_ALARM


@dataclass(frozen=True, slots=True)
class Side:
    """One way in which a tier settles: how often it did, and what audits found of a sample,
    in sums of inverse probabilities."""

    settled: int = 0
    weight: float = 0.0
    squares: float = 0.0
    wrong: float = 0.0
    audits: int = 0

    @property
    def effective(self) -> float:
        """How many evenly drawn audits these are worth (Kish 1965, section 11.7)."""
        return self.weight**2 / self.squares if self.squares else 0.0

    @property
    def sounded(self) -> bool:
        """Enough is known of what was settled on this side, if anything was."""
        return not self.settled or self.effective >= LEAST_AUDITS - 1e-9

    def audited(self, probability: float, *, wrong: bool) -> "Side":
        w = 1 / probability
        return replace(
            self,
            weight=self.weight + w,
            squares=self.squares + w * w,
            wrong=self.wrong + w * wrong,
            audits=self.audits + 1,
        )

    def share_wrong(self) -> Bounds | None:
        """None before the first audit. Two such intervals hold together with `CONFIDENCE`
        (Bonferroni)."""
        if not self.weight:
            return None
        tries = self.effective
        share = min(self.wrong / self.weight, 1.0)
        return clopper_pearson(share * tries, tries, 1 - (1 - CONFIDENCE) / 2)


@dataclass(frozen=True, slots=True)
class Rate:
    """A share as audits tell it, with `CONFIDENCE` between the `bounds`.

    Where `enough` is false, the bounds hold, but their estimate rests on so little that it
    misleads (`LEAST_AUDITS`, `LEAST_KNOWN`).
    """

    bounds: Bounds
    enough: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """All that a tier did in one version of a policy, since the process started."""

    cleared: Side = Side()
    convicted: Side = Side()
    escalated_deceptive: int = 0
    escalated_honest: int = 0

    def settled(self, outcome: Outcome) -> "Tally":
        side = self._side(outcome)
        return self._with(outcome, replace(side, settled=side.settled + 1))

    def escalated(self, found: Outcome) -> "Tally":
        """What later tiers made of a case that it handed over; not knowing tells nothing."""
        if found is Outcome.INCONCLUSIVE:
            return self
        if found is Outcome.DECEPTIVE:
            return replace(self, escalated_deceptive=self.escalated_deceptive + 1)
        return replace(self, escalated_honest=self.escalated_honest + 1)

    def audited(self, audit: Audit) -> "Tally":
        """Audits that came to no conclusion are left out: they are counted, not guessed."""
        if audit.result not in (AuditResult.AGREES, AuditResult.MISSED, AuditResult.FALSE_ALARM):
            return self
        wrong = audit.result is not AuditResult.AGREES
        side = self._side(audit.settled).audited(audit.ticket.probability, wrong=wrong)
        return self._with(audit.settled, side)

    def miss_rate(self) -> Rate | None:
        """Share of the deceptive exchanges that the tier cleared: what `calibrate` promises
        of. (The share of cleared ones that are deceptive would look good wherever deception is
        rare.) None while there is nothing to tell it from."""
        return _rate(self.cleared, self.convicted, self.escalated_deceptive)

    def false_positive_rate(self) -> Rate | None:
        """Share of the honest exchanges that the tier convicted."""
        return _rate(self.convicted, self.cleared, self.escalated_honest)

    @property
    def sides(self) -> Mapping[Outcome, Side]:
        """By what the tier had settled."""
        return {Outcome.NON_DECEPTIVE: self.cleared, Outcome.DECEPTIVE: self.convicted}

    def _side(self, outcome: Outcome) -> Side:
        return self.convicted if outcome is Outcome.DECEPTIVE else self.cleared

    def _with(self, outcome: Outcome, side: Side) -> "Tally":
        if outcome is Outcome.DECEPTIVE:
            return replace(self, convicted=side)
        return replace(self, cleared=side)


_UNAUDITED = Bounds(0.0, 0.0, 1.0)


def _rate(side: Side, other: Side, escalated: int) -> Rate | None:
    """Wrongly settled on `side`, of all that are of that kind: those, the ones escalated, and
    the ones that the tier settled rightly on the `other` side."""
    wrong = side.share_wrong()
    if wrong is None and side.settled:
        return None
    wrong = wrong or Bounds(0.0, 0.0, 0.0)
    # A side that nobody audited is taken as right for the estimate; the bounds doubt it wholly.
    doubt = other.share_wrong() or _UNAUDITED
    parts = [side.settled * share for share in (wrong.estimate, wrong.low, wrong.high)]
    doubts = (doubt.estimate, doubt.low, doubt.high)
    wholes = [p + other.settled * (1 - d) + escalated for p, d in zip(parts, doubts, strict=True)]
    if not all(wholes):
        return None
    bounds = Bounds(*(part / whole for part, whole in zip(parts, wholes, strict=True)))
    return Rate(bounds, side.sounded and wholes[0] >= LEAST_KNOWN - 1e-9)
