"""A small level in this process in front of Redis."""

import random
import time
from collections.abc import Callable

from candor.adapters.cache.encoding import Stored
from candor.adapters.cache.local import LocalLevelConfig
from candor.adapters.cache.shared import RedisCache, jittered
from candor.adapters.cache.table import Bounds, ReportTable
from candor.adapters.cache.tally import CacheTally
from candor.domain.errors import CacheUnavailable
from candor.domain.verdict import Report

# A report takes 2.7 times the bytes of its JSON in memory, measured on debates; walking through
# it to know exactly costs more than all the rest of a hit.
_PER_BYTE = 4


class TwoLevelCache:
    """While Redis is away, this process still knows what it knew; a verdict is never handed out
    beyond its own time."""

    def __init__(
        self,
        shared: RedisCache,
        config: LocalLevelConfig,
        tally: CacheTally = CacheTally(),
        clock: Callable[[], float] = time.monotonic,
        dice: Callable[[], float] = random.random,
    ) -> None:
        self._shared = shared
        self._fresh_seconds = config.ttl_seconds
        self._table = ReportTable(Bounds(config.max_entries, config.max_bytes), clock)
        self._tally = tally
        self._dice = dice
        self._cleared = 0

    def __len__(self) -> int:
        """Verdicts in this process."""
        return len(self._table)

    async def ping(self) -> None:
        await self._shared.ping()

    def at_hand(self, key: str) -> Report | None:
        report = self._table.fresh(key)
        if report is not None:
            self._tally.hit("local")
        return report

    async def get(self, key: str) -> Report | None:
        report = self.at_hand(key)
        if report is not None:
            return report
        cleared = self._cleared
        try:
            stored = await self._shared.read(key)
        except CacheUnavailable:
            known = self._table.even_stale(key)
            if known is None:
                raise
            self._tally.hit("stale")
            return known
        if stored is None:
            self._table.drop(key)
            return None
        # What was read before a clearing must not come back after it.
        if cleared == self._cleared:
            self._keep(key, stored)
        return stored.report

    async def put(self, key: str, report: Report) -> None:
        """Kept in this process also when Redis does not take it."""
        stored = self._shared.measured(report)
        self._keep(key, stored)
        await self._shared.write(key, stored)

    def forget(self, prefix: str = "") -> None:
        """Keys that begin with it, in this process alone."""
        self._cleared += 1
        self._table.forget(prefix)

    def _keep(self, key: str, stored: Stored) -> None:
        fresh = jittered(self._fresh_seconds, self._dice)
        seconds = self._shared.seconds_left(stored)
        self._table.keep(key, stored.report, stored.length * _PER_BYTE, seconds, fresh)
