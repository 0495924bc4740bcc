import asyncio
import gc
import logging
import threading
from collections.abc import AsyncIterator, Iterator
from weakref import ReferenceType, ref

import pytest

from candor.domain.errors import Overloaded
from candor.domain.vision.pool import Pool

SOON = 5.0


class Gate:
    """Work that goes on until it is let go."""

    def __init__(self) -> None:
        self._begun = threading.Event()
        self._open = threading.Event()

    def work(self) -> str:
        self._begun.set()
        if not self._open.wait(SOON):
            raise TimeoutError("nobody opened the gate")
        return "done"

    async def begun(self) -> None:
        assert await asyncio.to_thread(self._begun.wait, SOON)

    def open(self) -> None:
        self._open.set()


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.open()


@pytest.fixture
async def small(gate: Gate) -> AsyncIterator[Pool]:
    """One thread, and room for one more call."""
    async with Pool(workers=1, max_waiting=1) as pool:
        yield pool
        gate.open()


async def test_work_runs_in_a_thread_of_the_pool(small: Pool) -> None:
    name = await small.run(lambda: threading.current_thread().name)

    assert name.startswith("candor-images")


async def test_an_error_reaches_the_caller_and_frees_the_place(small: Pool) -> None:
    for _ in range(5):
        with pytest.raises(ZeroDivisionError):
            await small.run(lambda: 1 // 0)

    assert await small.run(len, "free") == 4


class Image:
    """Large."""


async def test_what_failed_holds_on_to_nothing(small: Pool) -> None:
    def damaged(image: Image) -> None:
        raise ZeroDivisionError

    async def judge() -> ReferenceType[Image]:
        image = Image()
        with pytest.raises(ZeroDivisionError):
            await small.run(damaged, image)
        return ref(image)

    gc.disable()
    try:
        image = await judge()
        await small.run(len, "another")
        assert image() is None
    finally:
        gc.enable()


async def test_a_full_line_sheds_and_says_why(small: Pool, gate: Gate) -> None:
    running = [asyncio.create_task(small.run(gate.work)) for _ in range(2)]
    await gate.begun()

    with pytest.raises(Overloaded) as shed:
        await small.run(len, "one too many")

    assert shed.value.reason == "image_pool"
    gate.open()
    assert await asyncio.gather(*running) == ["done", "done"]
    assert await small.run(len, "free") == 4


async def test_a_caller_that_gives_up_leaves_the_place_taken_until_the_work_is_done(
    gate: Gate,
) -> None:
    async with Pool(workers=1, max_waiting=0) as pool:
        impatient = asyncio.create_task(pool.run(gate.work))
        await gate.begun()
        impatient.cancel()
        with pytest.raises(asyncio.CancelledError):
            await impatient

        with pytest.raises(Overloaded):
            await pool.run(len, "too early")
        gate.open()
        assert await eventually(pool) == 4


async def test_a_caller_that_gives_up_in_line_frees_its_place_at_once(
    small: Pool, gate: Gate
) -> None:
    running = asyncio.create_task(small.run(gate.work))
    await gate.begun()
    in_line = asyncio.create_task(small.run(len, "waiting"))
    await asyncio.sleep(0)
    in_line.cancel()
    with pytest.raises(asyncio.CancelledError):
        await in_line

    next_in_line = asyncio.create_task(small.run(len, "next"))
    gate.open()

    assert await next_in_line == 4
    assert await running == "done"


async def test_closing_waits_for_running_work_and_drops_the_rest(gate: Gate) -> None:
    pool = Pool(workers=1, max_waiting=1)
    running = asyncio.create_task(pool.run(gate.work))
    await gate.begun()
    dropped = asyncio.create_task(pool.run(len, "never"))
    await asyncio.sleep(0)

    closing = asyncio.create_task(asyncio.to_thread(pool.close))
    await asyncio.sleep(0.01)
    assert not closing.done()
    gate.open()
    await closing

    assert await running == "done"
    with pytest.raises(asyncio.CancelledError):
        await dropped


async def test_a_closed_pool_takes_no_work() -> None:
    pool = Pool(workers=1, max_waiting=0)
    pool.close()

    # The second is not told that the line is full: the first has left it.
    for _ in range(2):
        with pytest.raises(Overloaded, match="shutting down"):
            await pool.run(len, "late")


def test_work_that_outlives_its_event_loop_ends_in_silence(
    gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    pool = Pool(workers=1, max_waiting=0)

    async def leave_early() -> None:
        asyncio.create_task(pool.run(gate.work))  # noqa: RUF006 (left behind on purpose)
        await gate.begun()

    with caplog.at_level(logging.DEBUG, "concurrent.futures"):
        asyncio.run(leave_early())
        gate.open()
        pool.close()

    assert caplog.records == []


def test_a_pool_serves_one_event_loop_after_another(gate: Gate) -> None:
    pool = Pool(workers=1, max_waiting=0)

    async def leave_early() -> None:
        asyncio.create_task(pool.run(gate.work))  # noqa: RUF006 (left behind on purpose)
        await gate.begun()

    asyncio.run(leave_early())
    gate.open()

    assert asyncio.run(eventually(pool)) == 4
    pool.close()


async def eventually(pool: Pool) -> int:
    """The answer of a pool whose place is freed by a thread, some moment soon."""
    async with asyncio.timeout(SOON):
        while True:
            try:
                return await pool.run(len, "free")
            except Overloaded:
                await asyncio.sleep(0.001)
