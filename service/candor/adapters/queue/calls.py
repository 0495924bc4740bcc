"""How jobs in Redis are asked for and changed: by scripts, and by reads of single keys."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar, cast

from candor.adapters.queue import scripts
from candor.adapters.queue.scripts import Argument
from candor.adapters.redis import Client, Connection
from candor.domain.errors import QueueUnavailable, RedisUnavailable

T = TypeVar("T")
Fields = list[bytes | None]
PREFIX = "candor:jobs:v1:{jobs}:"


class Calls:
    """Every method raises QueueUnavailable, also for an answer that has not the form of one."""

    def __init__(self, connection: Connection, timeout_ms: float) -> None:
        self._connection = connection
        self._timeout_ms = timeout_ms
        self._scripts = scripts.load()

    async def script(self, name: str, *arguments: Argument) -> Any:
        script = self._scripts[name]
        return await self.run(lambda client: script.run(client, PREFIX, *arguments))

    async def fields(self, key: str, fields: Sequence[str]) -> Fields:
        raw = await self.run(lambda r: cast(Any, r.hmget(PREFIX + key, list(fields))))
        if not (isinstance(raw, list) and len(raw) == len(fields)):
            raise unknown_form()
        return cast(Fields, raw)

    async def fields_of_all(self, keys: Sequence[str], fields: Sequence[str]) -> list[Fields]:
        """In one go; without any keys nothing is asked."""

        async def read(client: Client) -> list[Fields]:
            pipe = cast(Any, client.pipeline(transaction=False))
            for key in keys:
                pipe.hmget(PREFIX + key, list(fields))
            return cast(list[Fields], await pipe.execute())

        return await self.run(read) if keys else []

    async def newest(
        self, key: str, count: int, after: int | None
    ) -> tuple[list[str], int | None]:
        """Names in a sorted set, and where the next page of them begins."""
        most = "+inf" if after is None else f"({after}"
        raw = await self.run(
            lambda r: r.zrevrangebyscore(
                PREFIX + key, most, "-inf", start=0, num=count + 1, withscores=True
            )
        )
        rows = cast(list[tuple[bytes, float]], raw)
        following = int(rows[count - 1][1]) if len(rows) > count else None
        return [name.decode() for name, _ in rows[:count]], following

    async def run(self, call: Callable[[Client], Awaitable[T]]) -> T:
        try:
            return await self._connection.run(call, self._timeout_ms)
        except RedisUnavailable as exc:
            raise QueueUnavailable(str(exc)) from exc


def unknown_form() -> QueueUnavailable:
    return QueueUnavailable("redis answered in a form that is not known")
