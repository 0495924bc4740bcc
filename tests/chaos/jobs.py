"""Jobs while workers are killed and Redis is restarted.

python -m tests.chaos.jobs                 1,000 jobs, one of three workers killed every 2 s
"""

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.chaos.fleet import CONFIG, Workers, killing, redis_on_disk, serving, stamp
from tests.model_server import ModelServer, plays_along
from tests.receiver import Receiver
from tests.redis_server import RedisServer

JOBS = "/v1/monitor/jobs"


@dataclass(frozen=True)
class Plan:
    jobs: int = 1000
    workers: int = 3
    concurrency: int = 4
    kill_every: float = 2.0
    model_seconds: float = 0.5
    give_up: float = 600
    seed: int = 4


@dataclass(frozen=True)
class Found:
    """What came of it. `told` counts events that were taken, `twice` those of them that were
    taken more than once (each time under another delivery id)."""

    states: dict[str, int]
    errors: dict[str, int]
    attempts: dict[int, int]
    killed: int
    redis_restarts: int
    told: int
    twice: int
    same_delivery_twice: int
    never_told: int
    dead_letters: int
    stored_bodies: int
    exit_codes: list[int]
    seconds: float


async def run(plan: Plan, binary: str, folder: Path) -> Found:
    with ModelServer(plays_along(plan.model_seconds)) as model, Receiver() as receiver:
        async with redis_on_disk(binary, folder) as redis:
            config = folder / "candor.yaml"
            text = CONFIG.format(
                redis=redis.url,
                receiver=receiver.host,
                model=model.base_url,
                concurrency=plan.concurrency,
            )
            config.write_text(text, encoding="utf-8")
            workers = Workers(config, plan.workers)
            try:
                async with serving(config) as base:
                    return await _hurt(plan, base, workers, redis, receiver)
            finally:
                workers.end()


async def _hurt(
    plan: Plan, base: str, workers: Workers, redis: RedisServer, receiver: Receiver
) -> Found:
    limits = httpx.Limits(max_connections=16)
    async with httpx.AsyncClient(
        base_url=base, trust_env=False, limits=limits, timeout=30
    ) as client:
        await _ready(client)
        workers.fill()
        started = stamp()
        chaos = asyncio.create_task(killing(workers, plan.kill_every, random.Random(plan.seed)))
        restart = asyncio.create_task(_restart(redis, receiver, plan.jobs // 3))
        try:
            async with asyncio.timeout(plan.give_up):
                names = await _submit_all(client, plan, receiver)
                records = [await _ended(client, name) for name in names]
                await restart
        finally:
            restart.cancel()
            chaos.cancel()
            await asyncio.wait([chaos, restart])
        seconds = stamp() - started
        await _all_told(receiver, names)
        letters = (await client.get("/v1/monitor/dead-letters")).json()["dead_letters"]
        codes = await asyncio.to_thread(workers.stop)
        bodies = await _bodies(redis)
        return _found(
            records=records,
            receiver=receiver,
            killed=workers.killed,
            letters=len(letters),
            bodies=bodies,
            codes=codes,
            seconds=seconds,
        )


async def _ready(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                if (await client.get("/readyz")).is_success:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)


async def _restart(redis: RedisServer, receiver: Receiver, after: int) -> None:
    """Once, when a third of the jobs is through; it is away for a second."""
    while len(receiver.taken) < after:  # noqa: ASYNC110 -- it runs in a thread
        await asyncio.sleep(0.05)
    await redis.stop()
    await asyncio.sleep(1)
    await redis.start()


async def _submit_all(client: httpx.AsyncClient, plan: Plan, receiver: Receiver) -> list[str]:
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(_submitted(client, number, receiver.url))
            for number in range(plan.jobs)
        ]
    return [task.result() for task in tasks]


async def _submitted(client: httpx.AsyncClient, number: int, url: str) -> str:
    body = {
        "prompt": "How much did I spend?",
        "response": f"You spent {number}.00 at the shop.",
        "metadata": {"tenant": f"tenant-{number % 4}"},
        "webhook": {"url": url},
    }
    while True:
        # With the same key, so that one whose answer was lost is not a second job.
        key = {"idempotency-key": f"key-{number}"}
        answer = await client.post(JOBS, json=body, headers=key, timeout=60)
        if answer.status_code == 202:
            return str(answer.json()["id"])
        assert answer.status_code == 503, answer.text
        await asyncio.sleep(0.5)


async def _ended(client: httpx.AsyncClient, name: str) -> dict[str, Any]:
    while True:
        answer = await client.get(f"{JOBS}/{name}")
        told: dict[str, Any] = answer.json()
        if answer.is_success and told["ended_at"] is not None:
            return told
        # A job that was taken is never unknown.
        assert answer.status_code in (200, 503), answer.text
        await asyncio.sleep(0.1)


async def _all_told(receiver: Receiver, names: list[str]) -> None:
    expected = {f"evt_{name}" for name in names}
    for _ in range(300):
        if expected <= {one.event for one in receiver.taken}:
            return
        await asyncio.sleep(0.1)


async def _bodies(redis: RedisServer) -> int:
    """Jobs whose content is still there."""
    from redis.asyncio import Redis  # noqa: PLC0415

    async with Redis(port=redis.port) as client:
        keys = [key async for key in client.scan_iter("candor:jobs:v1:{jobs}:job:*", count=1000)]
        found = [await client.hexists(key, "body") for key in keys]
    return sum(map(bool, found))


def _found(
    *,
    records: list[dict[str, Any]],
    receiver: Receiver,
    killed: int,
    letters: int,
    bodies: int,
    codes: list[int],
    seconds: float,
) -> Found:
    events = Counter(one.event for one in receiver.taken)
    deliveries = Counter(one.delivery for one in receiver.taken)
    return Found(
        states=dict(Counter(record["state"] for record in records)),
        errors=dict(Counter(r["error"]["type"] for r in records if r["error"])),
        attempts=dict(sorted(Counter(record["attempts"] for record in records).items())),
        killed=killed,
        redis_restarts=1,
        told=len(events),
        twice=sum(count > 1 for count in events.values()),
        same_delivery_twice=sum(count > 1 for count in deliveries.values()),
        never_told=len({f"evt_{record['id']}" for record in records} - set(events)),
        dead_letters=letters,
        stored_bodies=bodies,
        exit_codes=codes,
        seconds=round(seconds, 1),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=Plan.jobs)
    parser.add_argument("--kill-every", type=float, default=Plan.kill_every)
    asked = parser.parse_args()
    binary = shutil.which("redis-server")
    assert binary is not None, "redis-server is not on the PATH"
    with tempfile.TemporaryDirectory(prefix="candor-chaos-") as folder:
        plan = Plan(jobs=asked.jobs, kill_every=asked.kill_every)
        found = asyncio.run(run(plan, binary, Path(folder)))
    for name, value in asdict(found).items():
        sys.stdout.write(f"{name:22} {value}\n")


if __name__ == "__main__":
    main()
