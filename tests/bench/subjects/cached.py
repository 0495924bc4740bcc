"""A verdict that is already known, beside the bare stack reading the same bytes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.bench import load, pairs, processes, samples
from tests.bench.effort import Effort
from tests.bench.pairs import Contender, cpu_micros
from tests.bench.processes import Server
from tests.bench.rows import Row, differences, ratios
from tests.redis_server import RedisServer, find_redis_server

HIT = b"x-candor-cache: hit"
# Else the level in the process would answer, and Redis never be asked.
_ALL_FROM_REDIS = "local: {max_entries: 0}"


@dataclass(frozen=True, slots=True)
class _Body:
    name: str
    request: bytes
    json: bool
    most: float | None = None
    """Target: CPU time as a multiple of the echo's."""


def _bodies() -> Iterator[_Body]:
    text = samples.exchange(prompt_bytes=1600)
    yield _Body("2 KB text", samples.as_json(text), json=True, most=2.0)
    fields = samples.exchange()
    for kilobytes, most in ((60, None), (280, 2.3), (1500, None)):
        image = samples.jpeg_of(kilobytes)
        name = f"{kilobytes} KB image"
        yield _Body(name, samples.as_json(samples.exchange(image)), json=True, most=most)
        yield _Body(f"{name}, multipart", samples.as_multipart(fields, [image]), json=False)


async def measure(effort: Effort) -> list[Row]:
    with (
        processes.uvicorn("tests.bench.bare:echo") as echo,
        processes.uvicorn("tests.bench.bare:app") as fastapi,
        processes.candor() as candor,
    ):
        servers = _Servers(candor, echo, fastapi)
        bodies = [body for body in _bodies() if body.json or effort.multipart]
        return [row for body in bodies for row in await servers.compare(body, effort)]


@dataclass(frozen=True, slots=True)
class _Servers:
    candor: Server
    echo: Server
    fastapi: Server

    async def compare(self, body: _Body, effort: Effort) -> list[Row]:
        await _learn(self.candor, body.request)
        return [await self._row(body, concurrency, effort) for concurrency in effort.concurrencies]

    async def _row(self, body: _Body, concurrency: int, effort: Effort) -> Row:
        contenders = [
            Contender(self.candor, body.request, expect=HIT),
            Contender(self.echo, body.request),
        ]
        if body.json:
            contenders.append(Contender(self.fastapi, body.request))
        ours, echo, *fastapi = await pairs.interleaved(contenders, concurrency, effort)
        details = {"CPU µs": median(cpu_micros(ours)), "echo µs": median(cpu_micros(echo))}
        if fastapi:
            details["FastAPI µs"] = median(cpu_micros(fastapi[0]))
        return Row.of(
            f"cached: {body.name}, c={concurrency}",
            ratios(cpu_micros(ours), cpu_micros(echo)),
            "x echo",
            target=body.most if concurrency == 16 else None,
            details=details | load.latency_details(ours),
        )


async def _learn(candor: Server, request: bytes) -> None:
    """Judges once, so that what follows is known."""
    await load.block(candor, iter([request]), concurrency=1)


async def measure_redis(effort: Effort) -> list[Row]:
    """The same verdict from Redis and from memory: the difference is Redis's price."""
    binary = find_redis_server()
    if binary is None:
        return []
    with TemporaryDirectory() as directory:
        redis = RedisServer(binary, Path(directory))
        await redis.start()
        try:
            with _both_caches(redis.url) as contenders:
                return [await _redis_row(contenders, effort)]
        finally:
            await redis.kill()


@contextmanager
def _both_caches(url: str) -> Iterator[list[Contender]]:
    request = samples.as_json(samples.exchange(prompt_bytes=1600))
    with (
        processes.candor(
            f'{processes.WITHOUT_OCR}\ncache: {{kind: redis, url: "{url}", {_ALL_FROM_REDIS}}}'
        ) as remote,
        processes.candor(processes.WITHOUT_OCR) as local,
    ):
        yield [Contender(server, request, expect=HIT) for server in (remote, local)]


async def _redis_row(contenders: list[Contender], effort: Effort) -> Row:
    for contender in contenders:
        await _learn(contender.server, contender.request)
    remote, local = await pairs.interleaved(contenders, 16, effort)
    beyond = differences(cpu_micros(remote), cpu_micros(local))
    details = {"CPU µs": median(cpu_micros(remote)), "memory µs": median(cpu_micros(local))}
    details |= load.latency_details(remote)
    name = "cached in Redis: CPU beyond memory, c=16"
    return Row.of(name, beyond, "µs", target=20.0, details=details)
