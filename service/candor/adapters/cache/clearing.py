"""Forgetting verdicts everywhere: in Redis, and in every process that keeps some of its own."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial
from typing import Any

from redis.asyncio import RedisCluster

from candor.adapters.cache.keys import CLEARED, name_of
from candor.adapters.cache.levels import TwoLevelCache
from candor.adapters.redis import Client, Connection
from candor.domain.errors import RedisUnavailable

_BATCH = 500
# An operator's command may wait longer than a request.
_BATCH_MS = 5_000
_PAUSE_SECONDS = 1.0
_SPECIAL = "\\*?[]^"

Name = bytes | str


async def clear(connection: Connection, prefix: str = "") -> int:
    """Forget verdicts whose key begins with `prefix`; again does no harm. How many there were.

    Raises: RedisUnavailable; some are gone then.
    """
    count = 0
    async for names in _found(connection, prefix):
        count += await connection.run(partial(_unlink, names=names), _BATCH_MS)
    # Afterwards: whoever asks Redis after hearing of it must find nothing there.
    await connection.run(partial(_tell, prefix=prefix), _BATCH_MS)
    return count


async def listen(connection: Connection, cache: TwoLevelCache) -> None:
    """Runs until it is cancelled: `cache` drops what others clear."""
    while True:
        if connection.is_away:
            await asyncio.sleep(_PAUSE_SECONDS)
            continue
        try:
            async with connection.listening(CLEARED) as heard:
                # What was cleared while nobody listened is not known.
                cache.forget()
                async for prefix in heard:
                    cache.forget(prefix.decode(errors="replace"))
        except RedisUnavailable:
            pass
        await asyncio.sleep(_PAUSE_SECONDS)


async def _found(connection: Connection, prefix: str) -> AsyncIterator[Sequence[Name]]:
    """Names in Redis, of a cluster on every master, a batch at a time."""
    escaped = "".join(f"\\{c}" if c in _SPECIAL else c for c in prefix)
    for place in await connection.run(_masters, _BATCH_MS):
        scan = partial(_scan, pattern=name_of(escaped) + "*", place=place)
        cursor = None
        while cursor != 0:
            cursor, names = await connection.run(partial(scan, cursor=cursor or 0), _BATCH_MS)
            if names:
                yield names


async def _masters(client: Client) -> Sequence[Mapping[str, Any]]:
    """What `_scan` needs to know to ask each of them."""
    if not isinstance(client, RedisCluster):
        return ({},)
    await client.initialize()
    return [{"target_nodes": node} for node in client.get_primaries()]


async def _scan(
    client: Client, pattern: str, place: Mapping[str, Any], cursor: int
) -> tuple[int, Sequence[Name]]:
    cursors, names = await client.scan(cursor, match=pattern, count=_BATCH, **place)
    # A cluster tells the cursor of each node that was asked: here, of one.
    return (next(iter(cursors.values())) if isinstance(cursors, dict) else cursors), names


async def _unlink(client: Client, names: Sequence[Name]) -> int:
    return int(await client.unlink(*names))


async def _tell(client: Client, prefix: str) -> None:
    await client.publish(CLEARED, prefix)
