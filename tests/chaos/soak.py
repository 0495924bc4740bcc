"""Minutes of mixed load on several worker processes: does anything grow, fail, or go uncounted?

python -m tests.chaos.soak                       10 minutes, 4 workers
python -m tests.chaos.soak --minutes 2 --json soak.json

The remembered verdicts are bounded so tightly that they are full within the first minute:
otherwise memory would be seen filling up as it is meant to.
"""

import argparse
import asyncio
import itertools
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

import httpx
import uvloop
from rich.console import Console

from tests.bench import machine, processes, samples
from tests.bench.processes import Server
from tests.redis_server import RedisServer, find_redis_server, until
from tests.scrape import Scrape

GROWTH = 0.05
_CONFIG = """
server: {{workers: {workers}, memo_entries: 100}}
{cache}
models: {{loopback: {{base_url: "http://127.0.0.1:{port}/20/v1", model: any}}}}
policies:
  default: {{tiers: [{{kind: screen}}, {{kind: debate}}]}}
  grounded: {{tiers: [{{kind: debate}}]}}
  models:
    tiers: [{{kind: debate, affirmer: loopback, negator: loopback, judge: loopback, rounds: 2}}]
"""
_REDIS = """
redis: {{url: "{url}", timeout_ms: 1000}}
cache: {{kind: redis, local: {{max_entries: 50}}}}
"""
_MEMORY = "cache: {kind: memory, max_entries: 50}"
_SETTLED_SECONDS = 15.0


@dataclass(frozen=True)
class Plan:
    minutes: float = 10.0
    workers: int = 4
    connections: int = 12
    settle_seconds: float = 60.0
    """What is reached then is what memory is held against."""
    seed: int = 5


@dataclass
class Counted:
    """What the client saw, and what the metrics should therefore say."""

    statuses: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    caches: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    unexpected: Counter[str] = field(default_factory=Counter)
    """Answers with another status than the kind of request has."""
    model_calls: int = 0

    def take(self, ask: "_Ask", answer: httpx.Response) -> None:
        self.kinds[ask.kind] += 1
        self.statuses[str(answer.status_code)] += 1
        if answer.status_code != ask.status:
            self.unexpected[f"{ask.kind}: {answer.status_code}"] += 1
        if answer.status_code == 200:
            self.outcomes[answer.headers["x-candor-outcome"]] += 1
            self.caches[answer.headers["x-candor-cache"]] += 1
            self.model_calls += answer.json()["usage"]["model_calls"]


@dataclass(frozen=True)
class Found:
    """`memory` is the sum over workers in MB by seconds since the load began."""

    asked: int
    counted: Counted
    differences: Sequence[str]
    memory: Mapping[float, float]
    growth: float
    exit_code: int

    def misses(self) -> list[str]:
        """What is not as promised."""
        told = [f"{kind} unexpected x {n}" for kind, n in self.counted.unexpected.items()]
        told += self.differences
        told += [f"memory grew by {self.growth:.1%}"] if self.growth >= GROWTH else []
        return told + ([f"it ended with {self.exit_code}"] if self.exit_code else [])


@dataclass(frozen=True)
class _Ask:
    kind: str
    request: Callable[[httpx.AsyncClient], httpx.Request]
    status: int = 200


