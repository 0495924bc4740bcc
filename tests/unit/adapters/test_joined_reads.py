import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

from candor.adapters.cache.together import JoinedReads
from candor.adapters.redis import Connection


class Hanging:
    """A connection that counts and never answers."""

    def __init__(self) -> None:
        self.asked = 0
        self.busy = asyncio.Event()

    async def run(self, call: Callable[[Any], Awaitable[Any]]) -> Any:
        del call
        self.asked += 1
        self.busy.set()
        await asyncio.sleep(60)


async def test_what_still_waits_at_the_end_is_not_read_any_more() -> None:
    connection = Hanging()
    reads = JoinedReads(cast("Connection", connection))
    first = asyncio.create_task(reads.get("k"))
    await connection.busy.wait()
    late = asyncio.create_task(reads.get("k1"))
    await asyncio.sleep(0)

    await reads.close()
    ended = await asyncio.gather(first, late, return_exceptions=True)

    assert [type(end) for end in ended] == [asyncio.CancelledError] * 2
    await asyncio.sleep(0.01)
    assert connection.asked == 1
