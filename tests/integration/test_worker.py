"""`candor worker` as a process of its own, killed and told to end in the middle of a job."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from candor.adapters.queue import JobsConfig
from candor.adapters.redis import RedisConfig
from candor.domain.jobs.ports import JobQueue
from candor.domain.jobs.values import JobRecord, JobState, NewJob
from tests.chaos.fleet import CONFIG, Workers
from tests.model_server import ModelServer, hangs, plays_along
from tests.redis_server import RedisServer

BODY = b'{"prompt": "How much?", "response": "You spent 12.40."}'
# A worker starts in a second, and in many on a busy machine.
PATIENCE = 60


@pytest.fixture
async def queue(redis_server: RedisServer) -> AsyncIterator[JobQueue]:
    config = JobsConfig.model_validate({"kind": "redis"})
    async with config.open(RedisConfig(url=redis_server.url, timeout_ms=5000)) as queue:
        yield queue


@asynccontextmanager
async def one_worker(
    folder: Path, redis: RedisServer, model: ModelServer
) -> AsyncIterator[Workers]:
    text = CONFIG.format(
        redis=redis.url, receiver="127.0.0.1:9", model=model.base_url, concurrency=2
    )
    config = folder / "candor.yaml"
    config.write_text(text + "server: {shutdown_seconds: 1}\n", encoding="utf-8")
    workers = Workers(config, wanted=1)
    workers.fill()
    try:
        yield workers
    finally:
        workers.end()


async def when(queue: JobQueue, name: str, state: JobState) -> JobRecord:
    async with asyncio.timeout(PATIENCE):
        while True:
            record = await queue.job(name)
            assert record is not None
            if record.state is state:
                return record
            await asyncio.sleep(0.05)


async def test_the_job_of_a_killed_worker_is_done_by_the_next(
    queue: JobQueue, redis_server: RedisServer, tmp_path: Path
) -> None:
    name = (await queue.submit(NewJob("t", BODY))).id
    with ModelServer(hangs(), plays_along()) as model:
        async with one_worker(tmp_path, redis_server, model) as workers:
            await when(queue, name, JobState.RUNNING)
            workers.kill()
            workers.fill()
            record = await when(queue, name, JobState.DONE)
    assert record.attempts == 2
    assert record.result


async def test_a_worker_told_to_end_hands_its_job_back_and_ends_well(
    queue: JobQueue, redis_server: RedisServer, tmp_path: Path
) -> None:
    name = (await queue.submit(NewJob("t", BODY))).id
    with ModelServer(hangs()) as model:
        async with one_worker(tmp_path, redis_server, model) as workers:
            await when(queue, name, JobState.RUNNING)
            assert await asyncio.to_thread(workers.stop) == [0]
    record = await queue.job(name)
    assert record is not None
    assert record.state is JobState.WAITING
    assert (await queue.depth()).running == 0