class _Traffic:
    """Deals out requests of all kinds, by their weights."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._numbers = itertools.count()
        self._photos = [samples.jpeg_of(size) for size in (60, 300)]
        self._receipts = samples.receipts(12)
        self._kinds: dict[Callable[[], _Ask], int] = {
            self._known: 40,
            self._fresh: 15,
            self._screened: 15,
            self._image: 8,
            self._file: 4,
            self._grounded: 4,
            self._debated: 8,
            self._broken: 2,
            self._misnamed: 2,
            self._no_image: 2,
        }

    def next(self) -> _Ask:
        (kind,) = self._chance.choices(list(self._kinds), list(self._kinds.values()))
        return kind()

    def _prompt(self, number: int | None = None) -> dict[str, str]:
        """One that was never used, without a number."""
        return {
            "prompt": f"How much was it? ({next(self._numbers) if number is None else number})"
        }

    def _known(self) -> _Ask:
        # Fewer than are remembered, so that most are known.
        return _posted("known", samples.exchange() | self._prompt(-self._chance.randint(1, 20)))

    def _fresh(self) -> _Ask:
        return _posted("fresh", samples.exchange() | self._prompt())

    def _screened(self) -> _Ask:
        options = {"stop_after": "screen", "cache": "bypass"}
        return _posted("screen only", samples.exchange(options=options))

    def _image(self) -> _Ask:
        photo = self._chance.choice(self._photos)
        return _posted("image", samples.exchange(photo) | self._prompt())

    def _file(self) -> _Ask:
        fields = samples.exchange() | self._prompt()
        files = [("images", ("a.jpg", self._photos[0], "image/jpeg"))]
        return _Ask(
            "multipart",
            lambda client: client.build_request("POST", samples.PATH, data=fields, files=files),
        )

    def _grounded(self) -> _Ask:
        receipt = self._chance.choice(self._receipts)
        exchange = samples.exchange(receipt, policy="grounded") | self._prompt()
        return _posted("grounded", exchange)

    def _debated(self) -> _Ask:
        return _posted(
            "model debate",
            samples.exchange(self._photos[0], policy="models") | self._prompt(),
        )

    def _broken(self) -> _Ask:
        return _Ask("no JSON", lambda client: _raw(client, b'{"prompt": '), 422)

    def _misnamed(self) -> _Ask:
        return _posted("no such policy", samples.exchange(policy="nobody"), 422)

    def _no_image(self) -> _Ask:
        return _posted("no image", samples.exchange(b"this is not an image"), 422)


def _posted(kind: str, fields: Mapping[str, object], status: int = 200) -> _Ask:
    body = json.dumps(fields).encode()
    return _Ask(kind, lambda client: _raw(client, body), status)


def _raw(client: httpx.AsyncClient, body: bytes) -> httpx.Request:
    headers = {"content-type": "application/json"}
    return client.build_request("POST", samples.PATH, content=body, headers=headers)


async def run(plan: Plan, folder: Path) -> Found:
    async with AsyncExitStack() as stack:
        cache = await stack.enter_async_context(_cache(folder))
        endpoint = stack.enter_context(processes.uvicorn("tests.bench.endpoint:app"))
        config = _CONFIG.format(workers=plan.workers, cache=cache, port=endpoint.port)
        with processes.candor(config) as server:
            counted, memory = await _load(plan, server)
            differences = await _differences(server, counted)
        return Found(
            asked=sum(counted.kinds.values()),
            counted=counted,
            differences=differences,
            memory=memory,
            growth=_growth(memory, plan),
            exit_code=server.exit_code() or 0,
        )


@asynccontextmanager
async def _cache(folder: Path) -> AsyncIterator[str]:
    """The part of the configuration; Redis where it is installed."""
    binary = find_redis_server()
    if binary is None:
        yield _MEMORY
        return
    redis = RedisServer(binary, folder)
    await redis.start()
    try:
        yield _REDIS.format(url=redis.url)
    finally:
        await redis.kill()


async def _load(plan: Plan, server: Server) -> tuple[Counted, dict[float, float]]:
    counted, memory, traffic = Counted(), dict[float, float](), _Traffic(plan.seed)
    started = time.monotonic()
    end = started + plan.minutes * 60

    async def caller(client: httpx.AsyncClient) -> None:
        while time.monotonic() < end:
            ask = traffic.next()
            counted.take(ask, await client.send(ask.request(client)))

    async def watch() -> None:
        while time.monotonic() < end:
            sizes = [processes.resident_megabytes(pid) for pid in server.workers()]
            memory[round(time.monotonic() - started, 1)] = round(sum(sizes), 1)
            await asyncio.sleep(1)

    limits = httpx.Limits(max_connections=plan.connections)
    # Now and then a new connection, so that all workers have their share.
    async with (
        httpx.AsyncClient(
            base_url=server.base_url, limits=limits, timeout=60, trust_env=False
        ) as client,
        asyncio.TaskGroup() as group,
    ):
        group.create_task(watch())
        for _ in range(plan.connections):
            group.create_task(caller(client))
    return counted, memory


async def _differences(server: Server, counted: Counted) -> list[str]:
    """Between the client's numbers and the service's own, once nothing is under way."""

    async def idle() -> bool:
        return (await server.metrics()).total("in_flight") == 0

    await until(idle)
    # Known verdicts are counted a moment later.
    await asyncio.sleep(0.2)
    said = await server.metrics()
    return [
        f"{what}: client {ours}, metrics {theirs}"
        for what, (ours, theirs) in _sides(said, counted).items()
        if ours != theirs
    ]


def _sides(said: Scrape, counted: Counted) -> dict[str, tuple[object, object]]:
    return {
        "outcomes": (dict(counted.outcomes), said.by("verdicts_total", "outcome")),
        "cache results": (dict(counted.caches), said.by("cache_requests_total", "result")),
        "answers with 200": (counted.statuses["200"], said.total("request_seconds_count")),
        "turned away": (
            counted.statuses["429"] + counted.statuses["503"],
            said.total("shed_total"),
        ),
        "model calls": (counted.model_calls, said.total("model_calls_total")),
    }


def _growth(memory: Mapping[float, float], plan: Plan) -> float:
    """From the end of the first minute to the end, each the middle of some seconds. Of a run
    that is not twice as long: from its middle."""
    last = max(memory)
    settled = min(plan.settle_seconds, last / 2)

    def around(begin: float) -> float:
        span = min(_SETTLED_SECONDS, last / 4)
        return median(mb for at, mb in memory.items() if begin <= at <= begin + span)

    return around(last - min(_SETTLED_SECONDS, last / 4)) / around(settled) - 1


def main() -> None:
    parser = argparse.ArgumentParser("python -m tests.chaos.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=Plan.minutes)
    parser.add_argument("--workers", type=int, default=Plan.workers)
    parser.add_argument("--connections", type=int, default=Plan.connections)
    parser.add_argument("--json", type=Path, metavar="FILE")
    asked = parser.parse_args()
    plan = Plan(asked.minutes, asked.workers, asked.connections)
    with tempfile.TemporaryDirectory() as folder:
        found = uvloop.run(run(plan, Path(folder)))
    _show(found)
    if asked.json:
        found_as_json = {**vars(found), "counted": vars(found.counted)}
        told = {"machine": machine.description(), "plan": asdict(plan), **found_as_json}
        asked.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    sys.exit(bool(found.misses()))


def _show(found: Found) -> None:
    console, counted = Console(width=120, highlight=False), found.counted
    for name in ("kinds", "statuses", "outcomes", "caches"):
        told = ", ".join(f"{what} {n}" for what, n in sorted(getattr(counted, name).items()))
        console.print(f"{name}: {told}")
    sizes = list(found.memory.values())
    console.print(f"memory of the workers: {sizes[0]:.0f} to {sizes[-1]:.0f} MB")
    console.print(f"growth once settled: {found.growth:+.1%}; model calls {counted.model_calls}")
    console.print(f"{found.asked} requests: {'; '.join(found.misses()) or 'as promised'}")


if __name__ == "__main__":
    main()
