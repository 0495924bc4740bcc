"""Forgetting verdicts everywhere."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from redis.asyncio import Redis
from typer.testing import CliRunner, Result

from candor.adapters.cache import RedisCacheConfig
from candor.adapters.cache.clearing import clear
from candor.adapters.cache.keys import CLEARED
from candor.adapters.cache.levels import TwoLevelCache
from candor.adapters.redis import Connection, RedisConfig, open_connection
from candor.cli.main import app
from candor.domain.errors import ConfigError, InvalidExchange, RedisUnavailable
from candor.domain.ports import VerdictCache
from candor.settings import load
from candor.wiring import open_parts
from tests.ports import free_port
from tests.redis_server import RedisCluster, RedisServer, until
from tests.reports import a_report

PATIENT = 5_000


@pytest.fixture
async def connection(redis_server: RedisServer) -> AsyncIterator[Connection]:
    async with open_connection(RedisConfig(url=redis_server.url, timeout_ms=PATIENT)) as opened:
        yield opened


async def two_processes(stack: AsyncExitStack, config: RedisConfig) -> list[TwoLevelCache]:
    """Both listen already."""
    caches = []
    for _ in range(2):
        connection = await stack.enter_async_context(open_connection(config))
        cache = await stack.enter_async_context(RedisCacheConfig().open(connection))
        assert isinstance(cache, TwoLevelCache)
        caches.append(cache)

    async def both_listen() -> bool:
        told = await connection.run(lambda client: client.pubsub_numsub(CLEARED))
        return dict(told)[CLEARED.encode()] == len(caches)

    await until(both_listen)
    return caches


async def nobody_knows(caches: list[TwoLevelCache], key: str) -> bool:
    return [await cache.get(key) for cache in caches] == [None] * len(caches)


async def test_a_clearing_reaches_every_process(redis_server: RedisServer) -> None:
    config = RedisConfig(url=redis_server.url, timeout_ms=PATIENT)
    async with AsyncExitStack() as stack, open_connection(config) as connection:
        caches = await two_processes(stack, config)
        for key in ("aaaa:1", "aaaa:2", "bbbb:1"):
            await caches[0].put(key, a_report())
            await caches[1].get(key)
        assert await clear(connection, "aaaa:") == 2
        await until(lambda: nobody_knows(caches, "aaaa:1"), 5)
        assert [await cache.get("bbbb:1") for cache in caches] == [a_report()] * 2


async def test_clearing_goes_over_many_batches_and_leaves_what_is_not_ours(
    redis_server: RedisServer, connection: Connection
) -> None:
    async with Redis(port=redis_server.port) as redis:
        await redis.mset({f"candor:verdict:v1:aaaa:{n}": "x" for n in range(2_000)})
        await redis.mset({"candor:jobs:v1:x": "x", "theirs": "x"})
        assert await clear(connection) == 2_000
        assert sorted(await redis.keys("*")) == [b"candor:jobs:v1:x", b"theirs"]
        assert await clear(connection) == 0


async def test_what_looks_like_a_pattern_is_taken_literally(
    redis_server: RedisServer, connection: Connection
) -> None:
    async with Redis(port=redis_server.port) as redis:
        await redis.set("candor:verdict:v1:aaaa:1", "x")
        assert await clear(connection, "*") == 0
        assert await clear(connection, "[a]aaa:") == 0


async def test_what_was_read_before_a_clearing_does_not_come_back_after_it(
    redis_server: RedisServer, connection: Connection
) -> None:
    async with RedisCacheConfig().open(connection) as cache:
        assert isinstance(cache, TwoLevelCache)
        await cache.put("k", a_report())
        cache.forget()
        reading = asyncio.create_task(cache.get("k"))
        await asyncio.sleep(0)
        cache.forget()
        assert await reading == a_report()
        assert len(cache) == 0


async def test_a_cluster_forgets_on_every_master(redis_cluster: RedisCluster) -> None:
    config = RedisConfig(url=redis_cluster.url, cluster=True, timeout_ms=PATIENT)
    async with AsyncExitStack() as stack, open_connection(config) as connection:
        cache: VerdictCache = await stack.enter_async_context(RedisCacheConfig().open(connection))
        for number in range(60):
            await cache.put(f"aaaa:{number}", a_report())
        for node in redis_cluster.nodes:
            async with Redis(port=node.port) as redis:
                assert await redis.dbsize() > 0
        assert await clear(connection, "aaaa:") == 60
        for node in redis_cluster.nodes:
            async with Redis(port=node.port) as redis:
                assert await redis.dbsize() == 0


def written(tmp_path: Path, cache: str) -> str:
    file = tmp_path / "candor.yaml"
    file.write_text(f"cache: {cache}\nocr: {{kind: none}}\n", encoding="utf-8")
    return str(file)


async def ran(*words: str) -> Result:
    return await asyncio.to_thread(lambda: CliRunner().invoke(app, ["cache", "clear", *words]))


async def test_the_command_forgets_the_verdicts_of_a_policy_or_a_version(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    config = written(tmp_path, f'{{kind: redis, url: "{redis_server.url}"}}')
    async with open_parts(load(Path(config))) as parts:
        version = parts.monitor.policies["default"].now().ref.version
    async with Redis(port=redis_server.port) as redis:
        for name in (f"{version}:x", "abcd:x", "beef:x", "beef:y"):
            await redis.set(f"candor:verdict:v1:{name}", "x")
        for choice, said in (
            (("--policy", "default"), "1 verdicts forgotten\n"),
            (("--version", "abcd"), "1 verdicts forgotten\n"),
            (("--all",), "2 verdicts forgotten\n"),
        ):
            told = await ran(*choice, "--config", config)
            assert (told.exit_code, told.stdout) == (0, said), told.output
        assert await redis.dbsize() == 0


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ((), InvalidExchange),
        (("--all", "--policy", "default"), InvalidExchange),
        (("--version", "a*"), InvalidExchange),
        (("--policy", "nobody"), InvalidExchange),
    ],
)
async def test_the_command_says_what_it_needs(
    words: tuple[str, ...], error: type[Exception], tmp_path: Path
) -> None:
    config = written(tmp_path, '{kind: redis, url: "redis://127.0.0.1:1/0"}')
    told = await ran(*words, "--config", config)
    assert isinstance(told.exception, error)


async def test_the_command_has_nothing_to_do_where_each_process_remembers_for_itself(
    tmp_path: Path,
) -> None:
    told = await ran("--all", "--config", written(tmp_path, "{kind: memory}"))
    assert isinstance(told.exception, ConfigError)
    assert "restart" in str(told.exception)


async def test_a_redis_that_is_away_is_named(tmp_path: Path) -> None:
    config = written(tmp_path, f'{{kind: redis, url: "redis://127.0.0.1:{free_port()}/0"}}')
    told = await ran("--all", "--config", config)
    assert isinstance(told.exception, RedisUnavailable)
