"""A share of memory that is handed out before it is taken."""

import asyncio
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Lock


@dataclass(frozen=True, slots=True)
class _Place:
    needed: int
    turn: Future[None] = field(default_factory=Future)


class Room:
    """`size` bytes. First come, first served: a large piece of work is not overtaken for ever.

    Taken on an event loop, given back from any thread: the loop may be gone by then.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._left = size
        self._line: deque[_Place] = deque()
        self._lock = Lock()

    async def take(self, needed: int) -> int:
        """Waits until they are free; how many to give back. What needs more than all there is
        has it for itself."""
        needed = min(needed, self._size)
        with self._lock:
            if not self._line and needed <= self._left:
                self._left -= needed
                return needed
            place = _Place(needed)
            self._line.append(place)
        await self._wait(place)
        return needed

    async def _wait(self, place: _Place) -> None:
        try:
            await asyncio.wrap_future(place.turn)
        except asyncio.CancelledError:
            # Its turn may have come at the same moment. Else those behind it move up.
            self.give(0 if place.turn.cancel() else place.needed)
            raise

    def give(self, taken: int) -> None:
        with self._lock:
            self._left += taken
            while self._line and self._is_next(self._line[0]):
                self._seat(self._line.popleft())

    def _is_next(self, place: _Place) -> bool:
        return place.turn.cancelled() or place.needed <= self._left

    def _seat(self, place: _Place) -> None:
        if place.turn.set_running_or_notify_cancel():
            self._left -= place.needed
            place.turn.set_result(None)
