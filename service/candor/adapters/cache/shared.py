"""The level that all replicas share: verdicts in Redis."""

import random
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from candor.adapters.cache import encoding
from candor.adapters.cache.encoding import Stored
from candor.adapters.cache.keys import name_of
from candor.adapters.cache.recognised import Recognised
from candor.adapters.cache.sealing import NOT_SEALED, Area, Sealer
from candor.adapters.cache.tally import CacheTally
from candor.adapters.cache.together import JoinedReads
from candor.domain.errors import CacheUnavailable, RedisUnavailable
from candor.domain.verdict import Report

if TYPE_CHECKING:
    from candor.adapters.redis import Connection

# Verdicts that were made together shall not all end together.
_JITTER = 0.1


def jittered(seconds: float, dice: Callable[[], float]) -> float:
    """Up to a tenth less; `dice` gives 0..1."""
    return seconds * (1 - _JITTER * dice())


class RedisCache:
    """Every operation ends within the connection's time, in a result or CacheUnavailable."""

    def __init__(
        self,
        connection: "Connection",
        ttl_seconds: float,
        tally: CacheTally = CacheTally(),
        clock: Callable[[], float] = time.time,
        dice: Callable[[], float] = random.random,
        *,
        sealer: Sealer = NOT_SEALED,
    ) -> None:
        self._connection = connection
        self._reads = JoinedReads(connection)
        self._ttl = ttl_seconds
        self._tally = tally
        self._clock = clock
        self._dice = dice
        self._sealer = sealer
        self._recognised = Recognised()

    async def ping(self) -> None:
        """For readiness. Raises: CacheUnavailable."""
        try:
            await self._connection.run(lambda client: client.ping())
        except RedisUnavailable as exc:
            raise CacheUnavailable(str(exc)) from exc

    async def get(self, key: str) -> Report | None:
        stored = await self.read(key)
        return stored.report if stored else None

    async def put(self, key: str, report: Report) -> None:
        await self.write(key, self.measured(report))

    async def read(self, key: str) -> Stored | None:
        """Raises: CacheUnavailable."""
        try:
            raw = await self._reads.get(name_of(key))
        except RedisUnavailable as exc:
            raise CacheUnavailable(str(exc)) from exc
        if raw is None:
            return None
        stored = self._recognised.find(key, raw) or self._decoded(key, raw)
        if stored is None:
            # Written by another version or with another key, or damaged: the same as a miss.
            self._tally.unreadable()
        elif self.seconds_left(stored) > 0:
            self._tally.hit("shared")
            return stored
        return None

    def _decoded(self, key: str, raw: bytes) -> Stored | None:
        opened = self._sealer.open(Area.CACHE, key, raw)
        stored = None if opened is None else encoding.decode(key, opened)
        if stored is not None:
            self._recognised.keep(key, raw, stored)
        return stored

    def measured(self, report: Report) -> Stored:
        """With the end of its time. Raises: CacheUnavailable when it cannot be stored."""
        expires = self._clock() + jittered(self._ttl, self._dice)
        try:
            return Stored(report, expires, encoding.json_length(report))
        except ValueError as exc:
            raise CacheUnavailable("the report cannot be written as JSON") from exc

    async def write(self, key: str, stored: Stored) -> None:
        """Raises: CacheUnavailable."""
        try:
            raw = encoding.encode(key, stored.report, stored.expires)
        except ValueError as exc:
            raise CacheUnavailable("the report is too long to be stored") from exc
        sealed = self._sealer.seal(Area.CACHE, key, raw)
        milliseconds = max(1, int(self.seconds_left(stored) * 1000))
        try:
            await self._connection.run(
                lambda client: client.set(name_of(key), sealed, px=milliseconds), optional=True
            )
        except RedisUnavailable as exc:
            raise CacheUnavailable(str(exc)) from exc

    def seconds_left(self, stored: Stored) -> float:
        """Never more than our own time for verdicts, whatever the clock of the writer said."""
        return min(stored.expires - self._clock(), self._ttl)

    async def close(self) -> None:
        await self._reads.close()
