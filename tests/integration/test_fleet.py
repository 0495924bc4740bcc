"""Two real replicas, a real Redis and a model endpoint that takes its time, over sockets."""

import asyncio
import base64
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.images import source
from tests.model_server import ModelServer, plays_along
from tests.redis_server import RedisServer, until
from tests.service import Service, serving

CALLS_OF_A_DEBATE = 5
# What a busy machine may add to a deadline.
MARGIN = 1.5
PICTURE = base64.b64encode(source(Image.new("RGB", (64, 64), "white")).data).decode()
UNSEEN = "Of a picture that was not sent."
CONFIG = """
redis: {{url: "{redis}", timeout_ms: 1000}}
cache: {{kind: redis}}
fleet: {{lease_ms: 1500}}
ocr: {{kind: none}}
models: {{judge: {{base_url: "{model}", model: loopback}}}}
policies:
  default: {{tiers: [{{kind: debate, affirmer: judge, negator: judge, judge: judge, rounds: 2}}]}}
"""


@dataclass(frozen=True)
class Fleet:
    one: Service
    other: Service
    model: ModelServer
    client: httpx.AsyncClient

    async def asked(self, at: Service, response: str, **options: object) -> httpx.Response:
        body: dict[str, Any] = {"prompt": "How much?", "response": response, "options": options}
        if response != UNSEEN:
            body["images"] = [{"data": PICTURE}]
        return await self.client.post(f"{at.base_url}/v1/monitor", json=body)

    def many(self, at: Service, response: str, count: int) -> "list[asyncio.Task[Any]]":
        return [asyncio.create_task(self.asked(at, response)) for _ in range(count)]

    async def at_work(self, calls: int = 1) -> None:
        async def begun() -> bool:
            return len(self.model.requests) >= calls

        await until(begun)

    async def counted(self, at: Service, series: str) -> float:
        text = (await self.client.get(f"{at.base_url}/metrics")).text
        lines = [line for line in text.splitlines() if line.startswith(series)]
        return sum(float(line.rpartition(" ")[2]) for line in lines)


@asynccontextmanager
async def a_fleet(redis: RedisServer, folder: Path, delay: float) -> AsyncIterator[Fleet]:
    """Each model call takes `delay` seconds."""
    # A connection per request: one that is used again may be closed at that very moment.
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    async with httpx.AsyncClient(trust_env=False, timeout=30, limits=limits) as client:
        with ExitStack() as stack:
            model = stack.enter_context(ModelServer(plays_along(delay)))
            config = CONFIG.format(redis=redis.url, model=model.base_url)
            folders = [folder / "one", folder / "other"]
            for each in folders:
                each.mkdir()
            starts = [
                asyncio.to_thread(stack.enter_context, serving(each, config)) for each in folders
            ]
            one, other = await asyncio.gather(*starts)
            yield Fleet(one, other, model, client)


def verdicts(answers: "list[httpx.Response]") -> Counter[tuple[int, str]]:
    return Counter((answer.status_code, answer.json()["outcome"]) for answer in answers)


async def test_two_hundred_identical_requests_at_two_replicas_are_one_debate(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    async with a_fleet(redis_server, tmp_path, delay=0.3) as fleet:
        tasks = [t for at in (fleet.one, fleet.other) for t in fleet.many(at, "12.40", 100)]
        answers = await asyncio.gather(*tasks)
        assert verdicts(answers) == {(200, "deceptive"): 200}
        assert len(fleet.model.requests) == CALLS_OF_A_DEBATE
        told = Counter(answer.headers["x-candor-cache"] for answer in answers)
        assert told["miss"] == 1
        paid = sum(answer.json()["usage"]["model_calls"] for answer in answers)
        assert paid == CALLS_OF_A_DEBATE, "counted once"
        joined = [
            await fleet.counted(at, 'candor_joins_total{where="fleet"}')
            for at in (fleet.one, fleet.other)
        ]
        assert sum(joined) == 1, "one of each replica waits for the other"

        # A debate that settles nothing is not remembered, but it is shared.
        tasks = [t for at in (fleet.one, fleet.other) for t in fleet.many(at, UNSEEN, 20)]
        answers = await asyncio.gather(*tasks)
        assert verdicts(answers) == {(200, "inconclusive"): 40}
        assert Counter(a.headers["x-candor-cache"] for a in answers) == {"miss": 1, "joined": 39}

        # No request waits past its deadline, however long the other replica takes.
        before = len(fleet.model.requests)
        leader = fleet.many(fleet.one, "13.50", 1)
        await fleet.at_work(before + 1)
        started = time.monotonic()
        hasty = await fleet.asked(fleet.other, "13.50", deadline_ms=300)
        assert time.monotonic() - started < 0.3 + MARGIN
        assert hasty.json()["outcome"] == "inconclusive"
        assert verdicts(await asyncio.gather(*leader)) == {(200, "deceptive"): 1}
        assert len(fleet.model.requests) == before + CALLS_OF_A_DEBATE


async def test_when_the_leader_is_killed_another_replica_takes_over(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    async with a_fleet(redis_server, tmp_path, delay=0.3) as fleet:
        orphans = fleet.many(fleet.one, "12.40", 1)
        await fleet.at_work()
        orphans += fleet.many(fleet.one, "12.40", 99)
        others = fleet.many(fleet.other, "12.40", 100)
        await fleet.at_work(2)
        fleet.one.process.kill()
        started = time.monotonic()
        answers = await asyncio.gather(*others)
        took = time.monotonic() - started
        assert verdicts(answers) == {(200, "deceptive"): 100}
        assert len(fleet.model.requests) <= 2 * CALLS_OF_A_DEBATE
        assert took < 1.5 + CALLS_OF_A_DEBATE * 0.3 + MARGIN, "the rest of a lease, and a debate"
        lost = await asyncio.gather(*orphans, return_exceptions=True)
        assert all(isinstance(error, httpx.TransportError) for error in lost)
        assert await fleet.counted(fleet.other, "candor_fleet_takeovers_total") == 1


async def test_a_replica_that_is_stopped_leaves_no_lease_behind(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    async with a_fleet(redis_server, tmp_path, delay=0.2) as fleet:
        leader = fleet.many(fleet.one, "12.40", 1)
        await fleet.at_work()
        others = fleet.many(fleet.other, "12.40", 10)
        await asyncio.to_thread(fleet.one.stop)
        answers = await asyncio.gather(*leader, *others)
        assert verdicts(answers) == {(200, "deceptive"): 11}
        assert len(fleet.model.requests) == CALLS_OF_A_DEBATE


@pytest.mark.parametrize("how", ["gone", "hung"])
async def test_when_redis_goes_away_everybody_still_gets_a_verdict(
    redis_server: RedisServer, tmp_path: Path, how: str
) -> None:
    async with a_fleet(redis_server, tmp_path, delay=0.3) as fleet:
        first = fleet.many(fleet.one, "12.40", 1)
        await fleet.at_work()
        rest = [t for at in (fleet.one, fleet.other) for t in fleet.many(at, "12.40", 25)]
        await fleet.at_work(2)
        if how == "gone":
            await redis_server.kill()
        else:
            redis_server.hang()
        answers = await asyncio.gather(*first, *rest)
        assert verdicts(answers) == {(200, "deceptive"): 51}
        assert len(fleet.model.requests) <= 2 * CALLS_OF_A_DEBATE, "each replica on its own"
        assert await fleet.counted(fleet.other, "candor_fleet_errors_total") >= 1
