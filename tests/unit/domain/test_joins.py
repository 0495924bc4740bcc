import asyncio
import gc
from dataclasses import dataclass, field

import pytest

from candor.domain.joins import Joined, Joins


@dataclass
class Work:
    """Takes until it is told to end, and keeps how often it was begun and cancelled."""

    answer: int | Exception = 42
    begun: int = 0
    cancelled: int = 0
    may_end: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self) -> int:
        self.begun += 1
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


async def a_moment() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def callers(
    count: int, joins: Joins[int], work: Work, key: str = "k"
) -> list[asyncio.Task[Joined[int]]]:
    return [asyncio.create_task(joins.run(key, work)) for _ in range(count)]


async def test_a_hundred_identical_requests_are_one_piece_of_work() -> None:
    joins, work = Joins[int](), Work()
    tasks = callers(100, joins, work)
    await a_moment()
    work.may_end.set()
    runs = await asyncio.gather(*tasks)
    assert work.begun == 1
    assert {run.result for run in runs} == {42}
    assert [run.joined for run in runs] == [False] + [True] * 99


async def test_different_requests_are_not_joined() -> None:
    joins, first, second = Joins[int](), Work(1), Work(2)
    first.may_end.set()
    second.may_end.set()
    runs = await asyncio.gather(joins.run("a", first), joins.run("b", second))
    assert [run.result for run in runs] == [1, 2]


async def test_work_that_has_ended_is_not_joined() -> None:
    joins, work = Joins[int](), Work()
    work.may_end.set()
    await joins.run("k", work)
    assert not joins.running("k")
    again = await joins.run("k", work)
    assert (again.joined, work.begun) == (False, 2)


async def test_whoever_is_told_the_result_finds_the_key_free_again() -> None:
    joins, work = Joins[int](), Work()
    free = []

    async def caller() -> None:
        await joins.run("k", work)
        free.append(not joins.running("k"))

    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(caller())
        await a_moment()
        assert joins.running("k")
        work.may_end.set()
    assert free == [True] * 3


async def test_a_leader_that_is_cancelled_does_not_stop_the_others() -> None:
    joins, work = Joins[int](), Work()
    leader, *others = callers(3, joins, work)
    await a_moment()
    leader.cancel()
    await a_moment()
    work.may_end.set()
    assert [run.result for run in await asyncio.gather(*others)] == [42, 42]
    assert leader.cancelled()
    assert (work.begun, work.cancelled) == (1, 0)


async def test_the_last_who_leaves_ends_the_work() -> None:
    joins, work = Joins[int](), Work()
    tasks = callers(3, joins, work)
    await a_moment()
    for task in tasks[:2]:
        task.cancel()
    await a_moment()
    assert work.cancelled == 0
    tasks[2].cancel()
    await a_moment()
    assert work.cancelled == 1


async def test_work_that_is_being_cancelled_is_not_joined() -> None:
    joins, dying, fresh = Joins[int](), Work(1), Work(2)
    (only,) = callers(1, joins, dying)
    await a_moment()
    only.cancel()
    await asyncio.wait({only})
    fresh.may_end.set()
    run = await joins.run("k", fresh)
    assert (run.result, run.joined) == (2, False)


async def test_the_end_of_cancelled_work_does_not_forget_the_work_that_came_after() -> None:
    joins, fresh = Joins[int](), Work(2)
    ending = asyncio.Event()

    async def slow_to_die() -> int:
        try:
            await asyncio.Event().wait()
        finally:
            await ending.wait()
        return 1

    only = asyncio.create_task(joins.run("k", slow_to_die))
    await a_moment()
    only.cancel()
    await asyncio.wait({only})
    (after,) = callers(1, joins, fresh)
    await a_moment()
    ending.set()
    await a_moment()
    assert joins.running("k")
    fresh.may_end.set()
    assert (await after).result == 2


async def test_a_failure_reaches_everyone_who_waits() -> None:
    joins, work = Joins[int](), Work(ValueError("no"))
    tasks = callers(3, joins, work)
    await a_moment()
    work.may_end.set()
    said = await asyncio.gather(*tasks, return_exceptions=True)
    assert [str(error) for error in said] == ["no"] * 3
    assert not joins.running("k")


async def test_a_failure_is_not_remembered() -> None:
    joins, failing, working = Joins[int](), Work(ValueError("no")), Work()
    failing.may_end.set()
    working.may_end.set()
    with pytest.raises(ValueError, match="no"):
        await joins.run("k", failing)
    assert (await joins.run("k", working)).result == 42


async def test_a_failure_after_everyone_has_left_troubles_nobody() -> None:
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, said: complaints.append(said))
    joins = Joins[int]()

    async def fails_when_cancelled() -> int:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise ValueError("too late") from None
        return 1

    only = asyncio.create_task(joins.run("k", fails_when_cancelled))
    await a_moment()
    only.cancel()
    await a_moment()
    del only
    gc.collect()
    await a_moment()
    assert complaints == []


async def test_nothing_is_kept_of_work_that_has_ended() -> None:
    joins, work = Joins[int](), Work()
    work.may_end.set()
    for number in range(50):
        await joins.run(str(number), work)
    assert joins._running == {}


async def test_everyone_who_joins_is_counted_and_nobody_who_begins() -> None:
    joins, work, count = Joins[int](), Work(), []
    joins.told_to(lambda: count.append(1))
    tasks = callers(4, joins, work)
    await a_moment()
    work.may_end.set()
    await asyncio.gather(*tasks)
    assert len(count) == 3
