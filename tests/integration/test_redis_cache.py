"""What goes wrong between us and Redis, on real sockets."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from pydantic import ValidationError
from redis.asyncio import Redis

from candor.adapters.cache import RedisCacheConfig
from candor.adapters.cache.shared import RedisCache
from candor.adapters.redis import RedisConfig, open_connection
from candor.domain.errors import CacheUnavailable, RedisUnavailable
from tests.ports import free_port
from tests.redis_server import RedisServer, until
from tests.reports import a_report

SECRET = "hunter2-is-secret"
LIMIT = 0.2
# What a busy machine may add.
MARGIN = 0.3


@asynccontextmanager
async def cache_at(url: str, ttl_seconds: int = 60, **redis: object) -> AsyncIterator[RedisCache]:
    """One that goes on asking: what the breaker does has tests of its own."""
    known = {"url": url, "timeout_ms": LIMIT * 1000, "breaker": {"failures": 1_000}, **redis}
    config = RedisCacheConfig.model_validate(
        {"ttl_seconds": ttl_seconds, "local": {"max_entries": 0}}
    )
    async with (
        open_connection(RedisConfig.model_validate(known)) as connection,
        config.open(connection) as cache,
    ):
        assert isinstance(cache, RedisCache)
        yield cache


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def tcp_server(talk: Talk) -> AsyncIterator[str]:
    """Yields its address as a Redis URL."""

    async def closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(closing, "127.0.0.1", 0) as server:
        yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"


def saying(answer: bytes) -> Talk:
    """The same to every command it hears."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while heard := await reader.read(65536):
            writer.write(answer * heard.count(b"*"))

    return talk


async def refused(cache: RedisCache) -> list[CacheUnavailable]:
    """Every operation is refused in time; hands back what they said."""
    return [
        await refusal(cache.get("k")),
        await refusal(cache.put("k", a_report())),
        await refusal(cache.ping()),
    ]


async def refusal(operation: Awaitable[object]) -> CacheUnavailable:
    started = time.monotonic()
    with pytest.raises(CacheUnavailable) as caught:
        await operation
    assert time.monotonic() - started < LIMIT + MARGIN
    return caught.value


async def test_nobody_listening_is_cache_unavailable() -> None:
    async with cache_at(f"redis://127.0.0.1:{free_port()}/0") as cache:
        for error in await refused(cache):
            assert "127.0.0.1" in str(error)
            assert error.__cause__ is not None


async def test_a_name_that_does_not_resolve_is_cache_unavailable() -> None:
    async with cache_at("redis://no-such-host.invalid:6379/0") as cache:
        await refused(cache)


async def test_a_server_that_accepts_and_never_answers_is_given_up_in_time() -> None:
    async with tcp_server(saying(b"")) as url, cache_at(url) as cache:
        for error in await refused(cache):
            assert isinstance(error.__cause__, RedisUnavailable)
            assert error.__cause__.reason == "timeout"


async def test_a_server_that_drips_its_answer_is_given_up_in_time() -> None:
    # A time-out per read would start again with every byte.
    drips = []

    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"$1000\r\n")
        while not writer.is_closing():
            writer.write(b"x")
            drips.append(b"x")
            await writer.drain()
            await asyncio.sleep(LIMIT / 10)

    async with tcp_server(drip) as url, cache_at(url) as cache:
        await refusal(cache.get("k"))
    assert len(drips) > 3


@pytest.mark.parametrize(
    "garbage",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x00\xff\xfe\xfd",
        b"$99999999999999999999\r\n",
        b":nine\r\n",
        b"-ERR unknown \xff\xfe\r\n",
        b"-LOADING Redis is loading the dataset in memory\r\n",
        b"*2\r\n+a\r\n",
        b"*2\r\n+a\r\n+b\r\n",
        b"*0\r\n",
        b":7\r\n",
        b"+fine\r\n",
        b"$3\r\nabc\r\n",
        b"*-9\r\n",
    ],
)
async def test_garbage_for_an_answer_is_cache_unavailable(garbage: bytes) -> None:
    async with tcp_server(saying(garbage)) as url, cache_at(url) as cache:
        with pytest.raises(CacheUnavailable):
            await cache.get("k")


