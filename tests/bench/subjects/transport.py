"""The HTTP client towards model endpoints: 300 KB bodies, 64 at once. In process."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median

import httpx
from pydantic import BaseModel

from candor.adapters.vlm import OpenAICompatibleConfig
from candor.adapters.vlm.transport import open_http
from candor.domain.ports import Message
from candor.domain.vision.image import ModelImage
from tests.bench import processes, samples
from tests.bench.effort import Effort
from tests.bench.rows import Row, quantile, ratios

_AT_ONCE = 64
Call = Callable[[], Awaitable[object]]


class _Form(BaseModel):
    """What the reply is asked to be; nothing is enforced."""


async def measure(effort: Effort) -> list[Row]:
    image = samples.jpeg_of(225)
    with processes.uvicorn("tests.bench.endpoint:app") as endpoint:
        base_url = f"http://127.0.0.1:{endpoint.port}/50/v1"
        async with open_http() as chosen, httpx.AsyncClient(trust_env=False, timeout=60) as plain:
            ways = [
                _complete(base_url, chosen, image),
                _post(base_url, chosen, image),
                _post(base_url, plain, image),
            ]
            waves = [[await _wave(way) for way in ways] for _ in range(effort.repeats)]
    adapter, ours, theirs = (list(way) for way in zip(*waves, strict=True))
    return [
        _row("model call, whole adapter", adapter, theirs),
        _row("model call, transport alone", ours, theirs),
    ]


@dataclass(frozen=True, slots=True)
class _Wave:
    cpu_seconds: float
    wall_seconds: float
    latencies: list[float]


async def _wave(call: Call) -> _Wave:
    """Each of 64 callers calls twice."""
    latencies: list[float] = []

    async def caller() -> None:
        for _ in range(2):
            started = time.perf_counter()
            await call()
            latencies.append(time.perf_counter() - started)

    cpu, wall = time.process_time(), time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(_AT_ONCE):
            group.create_task(caller())
    return _Wave(time.process_time() - cpu, time.perf_counter() - wall, latencies)


def _post(base_url: str, http: httpx.AsyncClient, image: bytes) -> Call:
    body = samples.data_url(image).encode()

    async def call() -> None:
        (await http.post(f"{base_url}/chat/completions", content=body)).raise_for_status()

    return call


def _complete(base_url: str, http: httpx.AsyncClient, image: bytes) -> Call:
    config = OpenAICompatibleConfig(base_url=base_url, model="any")
    model = config.build("loopback", http)
    messages = [Message("user", ("Look.", ModelImage("image/jpeg", image, 1024, 768)))]
    return lambda: model.complete(messages, _Form)


def _row(name: str, ours: list[_Wave], plain: list[_Wave]) -> Row:
    calls = len(ours[0].latencies)
    latencies = [taken for wave in ours for taken in wave.latencies]
    details = {
        "CPU ms": median(wave.cpu_seconds for wave in ours) / calls * 1e3,
        "httpx CPU ms": median(wave.cpu_seconds for wave in plain) / calls * 1e3,
        "calls/s": calls / median(wave.wall_seconds for wave in ours),
        "httpx calls/s": calls / median(wave.wall_seconds for wave in plain),
        "p99 ms": quantile(latencies, 0.99) * 1e3,
    }
    cpu = ratios([w.cpu_seconds for w in ours], [w.cpu_seconds for w in plain])
    return Row.of(f"{name}: CPU", cpu, "x httpx", details=details)
