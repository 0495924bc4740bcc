"""With a key set, what lies in Redis is read by nobody else, and believed from nobody else."""

import base64
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr
from redis.asyncio import Redis

from candor.adapters.cache import CacheTally, RedisCacheConfig, encoding
from candor.adapters.cache.keys import name_of
from candor.adapters.cache.sealing import NOT_SEALED, Area, PrivacyConfig, Sealer
from candor.adapters.cache.shared import RedisCache
from candor.adapters.leases.lease import RedisLease
from candor.adapters.leases.redis import RedisLeases
from candor.adapters.queue.redis import RedisQueue
from candor.adapters.redis import RedisConfig, open_connection
from candor.domain.fleet import Told
from candor.domain.jobs.limits import JobLimits
from candor.domain.jobs.values import Ending, JobState, NewBatch, NewJob
from tests.redis_server import RedisServer
from tests.reports import a_report

MARKER = "WordsOfTheExchange"
REPORT = a_report(f"It says {MARKER}.")
PATIENT = 5_000


def keys(*raw: bytes) -> PrivacyConfig:
    return PrivacyConfig(cache_keys=tuple(SecretStr(base64.b64encode(k).decode()) for k in raw))


OLD, NEW = secrets.token_bytes(32), secrets.token_bytes(32)


class Counted:
    def __init__(self) -> None:
        self.areas: list[Area] = []
        self.unreadable = 0

    def tally(self) -> CacheTally:
        return CacheTally(unreadable=self._note)

    def _note(self) -> None:
        self.unreadable += 1


@asynccontextmanager
async def cache_of(
    server: RedisServer, sealer: Sealer, counted: Counted | None = None
) -> AsyncIterator[RedisCache]:
    config = RedisCacheConfig.model_validate({"local": {"max_entries": 0}})
    tally = (counted or Counted()).tally()
    redis = RedisConfig(url=server.url, timeout_ms=PATIENT)
    async with (
        open_connection(redis) as connection,
        config.open(connection, tally, sealer) as cache,
    ):
        assert isinstance(cache, RedisCache)
        yield cache


@asynccontextmanager
async def queue_of(server: RedisServer, sealer: Sealer) -> AsyncIterator[RedisQueue]:
    async with open_connection(RedisConfig(url=server.url, timeout_ms=PATIENT)) as connection:
        yield RedisQueue(connection, JobLimits(), PATIENT, sealer)


async def everything(server: RedisServer) -> bytes:
    """All that whoever reads Redis sees."""
    found = b""
    async with Redis(port=server.port) as client:
        async for key in client.scan_iter(count=1000):
            kind = await client.type(key)
            told: Any = {}
            if kind == b"string":
                told = {key: await client.get(key)}
            elif kind == b"hash":
                told = await client.hgetall(key)
            found += key + b"".join(value for value in told.values())
    return found


async def test_a_verdict_comes_back_and_is_not_readable_in_redis(
    redis_server: RedisServer,
) -> None:
    sealer = keys(NEW).sealer()
    async with cache_of(redis_server, sealer) as cache:
        await cache.put("v1::k", REPORT)
        assert await cache.get("v1::k") == REPORT
    raw = await everything(redis_server)
    assert encoding.decode("v1::k", raw) is None
    assert MARKER.encode() not in raw


async def test_keys_are_rotated_without_losing_a_verdict(redis_server: RedisServer) -> None:
    async with cache_of(redis_server, keys(OLD).sealer()) as cache:
        await cache.put("v1::r", REPORT)
    async with cache_of(redis_server, keys(NEW, OLD).sealer()) as cache:
        assert await cache.get("v1::r") == REPORT
    counted = Counted()
    sealer = keys(NEW).sealer(counted.areas.append)
    async with cache_of(redis_server, sealer, counted) as cache:
        assert await cache.get("v1::r") is None
    assert (counted.areas, counted.unreadable) == ([Area.CACHE], 1)


