"""Reports in this process: bounded in number, bytes and time; the least recently used go first."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from candor.domain.verdict import Report

# What the table itself needs per report: key, entry and place in the table, rounded up.
_PER_ENTRY = 512

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Most reports, and most bytes of memory for all of them."""

    max_entries: int
    max_bytes: int


@dataclass(frozen=True, slots=True)
class _Entry:
    report: Report
    stale: float
    expires: float
    size: int


class ReportTable:
    """Keeps reports as they are: they are frozen.

    An entry is fresh for a while, then stale until it expires; one that expired is never handed
    out.
    """

    def __init__(self, bounds: Bounds, clock: Clock = time.monotonic) -> None:
        self._bounds = bounds
        self._clock = clock
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._size = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size(self) -> int:
        """Estimated bytes of all that is kept."""
        return self._size

    def fresh(self, key: str) -> Report | None:
        entry = self._alive(key)
        if entry is None or entry.stale <= self._clock():
            return None
        self._entries.move_to_end(key)
        return entry.report

    def even_stale(self, key: str) -> Report | None:
        entry = self._alive(key)
        return entry.report if entry else None

    def keep(
        self, key: str, report: Report, size: int, seconds: float, fresh: float | None = None
    ) -> None:
        """`size` in bytes, `seconds` until it expires, `fresh` (default: all of them) until it
        is stale. A report that is larger than the whole table is not kept."""
        self.drop(key)
        size += _PER_ENTRY
        if size > self._bounds.max_bytes:
            return
        now = self._clock()
        stale = now + (seconds if fresh is None else min(fresh, seconds))
        self._entries[key] = _Entry(report, stale, now + seconds, size)
        self._size += size
        self._shrink()

    def drop(self, key: str) -> None:
        if key in self._entries:
            self._drop(key)

    def forget(self, prefix: str) -> None:
        for key in [key for key in self._entries if key.startswith(prefix)]:
            self._drop(key)

    def _alive(self, key: str) -> _Entry | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry.expires <= self._clock():
            self._drop(key)
            return None
        return entry

    def _shrink(self) -> None:
        while len(self) > self._bounds.max_entries or self._size > self._bounds.max_bytes:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: str) -> None:
        self._size -= self._entries.pop(key).size
