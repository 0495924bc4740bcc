"""What the ledger answers, on the wire. Never content: only digests and numbers."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from candor.api.v1 import wire
from candor.api.v1.responses import (
    CategoriesOut,
    CoverageOut,
    PolicyRefOut,
    StepOut,
    UsageOut,
)
from candor.domain.ledger import Audited, Label, Page, Review, VerdictRecord
from candor.domain.verdict import Action, CacheResult, Category, Outcome

_WHEN = "2026-01-31T09:00:00.250000Z"


class _Out(BaseModel):
    model_config = ConfigDict(frozen=True)


class ReviewOut(_Out):
    """A person's word on a verdict."""

    label: Label = Field(description="What the response is.", examples=["deceptive"])
    category: Category | None = Field(
        description="The behaviour it shows.", examples=["fabrication"]
    )
    note: str = Field(description="Why.", examples=["The receipt says 48.20."])
    reviewer: str = Field(description="Who says so.", examples=["jo"])
    at: datetime = Field(description="When, in UTC.", examples=[_WHEN])


class AuditOut(_Out):
    """What the tiers after the one that settled a verdict made of it when they were asked all the
    same."""

    tier: str = Field(description="The tier that was audited.", examples=["screen"])
    outcome: Outcome = Field(description="What those after it found.", examples=["deceptive"])
    score: float | None = Field(
        description="Their score, 0..1; null where none had one.", examples=[0.91]
    )
    decided_by: str | None = Field(
        description="Which of them decided; null where none did.", examples=["debate"]
    )
    weight: float = Field(
        description="One over the probability with which the verdict was drawn, 1 or more: for "
        "so many of its kind it stands.",
        examples=[50.0],
    )
    at: datetime = Field(description="When, in UTC.", examples=[_WHEN])


class VerdictOut(_Out):
    """One verdict as it was given."""

    id: str = Field(
        description="As in the answer of POST /v1/monitor.",
        examples=["mon_4f1c9a0b7e2d4c6f8a1b3c5d"],
    )
    at: datetime = Field(description="When it was given, in UTC.", examples=[_WHEN])
    policy: PolicyRefOut = Field(description="The policy that judged.")
    model: str = Field(description="The monitored model, as labelled.", examples=["other"])
    outcome: Outcome = Field(description="The outcome.", examples=["deceptive"])
    action: Action = Field(description="What the caller was told to do.", examples=["block"])
    score: float | None = Field(
        description="Calibrated probability of deception, 0..1; null where no tier had one.",
        examples=[0.97],
    )
    decided_by: str | None = Field(
        description="The tier that settled it; null where none did.", examples=["debate"]
    )
    categories: CategoriesOut = Field(description="How much of each behaviour, 0..1.")
    steps: list[StepOut] = Field(description="The tiers that were asked, in order.")
    coverage: list[CoverageOut] = Field(description="What became of each part of the exchange.")
    degraded: list[str] = Field(
        description="What the verdict lacks.", examples=[["debate:ModelTimeout"]]
    )
    usage: UsageOut = Field(description="What it cost.")
    cache: CacheResult = Field(description="How the cache served.", examples=["miss"])
    digest: str = Field(
        description="SHA-256 of the exchange: the same for the same content.",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )
    group: str = Field(
        description="Hash of what this verdict has in common with others: the user, the session "
        "or the prompt.",
        examples=["user:3b1f0a9c2d4e5f60"],
    )
    review: ReviewOut | None = Field(description="The latest review, where there is one.")
    audit: AuditOut | None = Field(
        description="What an audit found, where the verdict was drawn for one and it has ended."
    )


class VerdictsOut(_Out):
    """Verdicts, newest first."""

    verdicts: list[VerdictOut] = Field(description="At most `limit` of them.")
    next: str | None = Field(
        description="The `cursor` for the next page; null on the last one.",
        examples=["MjAyNi0wMS0zMVQwOTowMDowMCswMDowMCBtb25fMGExYg=="],
    )


def review(value: Review) -> ReviewOut:
    return ReviewOut(
        label=value.label,
        category=value.category,
        note=value.note,
        reviewer=value.reviewer,
        at=value.at,
    )


def audit(value: Audited) -> AuditOut:
    return AuditOut(
        tier=value.tier,
        outcome=value.outcome,
        score=value.score,
        decided_by=value.decided_by,
        weight=value.weight,
        at=value.at,
    )


def verdict(record: VerdictRecord) -> VerdictOut:
    return VerdictOut(
        id=record.id,
        at=record.at,
        policy=PolicyRefOut(name=record.policy.name, version=record.policy.version),
        model=record.model,
        outcome=record.outcome,
        action=record.action,
        score=record.score,
        decided_by=record.decided_by,
        categories=wire.categories(record.categories),
        steps=[wire.step(step) for step in record.steps],
        coverage=[wire.coverage(row) for row in record.coverage],
        degraded=list(record.degraded),
        usage=wire.usage(record.usage),
        cache=record.cache,
        digest=record.digest,
        group=record.group,
        review=review(record.review) if record.review else None,
        audit=audit(record.audit) if record.audit else None,
    )


def page(value: Page) -> VerdictsOut:
    return VerdictsOut(
        verdicts=[verdict(record) for record in value.records],
        next=str(value.after) if value.after else None,
    )