async def test_a_verdict_that_somebody_else_wrote_is_a_miss(redis_server: RedisServer) -> None:
    """Whoever can write to Redis, and knows all of Candor's code, but not the key."""
    counted = Counted()
    forged = encoding.encode("v1::f", REPORT, expires=2**40)
    async with Redis(port=redis_server.port) as client:
        await client.set(name_of("v1::f"), forged)
    async with cache_of(redis_server, NOT_SEALED) as cache:
        assert await cache.get("v1::f") == REPORT
    async with cache_of(redis_server, keys(NEW).sealer(counted.areas.append)) as cache:
        assert await cache.get("v1::f") is None
    assert counted.areas == [Area.CACHE]


async def test_a_verdict_moved_to_another_exchange_is_a_miss(redis_server: RedisServer) -> None:
    async with cache_of(redis_server, keys(NEW).sealer()) as cache:
        await cache.put("v1::honest", REPORT)
        async with Redis(port=redis_server.port) as client:
            await client.copy(name_of("v1::honest"), name_of("v1::other"))
        assert await cache.get("v1::other") is None
        assert await cache.get("v1::honest") == REPORT


async def test_what_replicas_hand_over_is_sealed_too(redis_server: RedisServer) -> None:
    counted = Counted()
    redis = RedisConfig(url=redis_server.url, timeout_ms=PATIENT)
    async with open_connection(redis) as one, open_connection(redis) as two:
        first = RedisLeases(one, 3_000, keys(NEW).sealer())
        second = RedisLeases(two, 3_000, keys(NEW).sealer())
        stranger = RedisLeases(two, 3_000, keys(OLD).sealer(counted.areas.append))
        lease = await first.claim("work")
        assert isinstance(lease, RedisLease)
        assert await lease.end(REPORT)
        told = await second.claim("work")
        assert isinstance(told, Told)
        assert told.report == REPORT
        assert MARKER.encode() not in await everything(redis_server)
        own = await stranger.claim("work")
        assert isinstance(own, RedisLease)
        await own.end(None)
        for leases in (first, second, stranger):
            await leases.close()
    assert counted.areas == [Area.LEASE]


async def test_jobs_and_their_results_are_sealed(redis_server: RedisServer) -> None:
    body, result = f"body {MARKER}".encode(), f"result {MARKER}".encode()
    async with queue_of(redis_server, keys(NEW).sealer()) as queue:
        name = (await queue.submit(NewJob("default", body))).id
        batch = await queue.open_batch(NewBatch("default"))
        await queue.append(batch, [body])
        await queue.seal(batch, None)
        assert MARKER.encode() not in await everything(redis_server)
        claims = (await queue.claim("w", 2)).claims
        assert [claim.body for claim in claims] == [body, body]
        for claim in claims:
            assert await queue.finish(claim, Ending(JobState.DONE, result, None, b"{}"))
        assert MARKER.encode() not in await everything(redis_server)
        done = await queue.job(name)
        assert done is not None
        assert (done.state, done.result, done.summary) == (JobState.DONE, result, b"{}")
        (item,) = await queue.results(batch, 0, 1)
        assert item.result == result


async def test_a_job_or_result_that_cannot_be_opened_fails_by_name(
    redis_server: RedisServer,
) -> None:
    async with queue_of(redis_server, keys(OLD).sealer()) as before:
        waiting = (await before.submit(NewJob("default", b"body"))).id
    counted = Counted()
    async with queue_of(redis_server, keys(NEW).sealer(counted.areas.append)) as queue:
        assert (await queue.claim("w", 5)).claims == ()
        failed = await queue.job(waiting)
        assert failed is not None
        assert failed.error is not None
        assert (failed.state, failed.error.kind) == (JobState.FAILED, "unopened")
        forged = (await queue.submit(NewJob("default", b"body"))).id
        (claim,) = (await queue.claim("w", 5)).claims
        await queue.finish(claim, Ending(JobState.DONE, b"{}"))
        async with Redis(port=redis_server.port) as client:
            await client.hset(f"candor:jobs:v1:{{jobs}}:job:{forged}", "result", b'{"outcome": 1}')
        put_there = await queue.job(forged)
    assert put_there is not None
    assert (put_there.state, put_there.result) == (JobState.FAILED, b"")
    assert counted.areas == [Area.JOB, Area.JOB]
