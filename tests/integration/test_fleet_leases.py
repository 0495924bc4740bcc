"""What goes wrong between replicas and the Redis that keeps their leases, on real sockets."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from candor.adapters.leases import FleetConfig
from candor.adapters.leases.lease import RedisLease
from candor.adapters.leases.redis import RedisLeases
from candor.adapters.redis import RedisConfig, open_connection
from candor.domain.errors import FleetUnavailable
from candor.domain.fleet import Alone, FleetEvent, Leases, Told
from tests.redis_server import RedisServer, until
from tests.reports import a_report

LEASE_MS = 600
TIMEOUT = 0.5
# What a busy machine may add.
MARGIN = 1.0


@asynccontextmanager
async def a_replica(server: RedisServer) -> AsyncIterator[RedisLeases]:
    config = RedisConfig(url=server.url, timeout_ms=int(TIMEOUT * 1000))
    async with (
        open_connection(config) as connection,
        FleetConfig(lease_ms=LEASE_MS).open(connection) as leases,
    ):
        assert isinstance(leases, RedisLeases)
        yield leases


def heard_by(leases: Leases) -> list[FleetEvent]:
    heard: list[FleetEvent] = []
    leases.told_to(heard.append)
    return heard


async def held(leases: Leases, key: str = "k") -> RedisLease:
    lease = await leases.claim(key)
    assert isinstance(lease, RedisLease)
    return lease


def waiting(leases: Leases) -> "asyncio.Task[object]":
    async def claim() -> object:
        return await leases.claim("k")

    return asyncio.create_task(claim())


async def a_while() -> None:
    await asyncio.sleep(0.15)


async def test_a_redis_that_is_gone_is_told_to_every_claimant(redis_server: RedisServer) -> None:
    async with a_replica(redis_server) as leases:
        heard = heard_by(leases)
        await redis_server.kill()
        with pytest.raises(FleetUnavailable):
            await leases.claim("k")
        assert heard == [FleetEvent.CLAIM_FAILED]


async def test_who_waits_does_not_sleep_on_when_redis_goes(redis_server: RedisServer) -> None:
    async with a_replica(redis_server) as one, a_replica(redis_server) as other:
        heard, lease, waits = heard_by(one), await held(one), waiting(other)
        await a_while()
        started = time.monotonic()
        await redis_server.kill()
        with pytest.raises(FleetUnavailable):
            await waits
        assert time.monotonic() - started < TIMEOUT + MARGIN
        assert await lease.end(a_report()), "nobody is known to have taken over"
        assert FleetEvent.END_FAILED in heard


async def test_who_waits_on_a_redis_that_hangs_gives_up_at_the_end_of_the_lease(
    redis_server: RedisServer,
) -> None:
    async with a_replica(redis_server) as one, a_replica(redis_server) as other:
        await held(one)
        waits = waiting(other)
        await a_while()
        started = time.monotonic()
        redis_server.hang()
        with pytest.raises(FleetUnavailable):
            await waits
        assert time.monotonic() - started < LEASE_MS / 1000 + TIMEOUT + MARGIN
        redis_server.wake()


async def test_a_redis_that_forgot_everything_gives_the_lease_back_to_its_holder(
    redis_server: RedisServer,
) -> None:
    async with a_replica(redis_server) as one, a_replica(redis_server) as other:
        heard, lease = heard_by(one), await held(one)
        async with Redis(port=redis_server.port) as client:
            await client.flushall()
            async with asyncio.timeout(5):
                while not await client.keys("candor:lease:v1:*:held"):  # noqa: ASYNC110 -- another process
                    await asyncio.sleep(0.01)
        waits = waiting(other)
        await a_while()
        assert await lease.end(a_report())
        assert isinstance(await waits, Told)
        assert heard == []


async def test_after_redis_forgot_the_token_of_the_new_holder_is_no_key_for_the_old_one(
    redis_server: RedisServer,
) -> None:
    """Both count from 1."""
    async with a_replica(redis_server) as one, a_replica(redis_server) as other:
        heard, old = heard_by(one), await held(one)
        old._renewing.cancel()
        async with Redis(port=redis_server.port) as client:
            await client.flushall()
        new = await held(other)
        assert not await old.end(a_report("old"))
        assert heard == [FleetEvent.LOST]
        assert await new.end(a_report("new"))


async def test_a_holder_that_stalled_learns_that_it_lost_its_lease(
    redis_server: RedisServer,
) -> None:
    async with a_replica(redis_server) as one, a_replica(redis_server) as other:
        heard, stalled = heard_by(one), await held(one)
        stalled._renewing.cancel()
        waits = waiting(other)
        await a_while()
        # As time would.
        async with Redis(port=redis_server.port) as client:
            (name,) = await client.keys("candor:lease:v1:*:held")
            await client.delete(name)
        heir = await waits
        assert isinstance(heir, RedisLease)
        assert not await stalled.end(a_report())
        assert heard == [FleetEvent.LOST]
        assert await heir.end(None)


async def test_a_report_that_cannot_be_written_leaves_the_work_to_who_waits(
    redis_server: RedisServer,
) -> None:
    report = a_report()
    broken = replace(report, verdict=replace(report.verdict, reason="\ud800"))
    async with a_replica(redis_server) as one, a_replica(redis_server) as other:
        lease, waits = await held(one), waiting(other)
        await a_while()
        assert await lease.end(broken)
        assert isinstance(await waits, RedisLease)


async def test_a_report_of_another_version_is_not_told(redis_server: RedisServer) -> None:
    async with a_replica(redis_server) as one, a_replica(redis_server) as other:
        await (await held(one)).end(a_report())
        async with Redis(port=redis_server.port) as client:
            (name,) = await client.keys("candor:lease:v1:*:told")
            await client.hset(name, "report", b"of tomorrow")
        assert isinstance(await other.claim("k"), RedisLease)


async def test_a_redis_that_is_full_serves_who_is_there_and_refuses_who_comes(
    redis_server: RedisServer,
) -> None:
    async with a_replica(redis_server) as one, a_replica(redis_server) as other:
        lease, waits = await held(one), waiting(other)
        await a_while()
        async with Redis(port=redis_server.port) as client:
            await client.config_set("maxmemory", 1)
            await lease.end(a_report())
            assert isinstance(await waits, Told)
            with pytest.raises(FleetUnavailable):
                await other.claim("another")


async def test_nothing_stays_in_redis_for_long(redis_server: RedisServer) -> None:
    async with a_replica(redis_server) as one, a_replica(redis_server) as other:
        lease, waits = await held(one), waiting(other)
        await a_while()
        await lease.end(a_report())
        await waits
        async with Redis(port=redis_server.port) as client:
            names = await client.keys("*")
            lives = [await client.pttl(name) for name in names]
        assert names
        assert all(0 < life <= 60_000 for life in lives)


async def test_a_process_that_waits_for_much_needs_one_connection_for_it(
    redis_server: RedisServer,
) -> None:
    async with a_replica(redis_server) as one, a_replica(redis_server) as other:
        leases = [await held(one, str(n)) for n in range(20)]
        waits = [asyncio.create_task(_claimed(other, str(n))) for n in range(20)]
        async with Redis(port=redis_server.port) as client:

            async def all_wait() -> bool:
                return len(await client.keys("candor:lease:v1:*:waiting")) == len(waits)

            await until(all_wait)
            listening = [c for c in await client.client_list() if int(c["sub"])]
        assert len(listening) == 1
        for lease in leases:
            await lease.end(a_report())
        assert all(isinstance(told, Told) for told in await asyncio.gather(*waits))


async def _claimed(leases: Leases, key: str) -> object:
    return await leases.claim(key)


async def test_without_redis_or_when_told_so_a_replica_is_alone(redis_server: RedisServer) -> None:
    async with (
        open_connection(RedisConfig(url=redis_server.url)) as connection,
        FleetConfig(join=False).open(connection) as leases,
    ):
        assert isinstance(leases, Alone)
    async with FleetConfig().open(None) as leases:
        assert isinstance(leases, Alone)
