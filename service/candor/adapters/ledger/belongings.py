"""What hangs on verdicts in tables of its own, read for a page of them at once."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from candor.adapters.ledger import rows
from candor.adapters.ledger.tables import audits, content_images, contents, reviews
from candor.domain.ledger import Audited, Content, Review


async def reviews_of(connection: AsyncConnection, ids: Sequence[str]) -> Mapping[str, Review]:
    """The latest of each verdict."""
    asked = select(reviews).where(reviews.c.verdict_id.in_(ids)).order_by(reviews.c.number)
    return {row.verdict_id: rows.review(row) for row in await connection.execute(asked)}


async def contents_of(connection: AsyncConnection, ids: Sequence[str]) -> Mapping[str, Content]:
    """What has not expired, whether it was purged yet or not."""
    now = rows.ticks(datetime.now(UTC))
    asked = select(contents).where(contents.c.verdict_id.in_(ids), contents.c.expires > now)
    found = (await connection.execute(asked)).all()
    kept = [row.verdict_id for row in found]
    pictures = select(content_images).where(content_images.c.verdict_id.in_(kept))
    images: dict[str, list[bytes]] = {name: [] for name in kept}
    for row in await connection.execute(pictures.order_by(content_images.c.place)):
        images[row.verdict_id].append(row.data)
    return {row.verdict_id: rows.content(row, images[row.verdict_id]) for row in found}


async def audits_of(
    connection: AsyncConnection, tickets: Iterable[str | None]
) -> Mapping[str | None, Audited]:
    """By their tickets; of a verdict that was not drawn, or is being audited still, there is
    none."""
    known = [ticket for ticket in tickets if ticket is not None]
    if not known:
        return {}
    asked = select(audits).where(audits.c.ticket.in_(known))
    return {row.ticket: rows.audit(row) for row in await connection.execute(asked)}
