"""Quotas that several processes count together, in a real Redis."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from candor.adapters.limits.counted import CountedQuotas, open_counted
from candor.adapters.redis import Connection, RedisConfig, open_connection
from candor.domain.quotas import Measure, Quota
from candor.domain.usage import ModelCall, Usage
from tests.redis_server import RedisCluster, RedisServer, until

REQUESTS = Quota(Measure.REQUESTS, 4, 3600)
CALLS = Quota(Measure.MODEL_CALLS, 3, 3600)
CALL = ModelCall("m", "judge", "ok", 0.1, Usage(1, 10, 10, 0.0))


@asynccontextmanager
async def replica(
    config: RedisConfig, *quotas: Quota
) -> AsyncIterator[tuple[CountedQuotas, Connection]]:
    async with (
        open_connection(config) as connection,
        open_counted({"acme": quotas}, (), connection) as counted,
    ):
        yield counted, connection


def config_of(url: str, cluster: bool = False) -> RedisConfig:
    breaker = {"failures": 2, "open_seconds": 0.1}
    told = {"url": url, "timeout_ms": 500, "breaker": breaker, "cluster": cluster}
    return RedisConfig.model_validate(told)


async def test_replicas_use_up_one_quota_together(redis_server: RedisServer) -> None:
    config = config_of(redis_server.url)
    async with replica(config, REQUESTS) as (one, _), replica(config, REQUESTS) as (other, _):
        taken = [await quotas.take("acme", 1) for quotas in (one, other, one, other, one)]
    assert [t.refused is None for t in taken] == [True, True, True, True, False]
    assert not any(t.alone for t in taken)
    refused = taken[-1].refused
    assert refused is not None
    assert 0 < refused.reset <= 7200


async def test_what_one_replica_spent_refuses_at_another(redis_server: RedisServer) -> None:
    config = config_of(redis_server.url)
    async with replica(config, CALLS) as (one, _), replica(config, CALLS) as (other, _):
        one.charge("acme", [CALL] * 3)
        await one.settled()
        taken = await other.take("acme", 1)
        assert (await other.take("globex", 1)).refused is None
    assert taken.refused is not None
    assert 0 < taken.refused.reset <= 3600


async def test_a_redis_that_dies_stops_nobody_and_one_that_comes_back_counts_again(
    redis_server: RedisServer,
) -> None:
    async with replica(config_of(redis_server.url), REQUESTS) as (quotas, connection):
        assert not (await quotas.take("acme", 1)).alone
        await redis_server.kill()
        alone = [await quotas.take("acme", 1) for _ in range(5)]
        assert all(t.alone for t in alone)
        # Still bounded: by what this process counts.
        assert [t.refused is None for t in alone] == [True, True, True, True, False]
        await redis_server.start()

        async def is_back() -> bool:
            return not connection.is_away

        await until(is_back)
        assert not (await quotas.take("acme", 1)).alone


@pytest.mark.parametrize("quota", [REQUESTS, CALLS], ids=lambda q: q.measure.value)
async def test_a_cluster_counts_as_well(redis_cluster: RedisCluster, quota: Quota) -> None:
    config = config_of(redis_cluster.url, cluster=True)
    async with replica(config, quota) as (quotas, _):
        taken = [await quotas.take("acme", 1) for _ in range(3)]
        quotas.charge("acme", [CALL] * 3)
        await quotas.settled()
        taken += [await quotas.take("acme", 1) for _ in range(2)]
    assert not any(t.alone for t in taken)
    assert taken[-1].refused is not None
