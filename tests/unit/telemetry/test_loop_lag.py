import asyncio
import time

from candor.telemetry.loop_lag import lag_observed


async def test_a_loop_that_stands_still_is_told_of() -> None:
    lags: list[float] = []
    async with lag_observed(lags.append, every_seconds=0.005):
        await asyncio.sleep(0.02)
        time.sleep(0.1)  # noqa: ASYNC251 # the very thing that is watched for
        await asyncio.sleep(0.02)

    assert 0.08 < max(lags) < 1
    assert min(lags) < 0.05


async def test_nothing_is_left_running_behind_it() -> None:
    before = asyncio.all_tasks()
    async with lag_observed(lambda _: None):
        pass

    assert asyncio.all_tasks() == before
