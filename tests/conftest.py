import gc
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.postgres_server import PostgresServer, find_postgres
from tests.redis_server import (
    RedisCluster,
    RedisServer,
    TlsRedis,
    WatchedRedis,
    find_redis_server,
)

# Few examples on each run, many where somebody asks: CANDOR_TEST_EXAMPLES=2000. No deadline, for
# the machine has other work too; `make fuzz` searches by the million, with targets of its own.
settings.register_profile(
    "candor", max_examples=int(os.environ.get("CANDOR_TEST_EXAMPLES", "40")), deadline=None
)
settings.load_profile("candor")
# Before numpy is loaded, here and in what tests start: there is a test for each core already.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def pytest_collection_finish() -> None:
    """The tests themselves stay to the end: no need to look through them again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def redis_binary() -> str:
    """Set CANDOR_TEST_REDIS=required, as CI does, where a missing Redis must not go unseen."""
    binary = find_redis_server()
    if binary is not None:
        return binary
    missing = "redis-server is not on the PATH: install it (Debian: apt-get install redis-server)"
    if os.environ.get("CANDOR_TEST_REDIS") == "required":
        pytest.fail(missing)
    pytest.skip(missing)


@pytest.fixture
async def redis_server(redis_binary: str, tmp_path: Path) -> AsyncIterator[RedisServer]:
    """A Redis of the test's own, without a password."""
    server = RedisServer(redis_binary, tmp_path)
    await server.start()
    try:
        yield server
    finally:
        await server.kill()


@pytest.fixture
async def redis_cluster(redis_binary: str, tmp_path: Path) -> AsyncIterator[RedisCluster]:
    cluster = await RedisCluster.start(redis_binary, tmp_path)
    try:
        yield cluster
    finally:
        await cluster.kill()


@pytest.fixture
async def watched_redis(redis_binary: str, tmp_path: Path) -> AsyncIterator[WatchedRedis]:
    watched = await WatchedRedis.start(redis_binary, tmp_path)
    try:
        yield watched
    finally:
        await watched.kill()


@pytest.fixture
async def tls_redis(redis_binary: str, tmp_path: Path) -> AsyncIterator[TlsRedis]:
    locked = await TlsRedis.start(redis_binary, tmp_path)
    try:
        yield locked
    finally:
        await locked.kill()


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """One for all tests, each of which makes a database of its own. Set
    CANDOR_TEST_POSTGRES=required, as CI does, where a missing one must not go unseen."""
    binaries = find_postgres()
    if binaries is None:
        missing = "PostgreSQL is not installed (Debian: apt-get install postgresql)"
        if os.environ.get("CANDOR_TEST_POSTGRES") == "required":
            pytest.fail(missing)
        pytest.skip(missing)
    server = PostgresServer(binaries, tmp_path_factory.mktemp("postgres"))
    server.start()
    yield server
    server.kill()
