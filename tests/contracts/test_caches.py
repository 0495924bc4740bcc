"""What every verdict cache does, whatever it is made of."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import pytest
from pydantic import TypeAdapter

from candor.adapters.cache import CacheConfig, MemoryCache
from candor.adapters.cache.levels import TwoLevelCache
from candor.adapters.cache.shared import RedisCache
from candor.adapters.redis import RedisConfig, SentinelConfig, open_connection
from candor.domain.ports import NearCache, VerdictCache
from tests.redis_server import RedisCluster, RedisServer, TlsRedis, WatchedRedis
from tests.reports import a_report

AnyCache = MemoryCache | RedisCache | TwoLevelCache


# What a busy machine may need.
PATIENT = 20_000


@asynccontextmanager
async def opened(redis: RedisConfig | None, **settings: object) -> AsyncIterator[AnyCache]:
    adapter: TypeAdapter[CacheConfig] = TypeAdapter(CacheConfig)
    config = adapter.validate_python(settings)
    if redis is None:
        async with config.open() as cache:
            yield cache
        return
    async with open_connection(redis) as connection, config.open(connection) as cache:
        yield cache


@dataclass(frozen=True, slots=True)
class Place:
    """Where a kind of cache keeps what it knows."""

    settings: dict[str, object]
    redis: RedisConfig | None = None

    def cache(self, **more: object) -> AbstractAsyncContextManager[AnyCache]:
        return opened(self.redis, **{**self.settings, **more})


@pytest.fixture(params=["memory", "redis", "two levels", "sentinel", "tls"])
def place(request: pytest.FixtureRequest) -> Place:
    kind = request.param
    if kind == "memory":
        return Place({"kind": "memory"})
    alone: dict[str, object] = {"kind": "redis", "local": {"max_entries": 0}}
    match kind:
        case "sentinel":
            watched: WatchedRedis = request.getfixturevalue("watched_redis")
            sentinel = SentinelConfig(hosts=(watched.sentinel,), service=watched.service)
            return Place(alone, RedisConfig(sentinel=sentinel, timeout_ms=PATIENT))
        case "tls":
            locked: TlsRedis = request.getfixturevalue("tls_redis")
            return Place(alone, locked.config(timeout_ms=PATIENT))
    server: RedisServer = request.getfixturevalue("redis_server")
    settings: dict[str, object] = alone if kind == "redis" else {"kind": "redis"}
    return Place(settings, RedisConfig(url=server.url, timeout_ms=PATIENT))


@pytest.fixture
async def cache(place: Place) -> AsyncIterator[AnyCache]:
    async with place.cache() as cache:
        yield cache


async def test_what_was_never_put_is_a_miss(cache: VerdictCache) -> None:
    assert await cache.get("k") is None


async def test_what_was_put_comes_back_equal(cache: VerdictCache) -> None:
    await cache.put("k", a_report())
    assert await cache.get("k") == a_report()


async def test_each_key_has_a_report_of_its_own(cache: VerdictCache) -> None:
    await cache.put("a", a_report("first"))
    await cache.put("b", a_report("second"))
    assert await cache.get("a") == a_report("first")
    assert await cache.get("b") == a_report("second")


async def test_the_last_report_put_counts(cache: VerdictCache) -> None:
    await cache.put("k", a_report("old"))
    await cache.put("k", a_report("new"))
    assert await cache.get("k") == a_report("new")


async def test_unicode_in_a_report_survives(cache: VerdictCache) -> None:
    report = a_report(reason="На чеке 48,20 € 🧾 \u202e\x00")
    await cache.put("k", report)
    assert await cache.get("k") == report


async def test_many_at_once_each_get_their_own(cache: VerdictCache) -> None:
    async def round_trip(number: int) -> None:
        await cache.put(f"k{number}", a_report(str(number)))
        assert await cache.get(f"k{number}") == a_report(str(number))

    async with asyncio.TaskGroup() as group:
        for number in range(100):
            group.create_task(round_trip(number))


async def test_a_cache_that_is_there_answers_a_ping(cache: AnyCache) -> None:
    await cache.ping()


async def test_a_verdict_is_forgotten_after_its_time(place: Place) -> None:
    async with place.cache(ttl_seconds=1) as cache:
        await cache.put("k", a_report())
        await asyncio.sleep(1.1)
        assert await cache.get("k") is None


async def test_a_cluster_does_all_of_it(redis_cluster: RedisCluster) -> None:
    # In one test: a cluster takes two seconds to start.
    config = RedisConfig(url=redis_cluster.url, cluster=True, timeout_ms=PATIENT)
    async with opened(config, kind="redis", local={"max_entries": 0}) as cache:
        await test_what_was_never_put_is_a_miss(cache)
        await test_what_was_put_comes_back_equal(cache)
        await test_each_key_has_a_report_of_its_own(cache)
        await test_many_at_once_each_get_their_own(cache)
        await cache.ping()


@pytest.mark.parametrize("place", ["memory", "two levels"], indirect=True)
async def test_what_a_level_in_this_process_holds_is_at_hand_without_waiting(place: Place) -> None:
    async with place.cache() as cache:
        assert isinstance(cache, NearCache)
        assert cache.at_hand("k") is None
        await cache.put("k", a_report())
        assert cache.at_hand("k") == a_report()
        assert cache.at_hand("other") is None
