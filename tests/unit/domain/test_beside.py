import asyncio

import pytest

from candor.domain.beside import beside


async def test_work_goes_on_while_something_else_does() -> None:
    done = asyncio.Event()

    async def work() -> None:
        done.set()

    async with beside(work()):
        await asyncio.wait_for(done.wait(), 5)


async def test_work_has_ended_when_what_it_stood_beside_has() -> None:
    async with beside(asyncio.sleep(60)) as task:
        await asyncio.sleep(0)
    assert task.cancelled()


async def test_an_error_inside_comes_out_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError):
        async with beside(asyncio.sleep(60)):
            raise ZeroDivisionError
