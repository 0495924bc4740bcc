"""Takes jobs up, works on several at once, and hands back what it could not finish."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from candor.domain.errors import CandorError, InvalidExchange, Overloaded, QueueUnavailable
from candor.domain.jobs.ports import Work
from candor.domain.jobs.values import Claim, Ending, JobError, JobState

Judge = Callable[[Claim], Awaitable[Ending]]


class Watcher(Protocol):
    """Hears of ends, for metrics and logs."""

    def ended(self, state: str, seconds: float) -> None:
        """`state` is one of JobState, or `poisoned`."""
        ...

    def crashed(self, job: str, error: Exception) -> None:
        """An error that nobody expected."""
        ...


@dataclass(frozen=True, slots=True)
class Pace:
    """`lease`: seconds after which a silent worker loses its jobs; `idle`: pause between two
    looks for work; `grace`: time for running jobs after `stop`."""

    concurrency: int
    lease: float = 15
    idle: float = 0.2
    grace: float = 30


@dataclass(slots=True)
class Worker:
    """`run` goes on until `stop`; nothing it started is left then."""

    name: str
    queue: Work
    judge: Judge
    pace: Pace
    watcher: Watcher
    _running: dict[str, tuple[Claim, asyncio.Task[None]]] = field(default_factory=dict)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _free: asyncio.Event = field(default_factory=asyncio.Event)

    def stop(self) -> None:
        self._stopping.set()
        self._free.set()

    async def run(self) -> None:
        upkeep = [asyncio.create_task(self._keep()), asyncio.create_task(self._tidy())]
        try:
            await self._take_up()
            await self._drain()
        finally:
            for task in upkeep:
                task.cancel()
            await asyncio.wait(upkeep)
            await self._hand_back()

    async def _take_up(self) -> None:
        while not self._stopping.is_set():
            self._free.clear()
            room = self.pace.concurrency - len(self._running)
            if room == 0:
                await self._free.wait()
                continue
            if not await self._claim(room):
                await self._pause(self.pace.idle)

    async def _claim(self, room: int) -> int:
        try:
            claimed = await self.queue.claim(self.name, room)
        except QueueUnavailable:
            return 0
        for _ in range(claimed.poisoned):
            self.watcher.ended("poisoned", 0)
        for claim in claimed.claims:
            task = asyncio.create_task(self._work(claim))
            self._running[claim.id] = (claim, task)
        return len(claimed.claims)

    async def _work(self, claim: Claim) -> None:
        started = time.monotonic()
        try:
            ending = await self._judged(claim)
            if ending is None:
                # Others may have room for it.
                await self._pause(self.pace.idle)
                await self._stored(lambda: self.queue.give_back(claim))
            elif await self._stored(lambda: self.queue.finish(claim, ending)):
                self.watcher.ended(ending.state, time.monotonic() - started)
        finally:
            # By now the same job may be in these hands once more, under another attempt.
            if self._running[claim.id][0] is claim:
                del self._running[claim.id]
            self._free.set()

    async def _judged(self, claim: Claim) -> Ending | None:
        """None where there was no capacity."""
        try:
            return await self.judge(claim)
        except Overloaded:
            return None
        except InvalidExchange as exc:
            return Ending(JobState.FAILED, error=JobError(exc.kind, str(exc)))
        except CandorError as exc:
            return Ending(JobState.FAILED, error=JobError(type(exc).__name__, str(exc)))
        except Exception as exc:  # noqa: BLE001 # the last door: a job must end in something
            self.watcher.crashed(claim.id, exc)
            return Ending(JobState.FAILED, error=JobError("internal", "an unexpected error"))

    async def _stored(self, store: Callable[[], Awaitable[bool]]) -> bool:
        """What was worked out is not thrown away because the queue is away for a while. If that
        lasts longer than the lease, another worker gets the job, and the store is refused."""
        while True:
            with suppress(QueueUnavailable):
                return await store()
            await asyncio.sleep(self.pace.idle)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(self.pace.lease / 3)
            claims = [claim for claim, _ in self._running.values()]
            with suppress(QueueUnavailable):
                lost = await self.queue.keep(self.name, claims) if claims else frozenset()
                self._let_go(lost, claims)

    def _let_go(self, lost: frozenset[str], asked: Sequence[Claim]) -> None:
        """Cancelled by their caller, or somebody else's by now."""
        for claim in asked:
            held = self._running.get(claim.id)
            if claim.id in lost and held is not None and held[0] is claim:
                held[1].cancel()

    async def _tidy(self) -> None:
        while True:
            with suppress(QueueUnavailable):
                await self.queue.tidy()
            await asyncio.sleep(max(self.pace.idle, min(self.pace.lease / 3, 5)))

    async def _drain(self) -> None:
        tasks = [task for _, task in self._running.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=self.pace.grace)

    async def _hand_back(self) -> None:
        left = list(self._running.values())
        for _, task in left:
            task.cancel()
        if left:
            await asyncio.wait([task for _, task in left])
        for claim, _ in left:
            with suppress(QueueUnavailable):
                await self.queue.give_back(claim)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
