"""A Redis that is gone, hung, slow, full or talks nonsense costs next to nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

import pytest
from redis.asyncio import Redis

from candor.adapters.cache import CacheTally, RedisCacheConfig
from candor.adapters.cache.keys import CLEARED
from candor.adapters.cache.levels import TwoLevelCache
from candor.adapters.redis import Connection, RedisConfig, open_connection
from candor.domain.errors import CacheUnavailable, RedisUnavailable
from tests.faulty_proxy import FaultyProxy, Mode, faulty_proxy
from tests.redis_server import RedisServer, until
from tests.reports import a_report

FAULTS = [Mode.REFUSE, Mode.HANG, Mode.SLOW, Mode.CUT, Mode.GARBAGE]
BACK_WITHIN = 5


@pytest.fixture
async def proxy(redis_server: RedisServer) -> AsyncIterator[FaultyProxy]:
    async with faulty_proxy(redis_server.port) as proxy:
        yield proxy


@asynccontextmanager
async def connected(proxy: FaultyProxy, **settings: object) -> AsyncIterator[Connection]:
    known = {"url": proxy.url, "timeout_ms": 100, **settings}
    async with open_connection(RedisConfig.model_validate(known)) as connection:
        yield connection


@asynccontextmanager
async def two_levels(
    connection: Connection, *hits: list[str], fresh: float = 60
) -> AsyncIterator[TwoLevelCache]:
    """A level in this process that already listens for what is cleared."""
    config = RedisCacheConfig.model_validate({"local": {"ttl_seconds": fresh}})
    tally = CacheTally(hit=hits[0].append) if hits else CacheTally()
    async with config.open(connection, tally) as cache:
        assert isinstance(cache, TwoLevelCache)
        await until(lambda: somebody_listens(connection))
        # On hearing that it listens it forgets all; that must not come in between.
        await until(lambda: heard_so(cache))
        yield cache


async def heard_so(cache: TwoLevelCache) -> bool:
    return cache._cleared > 0


async def somebody_listens(connection: Connection) -> bool:
    told = await connection.run(lambda client: client.pubsub_numsub(CLEARED))
    return dict(told)[CLEARED.encode()] > 0


async def reason(connection: Connection) -> str:
    with pytest.raises(RedisUnavailable) as caught:
        await connection.run(lambda client: client.get("k"))
    return caught.value.reason


async def until_left_alone(connection: Connection) -> None:
    while not connection.is_away:
        await reason(connection)


async def answers(connection: Connection) -> bool:
    try:
        return bool(await connection.run(lambda client: client.ping()))
    except RedisUnavailable:
        return False


@pytest.mark.parametrize("fault", FAULTS)
async def test_after_a_few_failures_no_request_asks_a_redis_that_is_away(
    proxy: FaultyProxy, fault: Mode
) -> None:
    # Looks in the background would come in between.
    async with connected(proxy, breaker={"open_seconds": 60}) as connection:
        await until(lambda: answers(connection))
        proxy.mode = fault
        await until_left_alone(connection)
        before = proxy.accepted
        assert [await reason(connection) for _ in range(200)] == ["breaker_open"] * 200
        assert proxy.accepted == before


@pytest.mark.parametrize("fault", FAULTS)
async def test_all_is_well_soon_after_redis_is_back(proxy: FaultyProxy, fault: Mode) -> None:
    async with connected(proxy, timeout_ms=150) as connection:
        proxy.mode = fault
        await until_left_alone(connection)
        await asyncio.sleep(1.2)
        assert connection.is_away, "a look must not take it for healthy"
        proxy.mode = Mode.PASS
        await until(lambda: answers(connection), BACK_WITHIN)


async def test_a_process_that_is_gone_and_comes_back_is_found_again(
    redis_server: RedisServer,
) -> None:
    config = RedisConfig(url=redis_server.url, timeout_ms=200)
    async with open_connection(config) as connection:
        await redis_server.kill()
        await until_left_alone(connection)
        await redis_server.start()
        await until(lambda: answers(connection), BACK_WITHIN)


async def test_reasons_name_what_happened(proxy: FaultyProxy) -> None:
    told: list[str] = []
    opened: list[bool] = []
    async with connected(proxy, breaker={"failures": 2}) as connection:
        connection.told_to(told.append, opened.append)
        proxy.mode = Mode.HANG
        await reason(connection)
        proxy.mode = Mode.REFUSE
        proxy.cut_all()
        await reason(connection)
        await reason(connection)
    assert told == ["timeout", "refused", "breaker_open"]
    assert opened == [False, True]


async def test_failures_side_by_side_count_once(proxy: FaultyProxy) -> None:
    async with connected(proxy, breaker={"failures": 2}) as connection:
        proxy.mode = Mode.HANG
        await asyncio.gather(*(reason(connection) for _ in range(20)))
        assert not connection.is_away
        await reason(connection)
        assert connection.is_away


async def test_a_full_redis_refuses_writes_and_is_still_read(
    redis_server: RedisServer, proxy: FaultyProxy
) -> None:
    told: list[str] = []
    async with connected(proxy, timeout_ms=1_000) as connection:
        connection.told_to(told.append, lambda _: None)
        config = RedisCacheConfig.model_validate({"local": {"max_entries": 0}})
        async with config.open(connection) as cache, Redis(port=redis_server.port) as redis:
            await cache.put("k", a_report())
            await redis.config_set("maxmemory", "1")
            for _ in range(5):
                with pytest.raises(CacheUnavailable):
                    await cache.put("other", a_report())
            assert await cache.get("k") == a_report()
    assert told == ["oom"] * 5


async def test_a_full_redis_is_spared_writes_until_the_pause_is_over(
    redis_server: RedisServer, proxy: FaultyProxy
) -> None:
    pause = {"open_seconds": 0.2}

    async def stored(connection: Connection) -> bool:
        with suppress(RedisUnavailable):
            return bool(await connection.run(lambda c: c.set("k", "v"), optional=True))
        return False

    async with (
        connected(proxy, timeout_ms=1_000, breaker=pause) as connection,
        Redis(port=redis_server.port) as redis,
    ):
        await redis.config_set("maxmemory", "1")
        assert not await stored(connection)
        asked = await commands(redis, "set")
        for _ in range(5):
            assert not await stored(connection)
        assert await commands(redis, "set") == asked
        await redis.config_set("maxmemory", "0")
        await until(partial(stored, connection))


async def commands(redis: Redis, name: str) -> int:
    told = await redis.info("commandstats")
    return int(told.get(f"cmdstat_{name}", {"calls": 0})["calls"])


async def test_an_answer_that_redis_gives_to_nonsense_is_not_silence(proxy: FaultyProxy) -> None:
    async with connected(proxy, timeout_ms=1_000) as connection:
        for _ in range(5):
            with pytest.raises(RedisUnavailable) as caught:
                await connection.run(lambda client: client.execute_command("NONSENSE"))
            assert caught.value.reason == "error"
        assert await answers(connection)


async def test_what_this_process_knew_it_still_knows_while_redis_is_away(
    proxy: FaultyProxy,
) -> None:
    hits: list[str] = []
    async with (
        connected(proxy) as connection,
        two_levels(connection, hits, fresh=0.01) as cache,
    ):
        await cache.put("k", a_report())
        await asyncio.sleep(0.02)
        proxy.mode = Mode.HANG
        for _ in range(5):
            assert await cache.get("k") == a_report()
        with pytest.raises(CacheUnavailable):
            await cache.get("never seen")
    assert hits == ["stale"] * 5


async def test_a_verdict_given_while_redis_is_away_is_known_to_this_process(
    proxy: FaultyProxy,
) -> None:
    async with connected(proxy) as connection, two_levels(connection) as cache:
        proxy.mode = Mode.HANG
        with pytest.raises(CacheUnavailable):
            await cache.put("k", a_report())
        assert await cache.get("k") == a_report()


async def test_closing_while_redis_hangs_ends(proxy: FaultyProxy) -> None:
    async with asyncio.timeout(3):
        async with connected(proxy) as connection, two_levels(connection):
            proxy.mode = Mode.HANG
            await until_left_alone(connection)
