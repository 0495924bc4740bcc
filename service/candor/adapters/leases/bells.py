"""Wakes those who wait: one connection per process, opened when somebody first has to wait."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from candor.adapters.redis import Connection
from candor.domain.errors import RedisUnavailable


class Bells:
    """On `channel` come the names of the bells to ring. All ring when the connection is lost:
    who waits looks again, and nobody sleeps through what was said meanwhile."""

    def __init__(self, connection: Connection, channel: str) -> None:
        self._connection = connection
        self._channel = channel
        self._hung: dict[str, set[asyncio.Event]] = {}
        self._task: asyncio.Task[None] | None = None
        self._live: asyncio.Future[RedisUnavailable | None] | None = None

    @contextmanager
    def hung(self, name: str) -> Iterator[asyncio.Event]:
        """A bell of the caller's own."""
        bell = asyncio.Event()
        self._hung.setdefault(name, set()).add(bell)
        try:
            yield bell
        finally:
            self._hung[name].discard(bell)
            if not self._hung[name]:
                del self._hung[name]

    async def heard(self) -> None:
        """Returns when rings are heard from now on. Raises: RedisUnavailable."""
        if self._live is None or self._task is None or self._task.done():
            self._live = asyncio.get_running_loop().create_future()
            self._task = asyncio.create_task(self._listen(self._live))
        error = await asyncio.shield(self._live)
        if error is not None:
            raise error

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _listen(self, live: asyncio.Future[RedisUnavailable | None]) -> None:
        try:
            async with self._connection.listening(self._channel) as said:
                live.set_result(None)
                async for name in said:
                    _ring(self._hung.get(name.decode(), ()))
        except RedisUnavailable as exc:
            if not live.done():
                live.set_result(exc)
        finally:
            if not live.done():
                live.set_result(RedisUnavailable("nobody listens any more", reason="error"))
            for bells in self._hung.values():
                _ring(bells)


def _ring(bells: Iterable[asyncio.Event]) -> None:
    for bell in bells:
        bell.set()
