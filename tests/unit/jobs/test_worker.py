"""What a worker makes of jobs, and of being told to end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from candor.adapters.queue import MemoryQueue
from candor.domain.errors import InvalidExchange, ModelTimeout, Overloaded, QueueUnavailable
from candor.domain.jobs.limits import JobLimits
from candor.domain.jobs.values import Claim, Ending, JobRecord, JobState, NewJob
from candor.domain.jobs.worker import Pace, Worker

DONE = Ending(JobState.DONE, result=b"{}")
PACE = Pace(concurrency=2, lease=0.15, idle=0.01, grace=0.05)


@dataclass
class Heard:
    ends: list[str] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)

    def ended(self, state: str, seconds: float) -> None:
        self.ends.append(state)

    def crashed(self, job: str, error: Exception) -> None:
        self.crashes.append(job)


class Shaky(MemoryQueue):
    """Is away when the first end is to be stored."""

    away = 3

    async def finish(self, claim: Claim, ending: Ending) -> bool:
        if self.away:
            self.away -= 1
            raise QueueUnavailable("away")
        return await super().finish(claim, ending)


@asynccontextmanager
async def working(
    queue: MemoryQueue, judge: Callable[[Claim], Awaitable[Ending]], heard: Heard | None = None
) -> AsyncIterator[Worker]:
    worker = Worker("w", queue, judge, PACE, heard or Heard())
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.stop()
        await asyncio.wait_for(task, 5)


def a_queue() -> MemoryQueue:
    return MemoryQueue(JobLimits(lease_seconds=0.15))


async def when(queue: MemoryQueue, name: str, state: JobState) -> JobRecord:
    async with asyncio.timeout(5):
        while True:
            record = await queue.job(name)
            assert record is not None
            if record.state is state:
                return record
            await asyncio.sleep(0.005)


async def failed_with(error: Exception, heard: Heard | None = None) -> JobRecord:
    async def judge(_: Claim) -> Ending:
        raise error

    queue = a_queue()
    name = (await queue.submit(NewJob("t", b"x"))).id
    async with working(queue, judge, heard):
        return await when(queue, name, JobState.FAILED)


async def hangs(_: Claim) -> Ending:
    await asyncio.sleep(60)
    return DONE


async def test_errors_of_ours_are_named() -> None:
    invalid = InvalidExchange("the image is broken", field="images[0]", kind="invalid-image")
    told = await failed_with(invalid)
    assert told.error is not None
    assert (told.error.kind, told.error.detail) == ("invalid-image", "the image is broken")
    other = await failed_with(ModelTimeout("late", model="m"))
    assert other.error is not None
    assert other.error.kind == "ModelTimeout"


async def test_an_error_nobody_expected_ends_the_job_without_its_words() -> None:
    heard = Heard()
    told = await failed_with(ValueError("content of an exchange"), heard)
    assert told.error is not None
    assert told.error.kind == "internal"
    assert "content" not in told.error.detail
    assert heard.crashes == [told.id]
    assert heard.ends == ["failed"]


async def test_a_job_for_which_there_is_no_room_now_is_judged_later() -> None:
    refusals = [Overloaded("full", reason="image_pool")] * 3

    async def judge(_: Claim) -> Ending:
        if refusals:
            raise refusals.pop()
        return DONE

    queue = a_queue()
    name = (await queue.submit(NewJob("t", b"x"))).id
    async with working(queue, judge):
        await when(queue, name, JobState.DONE)


async def test_a_long_job_stays_with_its_worker() -> None:
    async def judge(_: Claim) -> Ending:
        await asyncio.sleep(0.5)
        return DONE

    queue, heard = a_queue(), Heard()
    name = (await queue.submit(NewJob("t", b"x"))).id
    async with working(queue, judge, heard):
        record = await when(queue, name, JobState.DONE)
    assert record.attempts == 1
    assert heard.ends == ["done"]


async def test_a_cancelled_job_is_dropped_and_its_place_is_free() -> None:
    ended = asyncio.Event()

    async def judge(claim: Claim) -> Ending:
        try:
            return await hangs(claim)
        finally:
            ended.set()

    queue = a_queue()
    name = (await queue.submit(NewJob("t", b"x"))).id
    async with working(queue, judge):
        await when(queue, name, JobState.RUNNING)
        await queue.cancel(name)
        await asyncio.wait_for(ended.wait(), 5)


async def test_what_was_worked_out_is_stored_when_the_queue_is_back() -> None:
    async def judge(_: Claim) -> Ending:
        return DONE

    queue = Shaky(JobLimits())
    name = (await queue.submit(NewJob("t", b"x"))).id
    async with working(queue, judge):
        record = await when(queue, name, JobState.DONE)
    assert record.attempts == 1


async def test_a_worker_that_is_told_to_end_hands_back_what_it_cannot_finish() -> None:
    queue = a_queue()
    name = (await queue.submit(NewJob("t", b"x"))).id
    async with working(queue, hangs) as worker:
        await when(queue, name, JobState.RUNNING)
        worker.stop()
        await when(queue, name, JobState.WAITING)


async def test_a_worker_that_is_told_to_end_finishes_what_it_can() -> None:
    async def judge(_: Claim) -> Ending:
        await asyncio.sleep(0.02)
        return DONE

    queue = a_queue()
    names = [(await queue.submit(NewJob("t", b"x"))).id for _ in range(3)]
    async with working(queue, judge) as worker:
        await when(queue, names[0], JobState.RUNNING)
        worker.stop()
    states = [(await queue.job(name)) for name in names]
    assert [one.state for one in states if one] == ["done", "done", "waiting"]
