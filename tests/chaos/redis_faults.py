"""A service whose Redis is gone, hung, slow or full, beside one that has no Redis.

python -m tests.chaos.redis_faults         every fault, in some two minutes

Every request asks something new, so that each would read, hold a lease and write.
"""

import argparse
import asyncio
import itertools
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import uvloop
from redis.asyncio import Redis
from rich.console import Console
from rich.table import Table

from tests.bench import load, machine, processes, samples
from tests.bench.load import Block
from tests.bench.processes import Server
from tests.bench.rows import quantile
from tests.faulty_proxy import FaultyProxy, Mode, faulty_proxy
from tests.redis_server import RedisServer, find_redis_server, until
from tests.scrape import Scrape

ADDED_MS = 5.0
BACK_SECONDS = 5.0
_CONFIG = """
ocr: {kind: none}
# Measured is what waits for Redis: nobody is turned away meanwhile.
admission: {judging: 256}
policies: {default: {tiers: [{kind: screen}]}}
"""
_REDIS = 'redis: {{url: "{url}", timeout_ms: {timeout_ms}}}\ncache: {{kind: redis}}\n'
_LACKS = b'"degraded":["cache"]'


@dataclass(frozen=True)
class Plan:
    """`rounds` of one window of `seconds` for each of both services, at so many requests a
    second; `first_seconds` of load while nobody knows of the fault yet."""

    rounds: int = 5
    seconds: float = 2.0
    per_second: float = 100.0
    first_seconds: float = 1.0
    timeout_ms: int = 50
    """Of an operation on Redis; the slow one takes 200 to answer."""


@dataclass(frozen=True)
class Found:
    """What one fault did. Milliseconds at p99 are those beyond the service without Redis;
    `errors` are operations by reason, `degraded` and `cache_errors` answers, as the metrics
    count them."""

    fault: str
    asked: int
    added_before: float
    added_at_first: float
    added_after: float
    added_median_after: float
    breaker_opened: bool
    degraded: int
    cache_errors: int
    errors: Mapping[str, float]
    back_seconds: float

    def misses(self) -> list[str]:
        """What is not as promised."""
        told = []
        if self.added_after >= ADDED_MS:
            told.append(f"{self.added_after:.1f} ms added")
        if self.back_seconds >= BACK_SECONDS:
            told.append(f"back after {self.back_seconds:.1f} s")
        return told + self.miscounts()

    def miscounts(self) -> list[str]:
        """The part of it that no busy machine excuses."""
        told = []
        if not self.degraded or self.degraded != self.cache_errors:
            told.append(f"{self.degraded} degraded, {self.cache_errors} cache errors")
        if self.breaker_opened is (self.fault == "full"):
            told.append(f"breaker {'opened' if self.breaker_opened else 'stayed closed'}")
        return told


@dataclass(frozen=True)
class _Fault:
    begin: Callable[[], Awaitable[object]]
    end: Callable[[], Awaitable[object]]
    silences: bool = True
    """Redis says nothing any more, or nothing in time: it is to be left alone."""


@dataclass
class _Stage:
    """Both services, and the Redis behind the first."""

    plan: Plan
    tried: Server
    calm: Server
    redis: RedisServer
    proxy: FaultyProxy
    questions: Iterator[bytes]

    def faults(self) -> dict[str, _Fault]:
        return {
            "gone": _Fault(self.redis.kill, self.redis.start),
            "hung": self._mode(Mode.HANG),
            "slow": self._mode(Mode.SLOW),
            "full": _Fault(lambda: self._memory("1"), lambda: self._memory("0"), False),
            "garbage": self._mode(Mode.GARBAGE),
        }

    def _mode(self, mode: Mode) -> _Fault:
        async def turn(to: Mode) -> None:
            self.proxy.mode = to

        return _Fault(lambda: turn(mode), lambda: turn(Mode.PASS))

    async def _memory(self, most: str) -> None:
        async with Redis(port=self.redis.port) as client:
            await client.config_set("maxmemory", most)

    async def suffer(self, name: str, fault: _Fault) -> Found:
        before = await self._pairs()
        # On a busy machine Redis may be left alone for a moment without any fault.
        await until(self._is_well, 10 * BACK_SECONDS)
        counts = await self.tried.metrics()
        await fault.begin()
        # Nothing is expected of the answers yet but that they are some.
        first = await self.window(self.tried, self.plan.first_seconds)
        if fault.silences:
            await until(self._asks_in_vain, 10 * BACK_SECONDS)
        opened = await self._left_alone()
        after = await self._pairs(_LACKS)
        lacking = await self.tried.metrics()
        back = await self._back(fault)
        calm = [block for _, block in before + after]
        return Found(
            fault=name,
            asked=sum(len(block.latencies) for block in (first, *(mine for mine, _ in after))),
            added_before=_added(before, 0.99),
            added_at_first=first.millis(0.99) - median(block.millis(0.99) for block in calm),
            added_after=_added(after, 0.99),
            added_median_after=_added(after, 0.5),
            breaker_opened=opened,
            degraded=round(_more(counts, lacking, "degraded_total", reason="cache")),
            cache_errors=round(_more(counts, lacking, "cache_errors_total")),
            errors=_errors(counts, lacking),
            back_seconds=back,
        )

    async def _pairs(self, expect: bytes = b"") -> list[tuple[Block, Block]]:
        seconds = self.plan.seconds
        return [
            (await self.window(self.tried, seconds, expect), await self.window(self.calm, seconds))
            for _ in range(self.plan.rounds)
        ]

    async def window(self, server: Server, seconds: float, expect: bytes = b"") -> Block:
        pace = self.plan.per_second
        return await load.steady(
            server, self.questions, per_second=pace, seconds=seconds, expect=expect
        )

    async def _back(self, fault: _Fault) -> float:
        """Seconds from the end of the fault until an answer lacks nothing."""
        await fault.end()
        ended = asyncio.get_running_loop().time()
        await until(self._is_well, 10 * BACK_SECONDS)
        return asyncio.get_running_loop().time() - ended

    async def _is_well(self) -> bool:
        with suppress(RuntimeError):
            well = b'"degraded":[]'
            await load.block(self.tried, iter([next(self.questions)]), concurrency=1, expect=well)
            return not await self._left_alone()
        return False

    async def _asks_in_vain(self) -> bool:
        await load.block(self.tried, iter([next(self.questions)]), concurrency=1)
        return await self._left_alone()

    async def _left_alone(self) -> bool:
        return (await self.tried.metrics()).total("redis_breaker_open") == 1


