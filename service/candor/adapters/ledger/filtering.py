"""From filters to conditions."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, and_, exists, or_

from candor.adapters.ledger.rows import ticks
from candor.adapters.ledger.tables import reviews, verdicts
from candor.domain.ledger import Cursor, Filters

_EQUAL = ("policy", "model", "outcome", "action", "decided_by", "tenant")


def conditions(filters: Filters, after: Cursor | None) -> Iterator[ColumnElement[bool]]:
    for name in _EQUAL:
        wanted = getattr(filters, name)
        if wanted is not None:
            yield verdicts.c[name] == str(wanted)
    yield from _times(filters, after)
    if filters.min_score is not None:
        yield verdicts.c.score >= filters.min_score
    if filters.max_score is not None:
        yield verdicts.c.score <= filters.max_score
    if filters.reviewed is not None:
        known = exists().where(reviews.c.verdict_id == verdicts.c.id)
        yield known if filters.reviewed else ~known


def _times(filters: Filters, after: Cursor | None) -> Iterator[ColumnElement[bool]]:
    at = verdicts.c.at
    if filters.since is not None:
        yield at >= ticks(filters.since)
    if filters.until is not None:
        yield at < ticks(filters.until)
    if after is not None:
        place = ticks(after.at)
        yield or_(at < place, and_(at == place, verdicts.c.id < after.id))
