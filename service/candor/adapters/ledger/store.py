"""The ledger's statements."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, Select, Table, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from candor.adapters.ledger import engine as engines
from candor.adapters.ledger import rows, schema
from candor.adapters.ledger.belongings import audits_of, contents_of, reviews_of
from candor.adapters.ledger.config import SqlLedgerConfig
from candor.adapters.ledger.filtering import conditions
from candor.adapters.ledger.rows import Columns
from candor.adapters.ledger.tables import (
    BELONGINGS,
    audits,
    content_images,
    contents,
    reviews,
    verdicts,
)
from candor.domain.errors import UnknownVerdict
from candor.domain.ledger import Audited, Cursor, Filters, Page, Review, VerdictRecord

_WITHOUT_FEATURES = [column for column in verdicts.c if column.name != "features"]
# Of verdicts forgotten in one transaction: it holds up the writer that long.
_PURGED_AT_ONCE = 500


@dataclass(slots=True)
class Store:
    """Every operation ends within the configured time, in a result or LedgerUnavailable."""

    config: SqlLedgerConfig
    engine: AsyncEngine = field(init=False)
    _ready: bool = False
    _preparing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.engine = engines.create(self.config)

    async def close(self) -> None:
        # A database that hangs does not hold up our end.
        with suppress(TimeoutError):
            async with asyncio.timeout(self.config.timeout_seconds):
                await self.engine.dispose()

    async def migrate(self) -> str:
        """Raises: LedgerUnavailable."""
        async with engines.answering(self.config), self.engine.begin() as connection:
            return await connection.run_sync(schema.migrate)

    async def prepare(self) -> None:
        """Brings SQLite's schema up to date; PostgreSQL's is only looked at, for it is the
        operator's to change. Done once. Raises: LedgerUnavailable."""
        async with self._preparing:
            if self._ready:
                return
            if self.config.path is not None:
                await self.migrate()
            else:
                await self._check()
            self._ready = True

    async def ping(self) -> None:
        """Raises: LedgerUnavailable."""
        await self.prepare()
        async with engines.answering(self.config), self.engine.connect() as connection:
            await connection.execute(select(1))

    async def _check(self) -> None:
        async with engines.answering(self.config), self.engine.connect() as connection:
            await connection.run_sync(schema.check)

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncConnection]:
        await self.prepare()
        async with engines.answering(self.config), self.engine.connect() as connection:
            yield connection

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[AsyncConnection]:
        await self.prepare()
        async with engines.answering(self.config), self.engine.begin() as connection:
            yield connection

    async def write(self, entries: Sequence[VerdictRecord | Audited]) -> None:
        """All of them or none; one that is there already is left as it is.

        Raises: LedgerUnavailable, RecordRefused, RecordUnwritable.
        """
        found = [entry for entry in entries if isinstance(entry, Audited)]
        records = [entry for entry in entries if isinstance(entry, VerdictRecord)]
        async with self._writing() as connection:
            await self._insert(connection, audits, map(rows.audit_row, found))
            kept = [(r.id, r.content) for r in records if r.content is not None]
            await self._insert(connection, verdicts, map(rows.verdict_row, records))
            await self._insert(connection, contents, (rows.content_row(*one) for one in kept))
            images = (row for one in kept for row in rows.image_rows(*one))
            await self._insert(connection, content_images, images)

    async def _insert(
        self, connection: AsyncConnection, table: Table, values: Iterable[Columns]
    ) -> None:
        found = list(values)
        if not found:
            return
        # A batch that was committed although we saw it time out is written again.
        dialect = sqlite if self.engine.dialect.name == "sqlite" else postgresql
        await connection.execute(dialect.insert(table).on_conflict_do_nothing(), found)

    async def page(self, filters: Filters, limit: int, after: Cursor | None) -> Page:
        """Without features and content. Raises: LedgerUnavailable."""
        chosen = select(*_WITHOUT_FEATURES)
        async with self._reading() as connection:
            return await self._page(connection, chosen, filters, limit, after)

    async def full_page(self, filters: Filters, limit: int, after: Cursor | None) -> Page:
        """With features, and with content that has not expired. Raises: LedgerUnavailable."""
        async with self._reading() as connection:
            page = await self._page(connection, select(verdicts), filters, limit, after)
            known = await contents_of(connection, [record.id for record in page.records])
        full = [rows.with_content(record, known.get(record.id)) for record in page.records]
        return Page(full, page.after)

    async def _page(
        self,
        connection: AsyncConnection,
        chosen: Select[tuple[object, ...]],
        filters: Filters,
        limit: int,
        after: Cursor | None,
    ) -> Page:
        newest = verdicts.c.at.desc(), verdicts.c.id.desc()
        asked = chosen.where(*conditions(filters, after)).order_by(*newest).limit(limit + 1)
        found = (await connection.execute(asked)).all()
        records = await _records(connection, found[:limit])
        last = records[-1] if len(found) > limit else None
        return Page(records, Cursor(last.at, last.id) if last else None)

    async def verdict(self, verdict_id: str) -> VerdictRecord:
        """Raises: UnknownVerdict, LedgerUnavailable."""
        async with self._reading() as connection:
            asked = select(verdicts).where(verdicts.c.id == verdict_id)
            found = await _records(connection, (await connection.execute(asked)).all())
        if not found:
            raise _unknown()
        return found[0]

    async def review(self, verdict_id: str, review: Review) -> None:
        """Raises: UnknownVerdict, LedgerUnavailable."""
        async with self._writing() as connection:
            asked = select(verdicts.c.id).where(verdicts.c.id == verdict_id)
            if (await connection.execute(asked)).one_or_none() is None:
                raise _unknown()
            await connection.execute(insert(reviews).values(rows.review_row(verdict_id, review)))

    async def purge(self, older_than: datetime) -> int:
        """Raises: LedgerUnavailable."""
        old = select(verdicts.c.id).where(verdicts.c.at < rows.ticks(older_than))
        purged = await self._purge(old, (*BELONGINGS, verdicts))
        async with self._writing() as connection:
            # An audit comes after its verdict; one without a verdict goes by its own age.
            await connection.execute(delete(audits).where(audits.c.at < rows.ticks(older_than)))
        return purged

    async def purge_expired(self) -> int:
        """Raises: LedgerUnavailable."""
        now = rows.ticks(datetime.now(UTC))
        over = select(contents.c.verdict_id.label("id")).where(contents.c.expires <= now)
        return await self._purge(over, (content_images, contents))

    async def _purge(self, chosen: Select[tuple[str]], tables: Sequence[Table]) -> int:
        """In small transactions, each of them whole, until nothing is chosen any more."""
        purged = 0
        while ids := await self._purge_some(chosen, tables):
            purged += ids
        return purged

    async def _purge_some(self, chosen: Select[tuple[str]], tables: Sequence[Table]) -> int:
        async with self._writing() as connection:
            ids = (await connection.execute(chosen.limit(_PURGED_AT_ONCE))).scalars().all()
            if ids and verdicts in tables:
                drawn = select(verdicts.c.ticket).where(verdicts.c.id.in_(ids))
                await connection.execute(delete(audits).where(audits.c.ticket.in_(drawn)))
            for table in tables if ids else ():
                key = table.c.id if table is verdicts else table.c.verdict_id
                await connection.execute(delete(table).where(key.in_(ids)))
        return len(ids)

    async def count(self) -> int:
        """Raises: LedgerUnavailable."""
        async with self._reading() as connection:
            asked = select(func.count()).select_from(verdicts)
            return int((await connection.execute(asked)).scalar_one())


async def _records(
    connection: AsyncConnection, found: Sequence[Row[Any]]
) -> Sequence[VerdictRecord]:
    """With their latest review and what came of their audit."""
    told = await reviews_of(connection, [row.id for row in found])
    audited = await audits_of(connection, [row.ticket for row in found])
    return [rows.record(row, told.get(row.id), audited.get(row.ticket)) for row in found]


def _unknown() -> UnknownVerdict:
    # The id is the caller's: it could be anything, and is not repeated.
    return UnknownVerdict("the ledger has no verdict of that id")
