"""Between requests and the database: a bounded line, and one task that empties it."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

from candor.adapters.ledger.tally import Tally
from candor.domain.errors import LedgerUnavailable, RecordRefused, RecordUnwritable
from candor.domain.ledger import Audited, VerdictRecord

# Seconds between tries while the database is away: doubled each time, up to the last.
_FIRST_PAUSE, _LAST_PAUSE = 0.1, 5.0
_MOST_DOUBLINGS = 16
# How long a record waits for company, seconds. A write costs the event loop milliseconds however
# few records are in it: many small ones would be felt by requests.
_LINGER = 0.25
# Of content in one batch: more would hold up the event loop.
_BATCH_BYTES = 4 * 2**20

# Of a batch that the database answers with an error which is neither the connection's nor the
# data's: then each of its records has one more try, alone.
MOST_TRIES = 5

FULL, REFUSED, UNWRITABLE, SHUTDOWN = "full", "refused", "unwritable", "shutdown"

Entry = VerdictRecord | Audited


class Sink(Protocol):
    """Where the line ends."""

    async def write(self, entries: Sequence[Entry]) -> None:
        """All of them or none. Raises: LedgerUnavailable, RecordRefused, RecordUnwritable."""
        ...


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of the line (records, bytes), of a batch (records), and of the end (seconds)."""

    records: int = 10_000
    size: int = 64 * 2**20
    batch: int = 32
    flush_seconds: float = 5


@dataclass(slots=True)
class Writer:
    sink: Sink
    bounds: Bounds = field(default_factory=Bounds)
    tally: Tally = field(default_factory=Tally)
    _waiting: deque[Entry] = field(default_factory=deque)
    _size: int = 0
    _tries: int = 0
    _alone: int = 0
    _closing: bool = False
    _wanted: asyncio.Event = field(default_factory=asyncio.Event)
    _hurry: asyncio.Event = field(default_factory=asyncio.Event)
    _progress: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, record: Entry) -> None:
        """Never waits. A line that is full, or closed, drops what comes."""
        size = record.size
        if self._closing:
            self.tally.dropped(SHUTDOWN, 1)
        elif len(self._waiting) >= self.bounds.records or self._size + size > self.bounds.size:
            self.tally.dropped(FULL, 1)
        else:
            self._waiting.append(record)
            self._size += size
            self.tally.waiting(len(self._waiting))
            self._wanted.set()
            if len(self._waiting) >= self.bounds.batch:
                self._hurry.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Writer"]:
        """Writes while inside; at the end, what is in line is still written, for so long."""
        task = asyncio.create_task(self._run())
        try:
            yield self
        finally:
            self._closing = True
            self._wanted.set()
            self._hurry.set()
            self._progress.set()
            await asyncio.wait([task], timeout=self.bounds.flush_seconds)
            task.cancel()
            await asyncio.wait([task])
            self._drop_the_rest()

    def _drop_the_rest(self) -> None:
        if self._waiting:
            self.tally.dropped(SHUTDOWN, len(self._waiting))
        self._forget(len(self._waiting))

    async def settled(self, record_id: str) -> None:
        """Returns once no record of that id is in line any more: written, or dropped."""
        while not self._closing and any(r.id == record_id for r in self._waiting):
            self._hurry.set()
            self._progress.clear()
            await self._progress.wait()

    async def _run(self) -> None:
        while self._waiting or not self._closing:
            await self._wanted.wait()
            if len(self._waiting) < self.bounds.batch and not self._closing:
                await self._company()
            await self._write_next()
            if not self._waiting and not self._closing:
                self._wanted.clear()

    async def _company(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_LINGER):
                await self._hurry.wait()
        self._hurry.clear()

    async def _write_next(self) -> None:
        """A batch stays in line until it is written: nothing is lost on the way."""
        batch = self._next()
        if not batch:
            return
        try:
            await self.sink.write(batch)
        except RecordRefused:
            self._refused(batch, REFUSED)
        except RecordUnwritable:
            self.tally.failed()
            if self._alone or self._tries + 1 >= MOST_TRIES:
                self._refused(batch, UNWRITABLE)
            else:
                await self._pause()
        except LedgerUnavailable:
            self.tally.failed()
            await self._pause()
        else:
            self._tries = 0
            self.tally.written(len(batch))
            self._alone = max(0, self._alone - len(batch))
            self._forget(len(batch))

    async def _pause(self) -> None:
        self._tries += 1
        # Bounded: a database may be away for days, and floats end at 2**1024.
        doubled = _FIRST_PAUSE * 2 ** min(self._tries - 1, _MOST_DOUBLINGS)
        await asyncio.sleep(min(doubled, self._longest()))

    def _refused(self, batch: Sequence[Entry], reason: str) -> None:
        """One spoils it for all: whichever it is, the others are written, each alone."""
        self._tries = 0
        if len(batch) > 1:
            self._alone = len(batch)
            return
        self.tally.dropped(reason, 1)
        self._alone = max(0, self._alone - 1)
        self._forget(1)

    def _longest(self) -> float:
        return _FIRST_PAUSE if self._closing else _LAST_PAUSE

    def _next(self) -> list[Entry]:
        batch: list[Entry] = []
        size = 0
        for record in islice(self._waiting, 1 if self._alone else self.bounds.batch):
            size += record.size
            if batch and size > _BATCH_BYTES:
                break
            batch.append(record)
        return batch

    def _forget(self, count: int) -> None:
        for _ in range(count):
            self._size -= self._waiting.popleft().size
        self.tally.waiting(len(self._waiting))
        self._progress.set()
