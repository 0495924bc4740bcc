import asyncio

import pytest
from limits.aio.storage import MemoryStorage

from candor.adapters.limits.counted import CountedQuotas
from candor.adapters.limits.windows import Window, Windows
from candor.domain.errors import RedisUnavailable
from candor.domain.quotas import CountLimit, Measure, MoneyLimit, Quota, QuotaConfig, Standing
from candor.domain.usage import ModelCall, Usage

# So long that no window ends while a test runs.
HOUR = 3600
REQUESTS = Quota(Measure.REQUESTS, 3, HOUR)
BYTES = Quota(Measure.BYTES, 1000, HOUR)
CALLS = Quota(Measure.MODEL_CALLS, 4, HOUR)
MONEY = Quota(Measure.COST, 1_000_000, HOUR)


def counted(*quotas: Quota) -> CountedQuotas:
    return CountedQuotas({"acme": quotas}, (), Windows(MemoryStorage()))


def spent(calls: int, cost: float = 0.0) -> list[ModelCall]:
    return [
        ModelCall("m", "judge", "ok", 0.1, Usage(1, 10, 10, cost / calls)) for _ in range(calls)
    ]


class Away:
    """Counters in a Redis that does not answer."""

    async def take(self, tenant: str, quota: Quota, amount: int) -> Standing | None:
        raise RedisUnavailable("away", reason="refused")

    async def standing(self, tenant: str, quota: Quota) -> Standing:
        raise RedisUnavailable("away", reason="refused")

    async def add(self, tenant: str, quota: Quota, amount: int) -> None:
        raise RedisUnavailable("away", reason="refused")


def test_a_configuration_becomes_quotas_and_money_millionths() -> None:
    config = QuotaConfig(
        requests=CountLimit(most=5), cost_usd=MoneyLimit(most=0.25, seconds=86_400)
    )
    assert config.quotas() == (
        Quota(Measure.REQUESTS, 5, 60),
        Quota(Measure.COST, 250_000, 86_400),
    )


async def test_requests_are_let_in_until_the_window_is_full() -> None:
    quotas = counted(REQUESTS)
    left = [(await quotas.take("acme", 10)).standings[0].left for _ in range(3)]
    assert left == [2, 1, 0]
    taken = await quotas.take("acme", 10)
    assert taken.refused is not None
    assert taken.refused.quota is REQUESTS
    assert 0 < taken.refused.reset <= 2 * HOUR


async def test_bytes_are_counted_and_a_body_larger_than_the_window_takes_all_of_it() -> None:
    quotas = counted(BYTES)
    assert (await quotas.take("acme", 5000)).refused is None
    refused = (await quotas.take("acme", 1)).refused
    assert refused is not None
    assert refused.quota is BYTES


async def test_calls_and_money_are_charged_afterwards_even_when_they_go_over() -> None:
    quotas = counted(CALLS, MONEY)
    assert (await quotas.take("acme", 1)).refused is None
    quotas.charge("acme", spent(7, cost=0.4))
    await quotas.settled()
    taken = await quotas.take("acme", 1)
    assert taken.refused is not None
    assert taken.refused.quota is CALLS
    assert {s.quota.measure: s.left for s in taken.standings} == {
        Measure.MODEL_CALLS: 0,
        Measure.COST: 600_000,
    }


async def test_tenants_do_not_use_up_each_others_quotas() -> None:
    quotas = CountedQuotas({}, (REQUESTS,), Windows(MemoryStorage()))
    for _ in range(3):
        await quotas.take("acme", 1)
    assert (await quotas.take("acme", 1)).refused is not None
    assert (await quotas.take("globex", 1)).refused is None


async def test_while_redis_is_away_this_process_counts_alone_and_says_so() -> None:
    heard: list[None] = []
    quotas = CountedQuotas({"acme": (REQUESTS, CALLS)}, (), Windows(MemoryStorage()), Away())
    quotas.alone = lambda: heard.append(None)
    taken = [await quotas.take("acme", 1) for _ in range(4)]
    assert [t.refused is None for t in taken] == [True, True, True, False]
    assert all(t.alone for t in taken)
    quotas.charge("acme", spent(4))
    await quotas.settled()
    assert len(heard) == 5


async def test_a_tenant_without_quotas_is_not_asked_for_anything() -> None:
    quotas = counted(REQUESTS)
    assert not quotas.limits("globex")
    assert (await quotas.take("globex", 10**9)).refused is None


@pytest.mark.parametrize("amount", [1, 7])
async def test_what_is_told_to_wait_fits_after_it_and_not_much_earlier(amount: int) -> None:
    quota = Quota(Measure.BYTES, 10, 1)
    windows = Windows(MemoryStorage())
    while await windows.take("acme", quota, 1) is None:
        pass
    refused = await windows.take("acme", quota, amount)
    assert refused is not None
    await asyncio.sleep(refused.reset + 0.01)
    assert await windows.take("acme", quota, amount) is None


def test_room_comes_when_the_window_before_has_faded_enough() -> None:
    quota = Quota(Measure.REQUESTS, 10, 60)
    # With 30 s left to fade, 10 weigh 5; beside 5 of this one, one more needs less than that.
    window = Window(before=10, fades=30, now=5, lasts=90)
    assert window.left(quota) == 0
    assert window.until_room(quota, 1) == 0
    assert Window(10, 42, 5, 102).until_room(quota, 1) == 12


def test_room_in_a_full_window_comes_after_it_has_ended() -> None:
    quota = Quota(Measure.REQUESTS, 10, 60)
    # It ends in 20 s, and then ten of it weigh less than ten at once.
    assert Window(0, 0, 10, 80).until_room(quota, 1) == 20
    assert Window(0, 0, 10, 80).until_room(quota, 10) == 20 + 54