@pytest.mark.parametrize(
    "odd", [b"*1\r\n:7\r\n", b"*1\r\n+fine\r\n", b"*1\r\n$1\r\nx\r\n", b"*1\r\n*0\r\n"]
)
async def test_an_answer_that_is_no_report_is_a_miss(odd: bytes) -> None:
    async with tcp_server(saying(odd)) as url, cache_at(url) as cache:
        assert await cache.get("k") is None


async def test_a_server_that_hangs_up_is_cache_unavailable() -> None:
    async def hang_up(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read(1)

    async with tcp_server(hang_up) as url, cache_at(url) as cache:
        await refused(cache)


async def test_verdicts_come_again_after_a_restart_with_the_same_client(
    redis_server: RedisServer,
) -> None:
    async with cache_at(redis_server.url) as cache:
        await cache.put("k", a_report())
        await redis_server.kill()
        await refused(cache)
        await redis_server.start()
        assert await cache.get("k") is None
        await cache.put("k", a_report())
        assert await cache.get("k") == a_report()


async def test_a_restart_between_two_requests_is_not_noticed(redis_server: RedisServer) -> None:
    async with cache_at(redis_server.url) as cache:
        await asyncio.gather(*(cache.put(f"k{n}", a_report()) for n in range(8)))
        await redis_server.stop()
        await redis_server.start()
        assert await asyncio.gather(*(cache.get(f"k{n}") for n in range(8))) == [None] * 8


async def test_a_redis_that_comes_up_after_us_is_found(redis_server: RedisServer) -> None:
    await redis_server.stop()
    async with cache_at(redis_server.url) as cache:
        await refused(cache)
        await redis_server.start()
        await cache.ping()


async def test_a_hung_redis_costs_its_time_and_serves_again_when_it_wakes(
    redis_server: RedisServer,
) -> None:
    async with cache_at(redis_server.url) as cache:
        await cache.put("k", a_report())
        redis_server.hang()
        await refused(cache)
        redis_server.wake()
        assert await cache.get("k") == a_report()


async def test_a_late_answer_is_never_taken_for_the_answer_to_another_question(
    redis_server: RedisServer,
) -> None:
    async with cache_at(redis_server.url, max_connections=1) as cache:
        await cache.put("a", a_report("first"))
        await cache.put("b", a_report("second"))
        redis_server.hang()
        with pytest.raises(CacheUnavailable):
            await cache.get("a")
        redis_server.wake()
        assert await cache.get("b") == a_report("second")
        assert await cache.get("a") == a_report("first")


async def test_a_caller_that_goes_away_leaves_a_clean_connection_behind(
    redis_server: RedisServer,
) -> None:
    async with cache_at(redis_server.url, max_connections=1, timeout_ms=5_000) as cache:
        await cache.put("a", a_report("first"))
        await cache.put("b", a_report("second"))
        for pause in (0, 0, 0.0001, 0.0003, 0.001):
            asking = asyncio.create_task(cache.get("a"))
            await asyncio.sleep(pause)
            asking.cancel()
            assert await cache.get("b") == a_report("second")


async def test_all_connections_in_use_means_waiting_not_failing(redis_server: RedisServer) -> None:
    async with cache_at(redis_server.url, max_connections=2, timeout_ms=5_000) as cache:
        await cache.put("k", a_report())
        answers = await asyncio.gather(*(cache.get("k") for _ in range(50)))
        assert answers == [a_report()] * 50


async def test_waiting_for_a_connection_ends_in_time() -> None:
    async with tcp_server(saying(b"")) as url, cache_at(url, max_connections=1) as cache:
        started = time.monotonic()
        answers = await asyncio.gather(
            *(cache.get("k") for _ in range(20)), return_exceptions=True
        )
        assert time.monotonic() - started < LIMIT + MARGIN
        assert all(isinstance(answer, CacheUnavailable) for answer in answers)


@pytest.fixture
async def locked_server(redis_binary: str, tmp_path: Path) -> AsyncIterator[RedisServer]:
    server = RedisServer(redis_binary, tmp_path, password=SECRET)
    await server.start()
    try:
        yield server
    finally:
        await server.kill()


async def test_the_password_opens_a_locked_redis(locked_server: RedisServer) -> None:
    async with cache_at(locked_server.url, password=SECRET) as cache:
        await cache.put("k", a_report())
        assert await cache.get("k") == a_report()


async def test_a_password_in_the_url_opens_a_locked_redis(locked_server: RedisServer) -> None:
    url = locked_server.url.replace("//", f"//default:{SECRET}@")
    async with cache_at(url) as cache:
        await cache.ping()


@pytest.mark.parametrize("password", [None, "wrong-password-here"])
async def test_without_the_right_password_the_cache_is_unavailable(
    locked_server: RedisServer, password: str | None
) -> None:
    async with cache_at(locked_server.url, password=password) as cache:
        for error in await refused(cache):
            assert "wrong-password-here" not in f"{error} {error!r}"


async def test_reports_are_stored_under_our_name_for_their_time(
    redis_server: RedisServer,
) -> None:
    async with (
        cache_at(redis_server.url, ttl_seconds=50) as cache,
        Redis(port=redis_server.port) as redis,
    ):
        await cache.put("k", a_report())
        assert await redis.keys("*") == [b"candor:verdict:v1:k"]
        assert 40 < await redis.ttl("candor:verdict:v1:k") <= 50


async def test_a_report_damaged_in_redis_is_a_miss(redis_server: RedisServer) -> None:
    async with cache_at(redis_server.url) as cache, Redis(port=redis_server.port) as redis:
        await cache.put("k", a_report())
        await redis.append("candor:verdict:v1:k", b"x")
        assert await cache.get("k") is None


async def test_a_report_that_is_not_unicode_is_not_stored_and_not_fatal(
    redis_server: RedisServer,
) -> None:
    async with cache_at(redis_server.url) as cache:
        with pytest.raises(CacheUnavailable, match="JSON"):
            await cache.put("k", a_report(reason="\ud800"))


async def test_the_database_in_the_url_is_the_one_in_use(redis_server: RedisServer) -> None:
    other = redis_server.url.removesuffix("0") + "3"
    async with cache_at(redis_server.url) as here, cache_at(other) as there:
        await here.put("k", a_report())
        assert await there.get("k") is None


async def test_a_full_redis_is_cache_unavailable(redis_server: RedisServer) -> None:
    async with cache_at(redis_server.url) as cache, Redis(port=redis_server.port) as redis:
        await redis.config_set("maxmemory", "1")
        with pytest.raises(CacheUnavailable):
            await cache.put("k", a_report())


async def test_closing_gives_every_connection_back(redis_server: RedisServer) -> None:
    async with Redis(port=redis_server.port) as redis:
        async with cache_at(redis_server.url) as cache:
            await asyncio.gather(*(cache.get("k") for _ in range(5)))
            assert len(await redis.client_list()) > 1
        await until(partial(only_one_client, redis))


async def only_one_client(redis: Redis) -> bool:
    return len(await redis.client_list()) == 1


def test_a_password_in_the_url_is_kept_out_of_sight() -> None:
    config = RedisConfig(url=f"rediss://me:{SECRET}%40@redis.example:6380/2")
    assert config.url == "rediss://redis.example:6380/2"
    assert config.username == "me"
    assert config.password is not None
    assert config.password.get_secret_value() == f"{SECRET}@"
    assert SECRET not in f"{config!r} {config} {config.model_dump_json()}"


def test_a_password_given_by_itself_wins_over_the_one_in_the_url() -> None:
    given = {"url": "redis://:old@redis:6379/0", "password": "new"}
    config = RedisConfig.model_validate(given)
    assert config.password is not None
    assert config.password.get_secret_value() == "new"


@pytest.mark.parametrize(
    "url",
    [
        f"http://:{SECRET}@redis:6379",
        f"redis://:{SECRET}",
        f"redis://user:{SECRET}/more@redis:6379/0",
        f"redis://:{SECRET}@redis:6379/0?socket_timeout=9",
        f"redis://redis:6379/0?password={SECRET}",
        f"redis://:{SECRET}@redis:6379/first",
        f"redis://:{SECRET}@redis:port/0",
        f"redis://:{SECRET}@[::1/0",
        "",
        "localhost:6379",
    ],
)
def test_a_url_that_we_cannot_use_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        RedisConfig(url=url)
    assert SECRET not in str(caught.value)


def test_an_authority_without_tls_is_refused() -> None:
    with pytest.raises(ValidationError, match="rediss"):
        RedisConfig(url="redis://redis:6379/0", ca_file="/etc/ca.pem")
