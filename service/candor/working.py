"""Opens what jobs need, and works on them."""

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from candor.adapters.cache.sealing import Area
from candor.adapters.queue import JobsConfig
from candor.adapters.redis import RedisConfig
from candor.adapters.vlm.late_http import open_late_http
from candor.adapters.webhooks import AllowedHosts, open_sender
from candor.api.dependencies import State
from candor.api.desk import Desk
from candor.api.v1.job_judging import JobJudge
from candor.domain.beside import beside
from candor.domain.errors import ConfigError, QueueUnavailable
from candor.domain.jobs.ports import JobQueue
from candor.domain.jobs.postman import Postman
from candor.domain.jobs.worker import Pace, Worker
from candor.settings import Settings
from candor.telemetry.logs import Journal
from candor.telemetry.metrics import Metrics

_DEPTH_SECONDS = 5.0


def _uncounted(_: Area) -> None: ...


@asynccontextmanager
async def open_desk(
    settings: Settings,
    *,
    several: bool,
    unopened: Callable[[Area], object] = _uncounted,
    failed: Callable[[str], object] = str,
) -> AsyncIterator[Desk]:
    """`several`: other processes answer the same address, and would know nothing of jobs that
    are kept in this one. `unopened` hears of sealed jobs that no key opens, `failed`
    the reason of each operation on their Redis that failed.

    Raises: ConfigError.
    """
    jobs, sealer = settings.jobs, settings.privacy.sealer(unopened)
    async with jobs.open(_redis_of(settings), sealer, failed) as queue:
        taken = None if several and not queue.durable else queue
        yield Desk(taken, AllowedHosts(jobs.webhooks), jobs.limits)


def _redis_of(settings: Settings) -> RedisConfig:
    found = settings.shared_redis()
    if found is None and settings.jobs.kind == "redis":
        raise ConfigError("jobs: kind redis needs the section `redis` with a url")
    return found or RedisConfig()


@dataclass(frozen=True, slots=True)
class Told:
    """Counts ends, and writes down what nobody expected."""

    metrics: Metrics
    journal: Journal

    def ended(self, state: str, seconds: float) -> None:
        self.metrics.jobs.labels(state).inc()
        if state == "poisoned":
            self.metrics.dead_letters.labels("job").inc()
        else:
            self.metrics.job_seconds.observe(seconds)

    def crashed(self, job: str, error: Exception) -> None:
        self.journal.crash(error, job)

    def sent(self, result: str) -> None:
        self.metrics.webhook_deliveries.labels(result).inc()
        if result == "dead":
            self.metrics.dead_letters.labels("webhook").inc()


@asynccontextmanager
async def open_labour(config: JobsConfig, state: State, grace: float) -> AsyncIterator[None]:
    """Works on jobs and tells of their ends until it is left. What is running then has `grace`
    seconds to finish; the rest is handed back."""
    queue = state["desk"].submissions
    if queue is None:
        yield
        return
    told = Told(state["metrics"], Journal())
    async with (
        open_late_http() as http,
        open_sender(config.webhooks, state["desk"].destinations, http) as sender,
    ):
        pace = Pace(config.concurrency, config.limits.lease_seconds, config.idle_seconds, grace)
        worker = Worker(_name(), queue, JobJudge(state, Journal()), pace, told)
        postman = Postman(queue, sender, told.sent, idle=config.idle_seconds)
        tasks = [asyncio.create_task(worker.run()), asyncio.create_task(postman.run())]
        try:
            yield
        finally:
            worker.stop()
            postman.stop()
            await asyncio.wait(tasks, timeout=grace + config.webhooks.timeout_seconds)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


@asynccontextmanager
async def depth_observed(queue: JobQueue | None, metrics: Metrics) -> AsyncIterator[None]:
    """Shows how many jobs wait: the same number in every process that shares the queue."""
    if queue is None:
        yield
        return
    async with beside(_show_depth(queue, metrics)):
        yield


async def _show_depth(queue: JobQueue, metrics: Metrics) -> None:
    while True:
        with suppress(QueueUnavailable):
            depth = await queue.depth()
            for priority, count in depth.waiting.items():
                metrics.jobs_waiting.labels(priority).set(count)
        await asyncio.sleep(_DEPTH_SECONDS)


def _name() -> str:
    """Of this worker among all: for people who look into Redis."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
