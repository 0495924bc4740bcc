"""The counters of `limits` in the Redis of the deployment, through our own door to it."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

import redis
from limits.aio.storage.base import SlidingWindowCounterSupport, Storage
from limits.aio.storage.redis.redispy import RedispyBridge
from limits.typing import AsyncRedisClient

from candor.adapters.redis import Client, Connection

PREFIX = "candor:limits:v1"
T = TypeVar("T")
# What the library ends in when an answer is not of the form that it asked for.
_UNREADABLE = (TypeError, ValueError, LookupError, AttributeError)


class _Bridge(RedispyBridge):
    """The library's scripts and key names, on a client of ours."""

    def __init__(self, client: Client) -> None:
        super().__init__("redis://", redis, PREFIX)
        # Theirs is a protocol without our cluster in it.
        self.connection_getter = lambda _: cast(AsyncRedisClient, client)
        self.register_scripts()

    async def acquire_sliding_window_entry(
        self, previous_key: str, current_key: str, limit: int, expiry: int, amount: int = 1
    ) -> bool:
        """As the library's, which takes whatever is not false for a yes."""
        keys = [self.prefixed_key(previous_key), self.prefixed_key(current_key)]
        acquired = await self.lua_acquire_sliding_window(keys, [limit, expiry, amount])
        if acquired not in (None, 0, 1):
            raise TypeError("the answer is neither yes nor no")
        return bool(acquired)


class SharedStorage(Storage, SlidingWindowCounterSupport):
    """Every operation ends in time. Raises: RedisUnavailable."""

    STORAGE_SCHEME = None

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection
        self._bridge: _Bridge | None = None

    @property
    def base_exceptions(self) -> type[Exception]:
        return redis.RedisError

    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        return await self._run(lambda bridge: bridge.incr(key, int(expiry), amount))

    async def get(self, key: str) -> int:
        return await self._run(lambda bridge: bridge.get(key))

    async def get_expiry(self, key: str) -> float:
        return await self._run(lambda bridge: bridge.get_expiry(key))

    async def acquire_sliding_window_entry(
        self, key: str, limit: int, expiry: int, amount: int = 1
    ) -> bool:
        before, now = _windows(key)
        return await self._run(
            lambda bridge: bridge.acquire_sliding_window_entry(before, now, limit, expiry, amount)
        )

    async def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        before, now = _windows(key)
        return await self._run(lambda bridge: bridge.get_sliding_window(before, now, expiry))

    async def clear(self, key: str) -> None:
        await self._run(lambda bridge: bridge.clear(key))

    async def clear_sliding_window(self, key: str, expiry: int) -> None:  # noqa: ARG002 # the library's
        for name in _windows(key):
            await self.clear(name)

    async def check(self) -> bool:
        await self._connection.run(lambda client: client.ping())
        return True

    async def reset(self) -> int | None:
        """Nothing: nobody forgets what everybody has used."""
        return None

    async def _run(self, call: Callable[[_Bridge], Awaitable[T]]) -> T:
        async def read(client: Client) -> T:
            try:
                return await call(self._bridged(client))
            except _UNREADABLE as exc:
                # Something answers there that does not count as Redis does.
                raise redis.ResponseError("an answer in another form") from exc

        return await self._connection.run(read)

    def _bridged(self, client: Any) -> _Bridge:
        # The client is the same for as long as the connection is open.
        if self._bridge is None:
            self._bridge = _Bridge(client)
        return self._bridge


def _windows(key: str) -> tuple[str, str]:
    """Names of the window before and of this one, in one slot of a cluster, as in the library's
    own storage."""
    return f"{{{key}}}/-1", f"{{{key}}}"
