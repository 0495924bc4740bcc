import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from candor.domain.admission import Admission, AdmissionConfig, Room, Slots
from candor.domain.errors import ModelTimeout, Overloaded


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Work:
    """Pieces of work that hold a slot until they are told to end."""

    slots: Slots
    began: list[str] = field(default_factory=list)
    running: dict[str, asyncio.Event] = field(default_factory=dict)
    tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def begin(self, name: str, tenant: str = "a", seconds: float = 100.0) -> None:
        self.running[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(self._work(name, tenant, seconds))
        await settle()

    async def _work(self, name: str, tenant: str, seconds: float) -> None:
        async with self.slots.one(tenant, "debate", seconds):
            self.began.append(name)
            await self.running[name].wait()

    async def end(self, *names: str) -> None:
        for name in names:
            self.running[name].set()
        await settle()

    async def cancel(self, name: str) -> None:
        self.tasks[name].cancel()
        await settle()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@asynccontextmanager
async def working(room: Room, clock: Clock | None = None) -> AsyncIterator[Work]:
    work = Work(Slots("debates", room, clock or Clock()))
    try:
        yield work
    finally:
        for task in work.tasks.values():
            task.cancel()
        await asyncio.gather(*work.tasks.values(), return_exceptions=True)


async def took(work: Work, clock: Clock, seconds: float) -> None:
    """One piece of work, so that it is known how long such work takes."""
    await work.begin("before")
    clock.now += seconds
    await work.end("before")
    work.began.clear()


async def refused(begin: Callable[[], Awaitable[None]], work: Work, name: str) -> Overloaded:
    await begin()
    with pytest.raises(Overloaded) as told:
        await work.tasks[name]
    return told.value


async def test_who_finds_a_free_slot_is_let_in_at_once() -> None:
    async with working(Room(2, 8, 2, 0.75)) as work:
        await work.begin("1")
        await work.begin("2")
        assert work.began == ["1", "2"]
        assert work.slots.taken == 2


async def test_who_would_wait_longer_than_patience_allows_is_refused_at_once() -> None:
    clock = Clock()
    async with working(Room(2, 8, 2, 0.75), clock) as work:
        await took(work, clock, 4.0)
        await work.begin("1")
        await work.begin("2")
        # One in line waits for half a piece of work, 2 s; a second one for 4 s, over 3 s.
        await work.begin("3")
        told = await refused(lambda: work.begin("4"), work, "4")
        assert work.began == ["1", "2"]
        assert work.slots.waiting == 1
        assert (told.reason, told.retry_after) == ("debates", 2)


async def test_after_retry_after_there_is_room_in_line_again() -> None:
    clock = Clock()
    async with working(Room(2, 8, 2, 0.75), clock) as work:
        await took(work, clock, 4.0)
        for name in "123":
            await work.begin(name)
        told = await refused(lambda: work.begin("4"), work, "4")
        # Two slots and 4 s of work: one is free every 2 s.
        clock.now += told.retry_after
        await work.end("1")
        await work.begin("5")
        await work.end("2")
        assert work.began == ["1", "2", "3", "5"]


async def test_what_cannot_end_before_its_deadline_is_refused_at_once() -> None:
    clock = Clock()
    async with working(Room(1, 8, 1, 5.0), clock) as work:
        await took(work, clock, 4.0)
        await work.begin("1")
        told = await refused(lambda: work.begin("late", seconds=7.9), work, "late")
        assert told.retry_after >= 1
        await work.begin("in time", seconds=8.1)
        await work.end("1")
        assert work.began == ["1", "in time"]


async def test_the_line_has_an_end_however_short_the_work() -> None:
    async with working(Room(1, 2, 1, 100.0)) as work:
        for name in "123":
            await work.begin(name)
        await refused(lambda: work.begin("4"), work, "4")


async def test_tenants_are_let_in_in_turn() -> None:
    async with working(Room(1, 8, 1, 100.0)) as work:
        for name in ("a1", "a2", "a3", "b1"):
            await work.begin(name, tenant=name[0])
        for name in ("a1", "a2", "b1"):
            await work.end(name)
        assert work.began == ["a1", "a2", "b1", "a3"]


async def test_one_tenant_cannot_take_every_slot() -> None:
    async with working(Room(4, 8, 3, 100.0)) as work:
        for name in ("a1", "a2", "a3", "a4"):
            await work.begin(name, tenant="a")
        await work.begin("b1", tenant="b")
        assert work.began == ["a1", "a2", "a3", "b1"]


async def test_a_tenants_own_line_does_not_lengthen_that_of_another() -> None:
    clock = Clock()
    async with working(Room(4, 50, 3, 10.0), clock) as work:
        await took(work, clock, 1.0)
        for number in range(20):
            await work.begin(f"a{number}", tenant="a")
        assert work.slots.expected_wait("b") == 0.0
        assert work.slots.expected_wait("a") > 5.0


async def test_who_leaves_the_line_makes_room_and_takes_no_slot() -> None:
    async with working(Room(1, 1, 1, 100.0)) as work:
        await work.begin("1")
        await work.begin("gone")
        await work.cancel("gone")
        await work.begin("2")
        await work.end("1")
        assert work.began == ["1", "2"]
        await work.end("2")
        assert (work.slots.taken, work.slots.waiting) == (0, 0)


async def test_who_leaves_when_its_turn_has_just_come_hands_it_on() -> None:
    async with working(Room(1, 8, 1, 100.0)) as work:
        for name in "123":
            await work.begin(name)
        # By the time the first has given its slot back, the second is on its way out.
        work.tasks["1"].add_done_callback(lambda _: work.tasks["2"].cancel())
        await work.end("1")
        assert work.tasks["2"].cancelled()
        assert work.began[-1] == "3"
        await work.end("3")
        assert (work.slots.taken, work.slots.waiting) == (0, 0)


async def test_what_fails_counts_as_work_and_what_is_cancelled_does_not() -> None:
    clock = Clock()
    slots = Slots("debates", Room(1, 1, 1, 1.0), clock)

    async def ends(seconds: float, error: BaseException) -> None:
        async with slots.one("a", "debate", 10):
            clock.now += seconds
            raise error

    with pytest.raises(ModelTimeout):
        await ends(3, ModelTimeout("late", model="m"))
    assert slots.pace.of("debate") == 3
    with pytest.raises(asyncio.CancelledError):
        await ends(100, asyncio.CancelledError())
    assert slots.pace.of("debate") == 3


async def test_gauges_hear_of_every_change() -> None:
    heard: list[tuple[int, int]] = []
    async with working(Room(1, 8, 1, 100.0)) as work:
        work.slots.told_to(lambda taken, waiting: heard.append((taken, waiting)))
        await work.begin("1")
        await work.begin("2")
        await work.end("1", "2")
    assert heard[0] == (0, 0)
    assert (1, 1) in heard
    assert heard[-1] == (0, 0)


@pytest.mark.parametrize(
    ("tenants", "asks_models", "slots", "each"),
    [(1, True, 32, 32), (3, True, 32, 24), (1, False, 2, 2), (2, False, 2, 1)],
)
def test_defaults_follow_what_debates_are_made_of(
    tenants: int, asks_models: bool, slots: int, each: int
) -> None:
    admission = Admission.of(AdmissionConfig(), tenants, asks_models, threads=2)
    assert admission.debates is not None
    assert admission.judging is not None
    assert (admission.debates.room.slots, admission.debates.room.each) == (slots, each)
    assert admission.judging.room.slots == 4 * slots + 16
