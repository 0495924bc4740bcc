"""Two rounds between models that answer after 50 ms: what Candor adds to the waiting."""

import asyncio
import itertools
from collections.abc import Sequence
from statistics import median
from typing import Any

import httpx

from tests.bench import load, processes, samples
from tests.bench.effort import Effort
from tests.bench.load import Block
from tests.bench.processes import Server
from tests.bench.rows import Row, quantile
from tests.scrape import Scrape

_DELAY_MS = 50
_CALLS = 5
_CALLS_IN_A_ROW = 3
"""Of the five, where the debaters of a round speak at once."""
_ALL_CALLS = b'"usage":{"model_calls":%d,' % _CALLS
# Nobody is turned away: measured is how long all of them take.
_CONFIG = """
ocr: {{kind: none}}
admission: {{debates: 128}}
models:
  loopback: {{base_url: "http://127.0.0.1:{port}/{delay}/v1", model: any}}
policies:
  default:
    deadline_ms: 60000
    tiers: [{{kind: debate, affirmer: loopback, negator: loopback, judge: loopback, rounds: 2}}]
  side-by-side:
    deadline_ms: 60000
    tiers:
      - {{kind: debate, affirmer: loopback, negator: loopback, judge: loopback, rounds: 2,
         order: simultaneous}}
"""


async def measure(effort: Effort) -> list[Row]:
    request = _request(samples.model_sized())
    with (
        processes.uvicorn("tests.bench.endpoint:app") as endpoint,
        processes.uvicorn("tests.bench.bare_debate:app") as bare,
        processes.candor(_CONFIG.format(port=endpoint.port, delay=_DELAY_MS)) as candor,
    ):
        await _debates(candor, request, 2, 1)
        rows = await _rows_alone(candor, bare, endpoint, effort)
        larger = await _debates(candor, _request(samples.jpeg_of(400)), 2 * effort.repeats, 1)
        rows.append(Row("model debate, alone, a larger image: CPU", _cpu_millis([larger]), "ms"))
        for many in effort.crowds:
            rows += await _rows_together(candor, request, many, effort)
        rows += await _rows_of_the_loop(candor, request, effort)
    return rows


def _request(image: bytes, **more: Any) -> bytes:
    return samples.as_json(samples.exchange(image, options={"cache": "bypass"}, **more))


async def _debates(candor: Server, request: bytes, count: int, at_once: int) -> Block:
    return await _answers(candor, request, count, at_once, _ALL_CALLS)


async def _answers(
    server: Server, request: bytes, count: int, at_once: int, expect: bytes
) -> Block:
    requests = itertools.repeat(request, count)
    return await load.block(server, requests, concurrency=at_once, expect=expect)


async def _rows_alone(candor: Server, bare: Server, endpoint: Server, effort: Effort) -> list[Row]:
    """In turns, so that all are measured on the same machine."""
    kinds = [
        (candor, _request(samples.model_sized()), _ALL_CALLS),
        (candor, _request(samples.model_sized(), policy="side-by-side"), _ALL_CALLS),
        *((bare, _bare_request(endpoint, at_once=at_once), b"A1.1") for at_once in (False, True)),
    ]
    for server, request, expect in kinds:
        await _answers(server, request, 2, 1, expect)
    await _served_millis(endpoint)
    rounds = [
        [await _answers(server, request, 4, 1, expect) for server, request, expect in kinds]
        for _ in range(effort.repeats)
    ]
    alone, at_once, bare_alone, bare_at_once = (list(kind) for kind in zip(*rounds, strict=True))
    served = await _served_millis(endpoint)
    return [
        _beyond("model debate, alone", alone, _CALLS, served, 25.0),
        _beyond("model debate, alone, debaters at once", at_once, _CALLS_IN_A_ROW, served, 15.0),
        _beyond("bare debate", bare_alone, _CALLS, served),
        _beyond("bare debate, debaters at once", bare_at_once, _CALLS_IN_A_ROW, served),
        Row("model debate, alone: CPU", _cpu_millis(alone), "ms", 13.0),
        Row("model debate, alone, debaters at once: CPU", _cpu_millis(at_once), "ms", 13.0),
        Row("bare debate: CPU", _cpu_millis(bare_alone), "ms", bare=True),
        Row("bare debate, debaters at once: CPU", _cpu_millis(bare_at_once), "ms", bare=True),
    ]


def _bare_request(endpoint: Server, *, at_once: bool) -> bytes:
    url = f"{endpoint.base_url}/{_DELAY_MS}/v1"
    fields = samples.exchange(samples.model_sized(), endpoint=url, at_once=at_once)
    return samples.as_json(fields)


async def _served_millis(endpoint: Server) -> float:
    """What an answer really took the endpoint, since this was last asked."""
    async with httpx.AsyncClient(trust_env=False) as client:
        served: list[float] = (await client.get(f"{endpoint.base_url}/served")).json()
    return median(served) * 1e3


def _beyond(
    what: str, blocks: Sequence[Block], calls: int, served: float, most: float | None = None
) -> Row:
    beyond = [median(block.latencies) * 1e3 - calls * served for block in blocks]
    name = f"{what}: time beyond {calls} x {_DELAY_MS} ms"
    details = load.latency_details(blocks) | {"model ms": served}
    return Row.of(name, beyond, "ms", target=most, details=details, bare=most is None)


def _cpu_millis(blocks: Sequence[Block]) -> float:
    return median(block.cpu_micros for block in blocks) / 1e3


async def _rows_together(
    candor: Server, request: bytes, at_once: int, effort: Effort
) -> list[Row]:
    # One wave after the other: the nominal time is that of a wave.
    waves = [await _debates(candor, request, at_once, at_once) for _ in range(effort.repeats)]
    together = f"model debate, {at_once} at once"
    nominal = _DELAY_MS * _CALLS / 1e3
    times = median(wave.wall_seconds for wave in waves) / nominal
    most = 2.0 if at_once == 20 else None
    return [
        Row(f"{together}: time of all", times, "x nominal", most, load.latency_details(waves)),
        Row(f"{together}: CPU", _cpu_millis(waves), "ms", 13.0),
    ]


async def _rows_of_the_loop(candor: Server, request: bytes, effort: Effort) -> list[Row]:
    """How long the event loop is blocked at most, and how long others wait meanwhile: a new
    connection and its answer take several turns of the loop."""
    done = asyncio.Event()
    before = await candor.metrics()
    watch = asyncio.create_task(_healths(candor, done))
    for _ in range(5 * effort.repeats):
        await _debates(candor, request, 20, 20)
    done.set()
    taken = await watch
    after = await candor.metrics()
    looks, punctual = (_more(before, after, le) for le in ("+Inf", "0.02"))
    details = {"p50 ms": quantile(taken, 0.5) * 1e3, "p99 ms": quantile(taken, 0.99) * 1e3}
    what = "model debate, 20 at once"
    return [
        Row(
            f"{what}: looks at the loop over 20 ms late",
            looks - punctual,
            "",
            0.0,
            {"looks": looks},
        ),
        Row(f"{what}: slowest /healthz", max(taken) * 1e3, "ms", None, details),
    ]


def _more(before: Scrape, after: Scrape, le: str) -> float:
    name = "loop_lag_seconds_bucket"
    return after.total(name, le=le) - before.total(name, le=le)


async def _healths(candor: Server, done: asyncio.Event) -> list[float]:
    taken: list[float] = []
    while not done.is_set():
        ping = await load.block(candor, iter([samples.get("/healthz")]), concurrency=1)
        taken += ping.latencies
        await asyncio.sleep(0.01)
    return taken
