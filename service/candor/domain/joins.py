"""Identical requests in flight are one piece of work."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class _Work(Generic[T]):
    task: asyncio.Task[T]
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Joined(Generic[T]):
    """The result, and whether somebody else's work gave it."""

    result: T
    joined: bool


def _nobody() -> None: ...


@dataclass(slots=True)
class Joins(Generic[T]):
    """Within one process. Work is cancelled when the last who waits for it has gone."""

    _running: dict[str, _Work[T]] = field(default_factory=dict)
    _joined: Callable[[], object] = _nobody

    def told_to(self, joined: Callable[[], object]) -> None:
        """`joined` hears of everyone who joins from now on."""
        self._joined = joined

    def running(self, key: str) -> bool:
        """Whether `run` would wait for work that somebody else began."""
        return key in self._running

    async def run(self, key: str, work: Callable[[], Coroutine[Any, Any, T]]) -> Joined[T]:
        """Raises: whatever `work` raises, to everyone who waits."""
        known = self._running.get(key)
        mine = known or self._start(key, work)
        if known is not None:
            self._joined()
        mine.waiting += 1
        try:
            # Unlike an await of the task itself, this does not cancel it with the caller.
            await asyncio.wait({mine.task})
        finally:
            mine.waiting -= 1
            if mine.waiting == 0:
                mine.task.cancel()
                # Nobody may join work that is being cancelled.
                self._forget(key, mine)
        return Joined(mine.task.result(), joined=known is not None)

    def _start(self, key: str, work: Callable[[], Coroutine[Any, Any, T]]) -> _Work[T]:
        started = _Work(asyncio.create_task(work()))
        self._running[key] = started
        # Registered before anybody waits, so that whoever wakes finds the key free again.
        started.task.add_done_callback(lambda _: self._end(key, started))
        return started

    def _end(self, key: str, work: _Work[T]) -> None:
        self._forget(key, work)
        if not work.task.cancelled():
            # Looked at here, because all who waited may have gone by the time it fails.
            work.task.exception()

    def _forget(self, key: str, work: _Work[T]) -> None:
        if self._running.get(key) is work:
            del self._running[key]
