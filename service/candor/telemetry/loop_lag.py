"""How long whoever is served by the event loop has to wait for it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

# A stall of twice as long is always seen, a shorter one in proportion to its length. Each look
# wakes the process, so not more often.
_EVERY_SECONDS = 0.1


@asynccontextmanager
async def lag_observed(
    observe: Callable[[float], object], every_seconds: float = _EVERY_SECONDS
) -> AsyncIterator[None]:
    """Tells `observe` again and again how much later than asked for the loop came back, in
    seconds. While the loop stands still nothing is told; the whole stall is told afterwards."""
    watch = _Watch(asyncio.get_running_loop(), observe, every_seconds)
    try:
        yield
    finally:
        watch.timer.cancel()


class _Watch:
    """A bare timer: a task that sleeps costs several times as much each time it wakes."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, observe: Callable[[float], object], every: float
    ) -> None:
        self._loop, self._observe, self._every = loop, observe, every
        self._wait()

    def _wait(self) -> None:
        self._due = time.perf_counter() + self._every
        self.timer = self._loop.call_later(self._every, self._look)

    def _look(self) -> None:
        self._observe(max(0.0, time.perf_counter() - self._due))
        self._wait()
