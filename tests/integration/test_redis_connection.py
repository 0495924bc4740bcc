"""The ways to reach Redis: TLS, users, sentinels, clusters, and many reads as one."""

import asyncio
import os
from collections import Counter
from functools import partial
from pathlib import Path

import pytest
from pydantic import ValidationError
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from candor.adapters.cache.together import JoinedReads
from candor.adapters.redis import Connection, RedisConfig, SentinelConfig, open_connection
from candor.domain.errors import RedisUnavailable
from tests.papers import issue
from tests.redis_server import RedisCluster, RedisServer, TlsRedis, WatchedRedis, until

SECRET = "hunter2-is-secret"
PATIENT = 5_000


async def ping(connection: Connection) -> bool:
    return bool(await connection.run(lambda client: client.ping()))


async def refusal(config: RedisConfig) -> RedisUnavailable:
    async with open_connection(config) as connection:
        with pytest.raises(RedisUnavailable) as caught:
            await ping(connection)
    return caught.value


async def test_tls_needs_the_right_authority_and_our_certificate(
    tls_redis: TlsRedis, tmp_path: Path
) -> None:
    async with open_connection(tls_redis.config(timeout_ms=PATIENT)) as connection:
        assert await ping(connection)
    (tmp_path / "others").mkdir()
    stranger = str(issue(tmp_path / "others").authority)
    await refusal(tls_redis.config(timeout_ms=PATIENT, ca_file=stranger))
    await refusal(tls_redis.config(timeout_ms=PATIENT, cert_file=None, key_file=None))


async def test_a_user_with_few_rights_is_enough_and_no_more(redis_server: RedisServer) -> None:
    async with Redis(port=redis_server.port) as redis:
        await redis.execute_command(  # type: ignore[no-untyped-call] # no types there
            *("ACL SETUSER candor on", f">{SECRET}", "~candor:*", "&candor:*"),
            *("+ping", "+mget", "+set"),
        )
    config = RedisConfig(
        url=redis_server.url, username="candor", password=SECRET, timeout_ms=PATIENT
    )
    async with open_connection(config) as connection:
        assert await ping(connection)
        assert await connection.run(lambda c: c.set("candor:x", "1"))
        with pytest.raises(RedisUnavailable) as caught:
            await connection.run(lambda c: c.set("theirs", SECRET))
    assert caught.value.reason == "denied"
    assert SECRET not in f"{caught.value!r} {config!r} {config.model_dump_json()}"


async def test_a_wrong_password_is_denied_and_not_repeated(
    redis_binary: str, tmp_path: Path
) -> None:
    server = RedisServer(redis_binary, tmp_path, password="the-right-one")
    await server.start()
    try:
        error = await refusal(RedisConfig(url=server.url, password=SECRET, timeout_ms=PATIENT))
    finally:
        await server.kill()
    assert error.reason == "denied"
    assert SECRET not in f"{error!r}"


async def test_a_sentinel_that_is_away_is_passed_over(watched_redis: WatchedRedis) -> None:
    sentinel = SentinelConfig(
        hosts=("127.0.0.1:1", watched_redis.sentinel), service=watched_redis.service
    )
    config = RedisConfig(sentinel=sentinel, timeout_ms=PATIENT)
    async with open_connection(config) as connection:
        assert await ping(connection)


async def test_a_service_that_sentinels_do_not_know_is_unavailable(
    watched_redis: WatchedRedis,
) -> None:
    sentinel = SentinelConfig(hosts=(watched_redis.sentinel,), service="nobody")
    error = await refusal(RedisConfig(sentinel=sentinel, timeout_ms=1_000))
    assert "nobody" in str(error)


async def test_after_a_failover_the_new_master_is_used(watched_redis: WatchedRedis) -> None:
    service = watched_redis.service
    sentinel = SentinelConfig(hosts=(watched_redis.sentinel,), service=service)
    config = RedisConfig(sentinel=sentinel, timeout_ms=1_000)
    async with (
        open_connection(config) as connection,
        Redis(port=watched_redis.watcher.port) as watcher,
    ):
        assert await ping(connection)
        # It looks every ten seconds, else.
        await watcher.execute_command("SENTINEL", "DEBUG", "info-period", "200")  # type: ignore[no-untyped-call] # no types there
        await until(lambda: hands_over(watcher, service), 20)
        await until(partial(writes_to, connection, watched_redis.replica), 20)


