"""How long whoever is served by the event loop has to wait for it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

# Often enough that a stall of twice as long is always seen.
_EVERY_SECONDS = 0.025


@asynccontextmanager
async def lag_observed(
    observe: Callable[[float], object], every_seconds: float = _EVERY_SECONDS
) -> AsyncIterator[None]:
    """Tells `observe` again and again how much later than asked for the loop came back, in
    seconds. While the loop stands still nothing is told; the whole stall is told afterwards."""
    watching = asyncio.create_task(_watch(observe, every_seconds))
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.wait([watching])


async def _watch(observe: Callable[[float], object], every_seconds: float) -> None:
    while True:
        asked = time.perf_counter()
        await asyncio.sleep(every_seconds)
        observe(max(0.0, time.perf_counter() - asked - every_seconds))
