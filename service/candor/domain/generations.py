"""What judges now, and what judged before and is not done yet.

A reload makes a new generation. Whoever began on an older one ends on it.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from candor.domain.monitor import Monitor

# Seconds that work after the answer (audits, shadows) has to end once nobody else is left.
LINGER_SECONDS = 10.0


@dataclass(slots=True, eq=False)
class Generation:
    """`number` counts from 1 in each process; `since` is when it was opened, in seconds since
    1970."""

    number: int
    monitor: Monitor
    since: float = field(default_factory=time.time)
    users: int = 0
    retired: bool = False


class Generations:
    """One per process. An old generation is closed when its last user has gone."""

    def __init__(self, first: Generation, linger_seconds: float = LINGER_SECONDS) -> None:
        self._current = first
        self._linger_seconds = linger_seconds
        self._open = {first}
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def current(self) -> Generation:
        return self._current

    @property
    def open(self) -> int:
        """How many are not closed yet, the current one among them."""
        return len(self._open)

    @contextmanager
    def in_use(self) -> Iterator[Generation]:
        """The current one, which stays open until this is left."""
        generation = self.begin()
        try:
            yield generation
        finally:
            self.end(generation)

    def begin(self) -> Generation:
        """As `in_use`, for paths that count microseconds: `end` must follow, whatever happens."""
        generation = self._current
        generation.users += 1
        return generation

    def end(self, generation: Generation) -> None:
        generation.users -= 1
        self._close_if_done(generation)

    def replace(self, monitor: Monitor) -> Generation:
        """Whoever comes from now on gets the new one."""
        old, new = self._current, Generation(self._current.number + 1, monitor)
        self._open.add(new)
        self._current = new
        old.retired = True
        self._close_if_done(old)
        return new

    async def close(self) -> None:
        """All of them, at once: what still runs after an answer is dropped."""
        for task in self._closing:
            task.cancel()
        if self._closing:
            await asyncio.wait(self._closing)
        for generation in list(self._open):
            await generation.monitor.close()
        self._open.clear()

    def _close_if_done(self, generation: Generation) -> None:
        if generation.retired and not generation.users:
            task = asyncio.create_task(self._end(generation))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def _end(self, generation: Generation) -> None:
        try:
            async with asyncio.timeout(self._linger_seconds):
                await generation.monitor.settled()
        except TimeoutError:
            pass
        await generation.monitor.close()
        self._open.discard(generation)
