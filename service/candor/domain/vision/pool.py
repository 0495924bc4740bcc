"""A bounded pool of threads for CPU work on images."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Lock
from typing import ParamSpec, Self, TypeVar

from candor.domain.errors import Overloaded
from candor.domain.vision.room import Room

P = ParamSpec("P")
T = TypeVar("T")
DEFAULT_ROOM = 240_000_000


class Pool:
    """`workers` threads and at most `max_waiting` calls in line for them.

    A thread cannot be stopped: a caller that gives up stops waiting, and the place counts
    as taken until the work is done. `room` is in bytes, for work that says what it takes.
    """

    def __init__(self, workers: int = 2, max_waiting: int = 64, room: int = DEFAULT_ROOM) -> None:
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix="candor-images")
        self._workers = workers
        self._places = workers + max_waiting
        self._taken = 0
        self._room = Room(room)
        # Places are given back by the threads: the event loop may be gone by then.
        self._lock = Lock()

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Raises: Overloaded, and whatever `work` raises."""
        self._take()
        return await self._run(partial(work, *args, **kwargs), self._free)

    async def within(
        self, needed: int, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As `run`, but not before so many bytes of the room are free.

        Raises: Overloaded, and whatever `work` raises.
        """
        self._take()
        try:
            taken = await self._room.take(needed)
        except BaseException:
            self._free()
            raise

        def leave() -> None:
            self._room.give(taken)
            self._free()

        return await self._run(partial(work, *args, **kwargs), leave)

    async def _run(self, work: Callable[[], T], leave: Callable[[], None]) -> T:
        """`leave` is called as soon as the work is done, whoever still waits for it."""
        try:
            # As `asyncio.to_thread` does: what is known of the request is known in the thread.
            context = contextvars.copy_context()
            future = self._executor.submit(context.run, work)
        except RuntimeError as exc:
            leave()
            raise Overloaded("image work is shutting down", reason="image_pool") from exc
        future.add_done_callback(lambda _: leave())
        try:
            return await asyncio.wrap_future(future)
        finally:
            # An error holds this frame, which must not hold the error: what is in such a circle,
            # images and all, stays until garbage is looked for.
            del future

    @property
    def busy(self) -> bool:
        """Whether somebody who came now would have to wait."""
        return self._taken >= self._workers

    def _take(self) -> None:
        with self._lock:
            if self._taken >= self._places:
                raise Overloaded("the line for image work is full", reason="image_pool")
            self._taken += 1

    def _free(self) -> None:
        with self._lock:
            self._taken -= 1

    def close(self) -> None:
        """Waits for running work; work that has not begun is dropped."""
        self._executor.shutdown(wait=True, cancel_futures=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.close)
