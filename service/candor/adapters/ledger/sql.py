"""A ledger in SQLite or PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from candor.adapters.ledger.config import SqlLedgerConfig
from candor.adapters.ledger.store import Store
from candor.adapters.ledger.tally import Tally
from candor.adapters.ledger.writer import Bounds, Writer
from candor.domain.beside import beside
from candor.domain.errors import LedgerUnavailable
from candor.domain.ledger import Audited, Cursor, Filters, Page, Review, VerdictRecord

# Content that has expired is never given out, but may lie there for that long: seconds.
_SWEEP_SECONDS = 600.0
# Of records with their content in memory at once.
_READ_AT_ONCE = 50


@asynccontextmanager
async def opened(config: SqlLedgerConfig, tally: Tally) -> AsyncIterator["SqlLedger"]:
    """A database that is away now is tried again when there is something to write."""
    store = Store(config)
    bounds = Bounds(
        config.max_waiting, config.max_waiting_bytes, config.batch, config.flush_seconds
    )
    try:
        with suppress(LedgerUnavailable):
            await store.prepare()
        async with Writer(store, bounds, tally).running() as writer, beside(_sweep(store)):
            yield SqlLedger(store, writer)
    finally:
        await store.close()


async def _sweep(store: Store) -> None:
    while True:
        with suppress(LedgerUnavailable):
            await store.purge_expired()
        await asyncio.sleep(_SWEEP_SECONDS)


@dataclass(frozen=True, slots=True)
class SqlLedger:
    """Writes through a line, reads at once."""

    store: Store
    writer: Writer

    @property
    def keeps(self) -> bool:
        return True

    def record(self, record: VerdictRecord) -> None:
        self.writer.put(record)

    def audited(self, audit: Audited) -> None:
        self.writer.put(audit)

    async def page(self, filters: Filters, limit: int, after: Cursor | None = None) -> Page:
        return await self.store.page(filters, limit, after)

    async def verdict(self, verdict_id: str) -> VerdictRecord:
        await self._written(verdict_id)
        return await self.store.verdict(verdict_id)

    async def review(self, verdict_id: str, review: Review) -> None:
        await self._written(verdict_id)
        await self.store.review(verdict_id, review)

    async def records(self, filters: Filters) -> AsyncIterator[VerdictRecord]:
        after: Cursor | None = None
        while True:
            page = await self.store.full_page(filters, _READ_AT_ONCE, after)
            for record in page.records:
                yield record
            after = page.after
            if after is None:
                return

    async def purge(self, older_than: datetime) -> int:
        return await self.store.purge(older_than)

    async def purge_expired(self) -> int:
        return await self.store.purge_expired()

    async def ping(self) -> None:
        await self.store.ping()

    async def _written(self, verdict_id: str) -> None:
        """A caller may ask for the verdict it was given a moment ago."""
        try:
            async with asyncio.timeout(self.store.config.timeout_seconds):
                await self.writer.settled(verdict_id)
        except TimeoutError as exc:
            raise LedgerUnavailable("the verdict is not yet written: try again later") from exc
