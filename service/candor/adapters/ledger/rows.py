"""From records to rows of the tables and back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Row

from candor.domain.coverage import Coverage
from candor.domain.exchange import Context, Exchange, SourceImage, Utterance
from candor.domain.ledger import Audited, Content, Label, Review, VerdictRecord
from candor.domain.usage import Usage
from candor.domain.verdict import Action, CacheResult, Category, Outcome, PolicyRef, Step

Columns = dict[str, Any]
"""One row, by the names of its columns."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class _Detail:
    """What nobody filters by."""

    categories: Mapping[Category, float] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    degraded: tuple[str, ...] = ()
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True, slots=True)
class _Kept:
    """An exchange without the bytes of its images."""

    conversation: tuple[Utterance, ...]
    response: str
    reasoning: str | None
    context: Context
    missing: int = 0


_details = TypeAdapter(_Detail)
_kept = TypeAdapter(_Kept)


def ticks(at: datetime) -> int:
    return (at - _EPOCH) // _TICK


def moment(value: int) -> datetime:
    return _EPOCH + value * _TICK


def verdict_row(record: VerdictRecord) -> Columns:
    """Raises: ValueError when a text is not Unicode (lone surrogates)."""
    detail = _Detail(
        record.categories, record.steps, record.coverage, record.degraded, record.usage
    )
    return {
        "id": record.id,
        "at": ticks(record.at),
        "policy": record.policy.name,
        "policy_version": record.policy.version,
        "model": record.model,
        "outcome": record.outcome.value,
        "action": record.action.value,
        "score": record.score,
        "decided_by": record.decided_by,
        "cache": record.cache.value,
        "digest": record.digest,
        "groups": " ".join(record.groups),
        "detail": _details.dump_json(detail).decode(),
        "features": record.features,
        "ticket": record.ticket,
        "tenant": record.tenant,
    }


def audit_row(audit: Audited) -> Columns:
    return {
        "ticket": audit.ticket,
        "at": ticks(audit.at),
        "tier": audit.tier,
        "outcome": audit.outcome.value,
        "score": audit.score,
        "decided_by": audit.decided_by,
        "weight": audit.weight,
    }


def content_row(verdict_id: str, content: Content) -> Columns:
    """Raises: ValueError, as `verdict_row`."""
    exchange = content.exchange
    kept = _Kept(
        exchange.conversation,
        exchange.response,
        exchange.reasoning,
        exchange.context,
        content.missing,
    )
    text = _kept.dump_json(kept).decode()
    return {"verdict_id": verdict_id, "exchange": text, "expires": ticks(content.expires)}


def image_rows(verdict_id: str, content: Content) -> list[Columns]:
    return [
        {"verdict_id": verdict_id, "place": place, "data": image.data}
        for place, image in enumerate(content.exchange.images)
    ]


def review_row(verdict_id: str, review: Review) -> Columns:
    return {
        "verdict_id": verdict_id,
        "at": ticks(review.at),
        "label": review.label.value,
        "category": review.category.value if review.category else None,
        "note": review.note,
        "reviewer": review.reviewer,
    }


def record(row: Row[Any], review: Review | None, audit: Audited | None = None) -> VerdictRecord:
    """`row` may come without `features`."""
    detail = _details.validate_json(row.detail)
    return VerdictRecord(
        id=row.id,
        at=moment(row.at),
        policy=PolicyRef(row.policy, row.policy_version),
        model=row.model,
        outcome=Outcome(row.outcome),
        action=Action(row.action),
        score=row.score,
        decided_by=row.decided_by,
        digest=row.digest,
        groups=tuple(row.groups.split()),
        cache=CacheResult(row.cache),
        categories=detail.categories,
        steps=detail.steps,
        coverage=detail.coverage,
        degraded=detail.degraded,
        usage=detail.usage,
        features=row._mapping.get("features"),  # noqa: SLF001 # public, for names that may clash
        review=review,
        ticket=row.ticket,
        tenant=row.tenant,
        audit=audit,
    )


def review(row: Row[Any]) -> Review:
    category = Category(row.category) if row.category else None
    return Review(Label(row.label), moment(row.at), category, row.note, row.reviewer)


def audit(row: Row[Any]) -> Audited:
    outcome = Outcome(row.outcome)
    return Audited(
        row.ticket, moment(row.at), row.tier, outcome, row.score, row.decided_by, row.weight
    )


def content(row: Row[Any], images: Sequence[bytes]) -> Content:
    kept = _kept.validate_json(row.exchange)
    exchange = Exchange(
        kept.conversation,
        kept.response,
        tuple(SourceImage(data) for data in images),
        kept.reasoning,
        kept.context,
    )
    return Content(exchange, moment(row.expires), kept.missing)


def with_content(record: VerdictRecord, content: Content | None) -> VerdictRecord:
    return record if content is None else replace(record, content=content)
