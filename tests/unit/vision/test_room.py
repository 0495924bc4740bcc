import asyncio

import pytest

from candor.domain.vision.pool import Pool
from candor.domain.vision.room import Room
from tests.unit.vision.test_pool import Gate


async def turn() -> None:
    """Whoever can go on has gone on."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_what_fits_together_does_not_wait() -> None:
    room = Room(100)
    assert [await room.take(60), await room.take(40)] == [60, 40]


async def test_what_does_not_fit_waits_until_it_does() -> None:
    room = Room(100)
    await room.take(60)
    waiting = asyncio.create_task(room.take(50))
    await turn()
    assert not waiting.done()

    room.give(60)

    assert await waiting == 50


async def test_what_needs_more_than_there_is_has_it_for_itself() -> None:
    room = Room(100)
    taken = await room.take(1000)
    waiting = asyncio.create_task(room.take(1))
    await turn()
    assert not waiting.done()

    room.give(taken)

    assert await waiting == 1


async def test_a_large_piece_of_work_is_not_overtaken() -> None:
    room = Room(100)
    await room.take(60)
    large = asyncio.create_task(room.take(100))
    await turn()
    small = asyncio.create_task(room.take(1))
    await turn()
    assert not small.done()

    room.give(60)
    await large
    await turn()
    assert not small.done()
    room.give(100)
    assert await small == 1


async def test_who_leaves_the_line_lets_those_behind_in() -> None:
    room = Room(100)
    await room.take(60)
    large, small = asyncio.create_task(room.take(100)), asyncio.create_task(room.take(40))
    await turn()

    large.cancel()

    assert await small == 40
    with pytest.raises(asyncio.CancelledError):
        await large


async def test_who_leaves_when_its_turn_has_come_gives_its_bytes_back() -> None:
    room = Room(100)
    await room.take(60)
    unlucky = asyncio.create_task(room.take(100))
    await turn()

    room.give(60)
    unlucky.cancel()
    with pytest.raises(asyncio.CancelledError):
        await unlucky

    assert await asyncio.wait_for(room.take(100), 1) == 100


async def test_memory_is_given_back_from_other_threads() -> None:
    room = Room(100)
    await room.take(100)
    waiting = asyncio.create_task(room.take(100))
    await turn()

    await asyncio.to_thread(room.give, 100)

    assert await waiting == 100


async def test_memory_counts_as_taken_until_the_work_is_done_though_its_caller_gave_up() -> None:
    gate = Gate()
    async with Pool(workers=2, room=100) as pool:
        impatient = asyncio.create_task(pool.within(80, gate.work))
        await gate.begun()
        impatient.cancel()
        next_one = asyncio.create_task(pool.within(30, len, "next"))
        assert await pool.run(len, "light work goes on") == 18
        assert not next_one.done()

        gate.open()

        assert await next_one == 4


async def test_who_gives_up_waiting_for_memory_frees_its_place_in_the_line() -> None:
    gate = Gate()
    async with Pool(workers=1, max_waiting=1, room=100) as pool:
        running = asyncio.create_task(pool.within(80, gate.work))
        await gate.begun()
        waiting = asyncio.create_task(pool.within(80, len, "never"))
        await turn()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

        third = asyncio.create_task(pool.within(80, len, "next"))
        gate.open()
        assert (await running, await third) == ("done", 4)
