"""Between requests and the files: a bounded line, and one task that empties it."""

import asyncio
import errno
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Protocol

from candor.adapters.auditlog.files import Fields, stamp
from candor.adapters.auditlog.tally import AuditLogTally
from candor.domain.errors import TrailUnavailable
from candor.domain.trail import Entry, Noted

# Seconds between tries while nothing can be written: doubled each time, up to the last.
_FIRST_PAUSE, _LAST_PAUSE = 0.1, 5.0
_BATCH = 256
FULL, REFUSED, SHUTDOWN = "full", "refused", "shutdown"
_REASONS = {
    errno.ENOSPC: "disk_full",
    errno.EDQUOT: "disk_full",
    errno.EFBIG: "disk_full",
    errno.EACCES: "denied",
    errno.EPERM: "denied",
    errno.EROFS: "denied",
}
_WORDS = {
    "disk_full": "the disk of audit_log.folder is full: make room",
    "denied": "audit_log.folder may not be written to: look at its rights",
    "error": "audit_log.folder cannot be written to: look at the disk",
}


class Sink(Protocol):
    """Blocking."""

    def append(self, entries: Sequence[Fields]) -> None:
        """All of them or none. Raises: OSError."""
        ...

    def close(self) -> None:
        """Raises: OSError."""
        ...


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of the line (entries), of the wait of a request and of the end (seconds)."""

    entries: int = 10_000
    wait_seconds: float = 0.25
    flush_seconds: float = 5.0


@dataclass(slots=True)
class _Waiting:
    entry: Entry
    done: "asyncio.Future[None] | None" = None


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Writer:
    """The trail as long as it is `running`. Where it is not strict, requests never wait."""

    sink: Sink
    strict: bool = False
    keeps: bool = field(init=False, default=True)
    bounds: Bounds = field(default_factory=Bounds)
    tally: AuditLogTally = field(default_factory=AuditLogTally)
    now: Callable[[], datetime] = _now
    _line: deque[_Waiting] = field(default_factory=deque)
    _missing: int = 0
    """Entries that found no place in the log, not yet told in it."""
    _error: str = ""
    _tries: int = 0
    _closing: bool = False
    _wanted: asyncio.Event = field(default_factory=asyncio.Event)

    def admit(self) -> None:
        if self.strict and self._error:
            raise self._unavailable()

    def note(self, noted: Noted) -> None:
        self._put(_Waiting(noted.entry(self.now())))

    async def keep(self, noted: Noted) -> None:
        if not self.strict:
            self.note(noted)
            return
        self.admit()
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if not self._put(_Waiting(noted.entry(self.now()), done)):
            raise TrailUnavailable("too many wait for the audit log: send less, or try again")
        try:
            async with asyncio.timeout(self.bounds.wait_seconds):
                await done
        except TimeoutError:
            raise TrailUnavailable(
                f"the audit log took longer than audit_log.wait_ms "
                f"({self.bounds.wait_seconds * 1000:g} ms): look at its disk"
            ) from None

    async def ping(self) -> None:
        if self._error:
            raise self._unavailable()

    async def begin(self) -> None:
        """Raises: OSError when not even the first line can be written."""
        await asyncio.to_thread(self.sink.append, ())

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Writer"]:
        task = asyncio.create_task(self._run())
        try:
            yield self
        finally:
            self._closing = True
            self._wanted.set()
            await asyncio.wait([task], timeout=self.bounds.flush_seconds)
            task.cancel()
            await asyncio.wait([task])
            if self._line:
                self.tally.lost(SHUTDOWN, len(self._line))
            await asyncio.to_thread(self._end)

    def _end(self) -> None:
        try:
            self.sink.close()
        except OSError as exc:
            self.tally.failed(_reason(exc))

    def _put(self, waiting: _Waiting) -> bool:
        if self._closing or len(self._line) >= self.bounds.entries:
            self._lose(SHUTDOWN if self._closing else FULL, 1)
            return False
        self._line.append(waiting)
        self.tally.waiting(len(self._line))
        self._wanted.set()
        return True

    def _lose(self, why: str, count: int) -> None:
        self._missing += count
        self.tally.lost(why, count)

    async def _run(self) -> None:
        while not self._closing or self._line:
            await self._wanted.wait()
            batch = list(islice(self._line, _BATCH))
            if batch or self._missing:
                await self._write(batch)
            if not self._line and not self._missing and not self._closing:
                self._wanted.clear()

    async def _write(self, batch: Sequence[_Waiting]) -> None:
        """A batch stays in line until it is written."""
        missing = self._missing
        told: list[Fields] = [self._gap(missing)] if missing else []
        told += [_fields(waiting.entry) for waiting in batch]
        try:
            # Shielded: a write that has begun ends, and then it is known what became of it.
            await asyncio.shield(asyncio.to_thread(self.sink.append, told))
        except OSError as exc:
            await self._failed(exc)
            return
        self._error, self._tries = "", 0
        self._missing -= missing
        for waiting in batch:
            self._line.popleft()
            if waiting.done is not None and not waiting.done.done():
                waiting.done.set_result(None)
        self.tally.written(len(batch))
        self.tally.waiting(len(self._line))

    async def _failed(self, exc: OSError) -> None:
        self._error = _reason(exc)
        self.tally.failed(self._error)
        if self.strict:
            self._refuse_all()
        pause = _FIRST_PAUSE * 2 ** min(self._tries, 16)
        self._tries += 1
        await asyncio.sleep(min(pause, _FIRST_PAUSE if self._closing else _LAST_PAUSE))

    def _refuse_all(self) -> None:
        """They are not answered, so that there is nothing to write down but how many they were.
        What nobody waits for stays."""
        refused = [w for w in self._line if w.done is not None]
        for waiting in refused:
            self._line.remove(waiting)
            if waiting.done is not None and not waiting.done.done():
                waiting.done.set_exception(self._unavailable())
                # Looked at here: its caller may have gone.
                waiting.done.exception()
        self._lose(REFUSED, len(refused))

    def _gap(self, missing: int) -> Fields:
        return {"event": "gap", "at": stamp(self.now()), "lost": missing}

    def _unavailable(self) -> TrailUnavailable:
        return TrailUnavailable(_WORDS[self._error or "error"])


def _reason(exc: OSError) -> str:
    return _REASONS.get(exc.errno or 0, "error")


def _fields(entry: Entry) -> Fields:
    return {
        **entry.facts,
        "event": entry.event.value,
        "at": stamp(entry.at),
        "tenant": entry.tenant,
        "key_id": entry.key_id,
        "request_id": entry.request_id,
    }
