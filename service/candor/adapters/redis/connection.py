"""The door to Redis: each operation in time, none while Redis is known to be away."""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

from redis.asyncio import RedisCluster
from redis.asyncio.client import PubSub
from redis.exceptions import RedisClusterException, RedisError

from candor.adapters.redis import clients
from candor.adapters.redis.breaker import RedisBreaker
from candor.adapters.redis.clients import Client
from candor.adapters.redis.config import RedisConfig
from candor.adapters.redis.failures import is_silence, reason_of
from candor.domain.errors import RedisUnavailable

__all__ = ["Client", "Connection", "open_connection"]

T = TypeVar("T")
# (reason): one of the words of `RedisUnavailable.reason`.
ToldOfFailure = Callable[[str], object]
ToldOfBreaker = Callable[[bool], object]

# What a look in the background may take to connect; the answer after it has to be in time.
_CONNECTING_SECONDS = 1.0


class Connection:
    """Shared by all of a process. Every `run` ends in time, in a result or RedisUnavailable."""

    def __init__(self, config: RedisConfig, client: Client) -> None:
        self._config = config
        self._client = client
        self._seconds = config.timeout_ms / 1000
        self._breaker = RedisBreaker(config.breaker.failures)
        self._full_until = -math.inf
        self._room = asyncio.BoundedSemaphore(config.max_connections)
        self._finding = asyncio.Lock()
        self._way_known = False
        self._looking: asyncio.Task[None] | None = None
        self._tell_failure: ToldOfFailure = _nobody
        self._tell_breaker: ToldOfBreaker = _nobody

    @property
    def is_cluster(self) -> bool:
        return isinstance(self._client, RedisCluster)

    @property
    def is_away(self) -> bool:
        """Redis is left alone: `run` would refuse at once."""
        return self._breaker.is_open

    @property
    def where(self) -> str:
        """For messages: never with credentials."""
        return self._config.where

    def told_to(self, failure: ToldOfFailure, breaker: ToldOfBreaker) -> None:
        """`failure` hears the reason of each operation that failed, `breaker` now and at each
        change whether Redis is left alone."""
        self._tell_failure, self._tell_breaker = failure, breaker
        breaker(self._breaker.is_open)

    async def run(
        self,
        call: Callable[[Client], Awaitable[T]],
        timeout_ms: float | None = None,
        *,
        optional: bool = False,
    ) -> T:
        """`timeout_ms` takes the place of the configured time, for a read that blocks. `optional`
        is a write that we can do without: a full Redis is spared those for a while.

        Raises: RedisUnavailable.
        """
        if self._breaker.is_open:
            raise self._told(self._error("breaker_open"))
        if optional and self._breaker.now() < self._full_until:
            raise self._told(self._error("oom"))
        seconds = self._seconds if timeout_ms is None else timeout_ms / 1000
        started = self._breaker.now()
        try:
            async with asyncio.timeout(seconds), self._room:
                await self._know_the_way()
                answer = await call(self._client)
        except (RedisError, RedisClusterException, OSError) as exc:
            raise self._failed(exc, started, seconds) from exc
        self._breaker.answered()
        return answer

    @asynccontextmanager
    async def listening(self, *channels: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """Yields what is published on `channels` from now on. It is not bounded in time, only
        subscribing is. A connection of its own, kept until the end.

        Raises: RedisUnavailable, also from the iteration when the connection is lost.
        """
        pubsub = self._client.pubsub(ignore_subscribe_messages=True)
        try:
            await self.run(lambda _: _subscribed(pubsub, channels))
            yield self._heard(pubsub)
        finally:
            with suppress(RedisError, OSError):
                await pubsub.aclose()  # type: ignore[no-untyped-call] # no types there

    async def _heard(self, pubsub: PubSub) -> AsyncIterator[bytes]:
        started = self._breaker.now()
        try:
            async for message in pubsub.listen():
                if isinstance(message["data"], bytes):
                    yield message["data"]
        except (RedisError, RedisClusterException, OSError) as exc:
            raise self._failed(exc, started, 0) from exc

    async def _know_the_way(self) -> None:
        """Of a cluster: its layout, asked for by one alone. Where many ask at once, redis-py
        closes the connections that some of them have just been given."""
        if self._way_known or not isinstance(self._client, RedisCluster):
            return
        async with self._finding:
            if not self._way_known:
                await self._client.initialize()
                await self._client.ping()
                self._way_known = True

    def _failed(self, exc: Exception, started: float, seconds: float) -> RedisUnavailable:
        if is_silence(exc):
            self._way_known = False
            if self._breaker.failed(started):
                self._opened()
        else:
            self._breaker.answered()
        if (reason := reason_of(exc)) == "oom":
            self._full_until = self._breaker.now() + self._config.breaker.open_seconds
        return self._told(self._error(reason, type(exc).__name__, seconds))

    def _error(self, reason: str, what: str = "", seconds: float = 0) -> RedisUnavailable:
        """The message leaves out what the server says: it may quote what we sent, the password
        too."""
        if reason == "breaker_open":
            told = f"redis at {self.where} did not answer; it is looked at in the background"
        elif reason == "oom":
            told = f"redis at {self.where} is full: raise its maxmemory, or let it evict"
        else:
            told = f"redis at {self.where} failed with {what}; it was given {seconds:g} s"
        return RedisUnavailable(told, reason=reason)

    def _told(self, error: RedisUnavailable) -> RedisUnavailable:
        self._tell_failure(error.reason)
        return error

    def _opened(self) -> None:
        self._tell_breaker(True)
        self._looking = asyncio.create_task(self._look_until_back())

    async def _look_until_back(self) -> None:
        while self._breaker.is_open:
            await asyncio.sleep(self._config.breaker.open_seconds)
            if await self._is_back():
                self._breaker.close()
                self._tell_breaker(False)

    async def _is_back(self) -> bool:
        try:
            async with asyncio.timeout(_CONNECTING_SECONDS):
                if isinstance(self._client, RedisCluster):
                    # The layout may have changed while it was away.
                    await clients.forget_layout(self._client)
                await self._know_the_way()
                await self._client.ping()
            # One that answers, but too late for operations, is not back.
            async with asyncio.timeout(self._seconds):
                await self._client.ping()
        except (RedisError, RedisClusterException, OSError):
            return False
        return True

    async def close(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait([self._looking])
        with suppress(RedisError, RedisClusterException, OSError):
            await clients.close(self._client)


async def _subscribed(pubsub: PubSub, channels: Sequence[str]) -> None:
    """`subscribe` alone returns when it is sent; what is published until Redis has read it would
    be lost."""
    await pubsub.subscribe(*channels)
    for _ in channels:
        await pubsub.get_message(timeout=None)


@asynccontextmanager
async def open_connection(config: RedisConfig) -> AsyncIterator[Connection]:
    """Connects when it is first asked, so that Redis may come up later than we do."""
    connection = Connection(config, clients.client_of(config))
    try:
        yield connection
    finally:
        await connection.close()


def _nobody(_: object) -> None: ...
