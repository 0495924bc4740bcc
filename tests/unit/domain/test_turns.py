import asyncio
from itertools import pairwise

from candor.domain.turns import Turns


async def turn_of_each(turns: Turns, many: int) -> list[int]:
    """In which turn of the event loop each was let on."""
    turn, loop = 0, asyncio.get_running_loop()
    let_on: list[int] = []

    def count() -> None:
        nonlocal turn
        turn += 1
        if len(let_on) < many:
            loop.call_soon(count)

    async def one() -> None:
        await turns.mine()
        let_on.append(turn)

    loop.call_soon(count)
    await asyncio.gather(*(one() for _ in range(many)))
    return let_on


async def test_of_many_one_is_let_on_in_each_turn() -> None:
    let_on = await turn_of_each(Turns(), 20)
    assert all(before < after for before, after in pairwise(let_on))


async def test_who_comes_alone_does_not_wait() -> None:
    turns = Turns()
    for _ in range(3):
        alone = asyncio.ensure_future(turns.mine())
        await asyncio.sleep(0)
        assert alone.done()
        await asyncio.sleep(0)


async def test_who_gives_up_holds_up_nobody() -> None:
    turns = Turns()
    _, tired, patient = (asyncio.ensure_future(turns.mine()) for _ in range(3))
    await asyncio.sleep(0)
    tired.cancel()
    await asyncio.wait_for(patient, 1)
    assert tired.cancelled()


async def test_they_come_in_the_order_of_their_asking() -> None:
    turns, order = Turns(), []

    async def one(number: int) -> None:
        await turns.mine()
        order.append(number)

    await asyncio.gather(*map(one, range(10)))
    assert order == list(range(10))
