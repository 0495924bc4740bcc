"""Work that is done after the answer, a little at a time."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

# It waits a moment, so that the answer is on its way before it wants the processor.
AFTER_THE_ANSWER = 0.02

Ended = Callable[[asyncio.Task[None]], object]


@dataclass(frozen=True, slots=True)
class Room:
    """How much there is: `at_once` run, `waiting` more are in line, the rest is turned away."""

    at_once: int
    waiting: int = 0


@dataclass(slots=True)
class Afterwards:
    """Each `name` has room of its own. `close` it before what the work stands on."""

    after_seconds: float = AFTER_THE_ANSWER
    _running: dict[asyncio.Task[None], str] = field(default_factory=dict)
    _places: dict[str, asyncio.Semaphore] = field(default_factory=dict)

    def begin(
        self,
        name: str,
        room: Room,
        work: Callable[[], Coroutine[Any, Any, None]],
        ended: Ended,
    ) -> bool:
        """False where there is no room; else `ended` hears of the end, also of a cancelled one,
        and is the one who looks at its exception."""
        if sum(1 for of in self._running.values() if of == name) >= room.at_once + room.waiting:
            return False
        places = self._places.setdefault(name, asyncio.Semaphore(room.at_once))
        task = asyncio.create_task(self._in_turn(places, work))
        self._running[task] = name
        task.add_done_callback(lambda done: self._end(done, ended))
        return True

    async def settled(self) -> None:
        """Waits for all that runs or waits now."""
        if self._running:
            await asyncio.wait(list(self._running))

    async def close(self) -> None:
        for task in self._running:
            task.cancel()
        await self.settled()

    async def _in_turn(
        self, places: asyncio.Semaphore, work: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        await asyncio.sleep(self.after_seconds)
        async with places:
            await work()

    def _end(self, task: asyncio.Task[None], ended: Ended) -> None:
        del self._running[task]
        ended(task)