def _added(pairs: list[tuple[Block, Block]], share: float) -> float:
    """Over all windows of each: of one alone, p99 is the second slowest answer."""
    tried, calm = ([s for pair in pairs for s in pair[which].latencies] for which in (0, 1))
    return (quantile(tried, share) - quantile(calm, share)) * 1e3


def _more(before: Scrape, after: Scrape, name: str, **labels: str) -> float:
    return after.total(name, **labels) - before.total(name, **labels)


def _errors(before: Scrape, after: Scrape) -> dict[str, float]:
    old, new = (one.by("redis_errors_total", "reason") for one in (before, after))
    grown = {reason: count - old.get(reason, 0) for reason, count in new.items()}
    return {reason: count for reason, count in grown.items() if count}


async def run(plan: Plan, binary: str, folder: Path, only: Sequence[str] = ()) -> list[Found]:
    """Raises: RuntimeError when a request is not answered with a 200, or does not say that it
    lacks the cache; TimeoutError when the service does not recover."""
    async with AsyncExitStack() as stack:
        redis = RedisServer(binary, folder)
        stack.push_async_callback(redis.kill)
        await redis.start()
        proxy = await stack.enter_async_context(faulty_proxy(redis.port))
        calm = await _started(stack, _CONFIG)
        tried = await _started(
            stack, _CONFIG + _REDIS.format(url=proxy.url, timeout_ms=plan.timeout_ms)
        )
        stage = _Stage(plan, tried, calm, redis, proxy, _questions())
        for server in (tried, calm):
            await stage.window(server, 1.0)
        faults = stage.faults()
        return [await stage.suffer(name, faults[name]) for name in only or faults]


async def _started(stack: AsyncExitStack, config: str) -> Server:
    # In a thread: on its way up it already talks to the proxy, which lives in this loop.
    starting = processes.candor(config)
    server = await asyncio.to_thread(starting.__enter__)
    stack.push(starting)
    return server


def _questions() -> Iterator[bytes]:
    """No two the same."""
    fields = samples.exchange()
    for number in itertools.count():
        yield samples.as_json(fields | {"prompt": f"{fields['prompt']} ({number})"})


def main() -> None:
    parser = argparse.ArgumentParser("python -m tests.chaos.redis_faults", description=__doc__)
    parser.add_argument("--rounds", type=int, default=Plan.rounds)
    parser.add_argument("--seconds", type=float, default=Plan.seconds, help="of a window")
    parser.add_argument("--per-second", type=float, default=Plan.per_second)
    parser.add_argument("--only", action="append", default=[], help="may be repeated")
    parser.add_argument("--json", type=Path, metavar="FILE")
    asked = parser.parse_args()
    binary = find_redis_server()
    if binary is None:
        sys.exit("redis-server is not on the PATH: install it")
    plan = Plan(asked.rounds, asked.seconds, asked.per_second)
    with tempfile.TemporaryDirectory() as folder:
        found = uvloop.run(run(plan, binary, Path(folder), asked.only))
    _show(found)
    if asked.json:
        told = {"machine": machine.description(), "faults": [asdict(one) for one in found]}
        asked.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    sys.exit(any(one.misses() for one in found))


def _show(found: Sequence[Found]) -> None:
    table = Table("fault", title="ms at p99 beyond a service without Redis", box=None)
    for column in ("asked", "before", "at first", "after", "p50 after", "degraded", "back s"):
        table.add_column(column, justify="right")
    table.add_column("errors on Redis")
    table.add_column("")
    for one in found:
        times = (one.added_before, one.added_at_first, one.added_after, one.added_median_after)
        errors = ", ".join(f"{reason} {count:.0f}" for reason, count in one.errors.items())
        verdict = "; ".join(one.misses()) or "as promised"
        cells = (f"{one.degraded}", f"{one.back_seconds:.1f}", errors, verdict)
        table.add_row(one.fault, f"{one.asked}", *(f"{ms:.1f}" for ms in times), *cells)
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