async def hands_over(watcher: Redis, service: str) -> bool:
    try:
        await watcher.execute_command("SENTINEL", "FAILOVER", service)  # type: ignore[no-untyped-call] # no types there
    except ResponseError:
        # It has not looked at the replica yet.
        return False
    return True


async def writes_to(connection: Connection, server: RedisServer) -> bool:
    mark = os.urandom(8).hex()
    try:
        await connection.run(lambda client: client.set("mark", mark))
    except RedisUnavailable:
        return False
    async with Redis(port=server.port) as redis:
        info = await redis.info("replication")
        return info["role"] == "master" and await redis.get("mark") == mark.encode()


async def commands(redis: Redis) -> Counter[str]:
    stats = await redis.info("commandstats")
    return Counter({name.removeprefix("cmdstat_"): one["calls"] for name, one in stats.items()})


async def test_reads_of_one_turn_are_one_command(redis_server: RedisServer) -> None:
    config = RedisConfig(url=redis_server.url, timeout_ms=PATIENT)
    async with open_connection(config) as connection, Redis(port=redis_server.port) as redis:
        await redis.mset({f"k{n}": str(n) for n in range(40)})
        reads = JoinedReads(connection)
        found = await asyncio.gather(*(reads.get(f"k{n % 41}") for n in range(50)))
        assert found == [None if n == 40 else str(n % 41).encode() for n in range(50)]
        assert (await commands(redis))["mget"] == 1


async def test_who_comes_while_others_are_on_their_way_goes_with_the_next(
    redis_server: RedisServer,
) -> None:
    config = RedisConfig(url=redis_server.url, timeout_ms=PATIENT)
    async with open_connection(config) as connection, Redis(port=redis_server.port) as redis:
        reads = JoinedReads(connection)
        first = asyncio.create_task(reads.get("k"))
        for _ in range(3):
            await asyncio.sleep(0)  # by now it is on its way
        late = [asyncio.create_task(reads.get(f"k{n}")) for n in range(20)]
        await asyncio.gather(first, *late)
        assert (await commands(redis))["mget"] == 2


async def test_a_caller_that_goes_away_takes_nobodys_answer_with_it(
    redis_server: RedisServer,
) -> None:
    config = RedisConfig(url=redis_server.url, timeout_ms=PATIENT)
    async with open_connection(config) as connection, Redis(port=redis_server.port) as redis:
        await redis.set("k", "v")
        reads = JoinedReads(connection)
        first, second = (asyncio.create_task(reads.get("k")) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        assert await second == b"v"


async def test_a_cluster_whose_node_died_serves_the_others(redis_cluster: RedisCluster) -> None:
    for node in redis_cluster.nodes:
        async with Redis(port=node.port) as redis:
            await redis.config_set("cluster-require-full-coverage", "no")
    config = RedisConfig.model_validate(
        # A breaker for each node there is not: with the default, all of them rest a second.
        {"url": redis_cluster.url, "cluster": True, "timeout_ms": 500}
        | {"breaker": {"failures": 1_000}}
    )
    async with open_connection(config) as connection:
        names = [f"k{n}" for n in range(30)]
        for name in names:
            await connection.run(partial(put, name=name))
        await redis_cluster.nodes[2].kill()
        found = [await known(connection, name) for name in names]
        assert sum(found) > 10


async def put(client: Redis, name: str) -> None:
    await client.set(name, name)


async def known(connection: Connection, name: str) -> bool:
    try:
        return await connection.run(lambda client: client.get(name)) == name.encode()
    except RedisUnavailable:
        return False


async def test_what_is_published_is_heard(redis_server: RedisServer) -> None:
    config = RedisConfig(url=redis_server.url, timeout_ms=PATIENT)
    async with open_connection(config) as connection, connection.listening("news") as heard:
        await connection.run(lambda client: client.publish("news", "first"))
        assert await anext(heard) == b"first"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"url": "redis://r:6379/0", "ca_file": "ca.pem"}, "rediss"),
        ({"url": "rediss://r:6379/0", "key_file": "key.pem"}, "cert_file"),
        ({"cluster": True, "sentinel": {"hosts": ["s:26379"], "service": "m"}}, "exclude"),
        ({"cluster": True, "url": "redis://r:6379/1"}, "database 0"),
        ({"sentinel": {"hosts": ["s"], "service": "m"}}, "host:26379"),
        ({"sentinel": {"hosts": [f"u:{SECRET}@s:1"], "service": "m"}}, "host:26379"),
    ],
)
def test_what_does_not_fit_together_is_refused(settings: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told) as caught:
        RedisConfig.model_validate(settings)
    assert SECRET not in str(caught.value)
