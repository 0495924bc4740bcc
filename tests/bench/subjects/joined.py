"""Sixty-four callers with the same question at once: one debate, and what the waiting costs."""

import itertools
from collections.abc import Iterator

from tests.bench import load, processes, samples
from tests.bench.effort import Effort
from tests.bench.load import Block
from tests.bench.processes import Server
from tests.bench.rows import Row, differences, ratios

_AT_ONCE = 64
_CONFIG = """
{without_ocr}
models: {{loopback: {{base_url: "http://127.0.0.1:{port}/50/v1", model: any}}}}
policies:
  default:
    tiers: [{{kind: debate, affirmer: loopback, negator: loopback, judge: loopback, rounds: 2}}]
"""


async def measure(effort: Effort) -> list[Row]:
    with processes.uvicorn("tests.bench.endpoint:app") as endpoint:
        config = _CONFIG.format(without_ocr=processes.WITHOUT_OCR, port=endpoint.port)
        with processes.candor(config) as candor:
            fresh = _fresh()
            await _wave(candor, next(fresh), 1)
            pairs = [
                (await _wave(candor, next(fresh), _AT_ONCE), await _wave(candor, next(fresh), 1))
                for _ in range(2 * effort.repeats)
            ]
            await _check(candor, len(pairs))
    together, alone = ([pair[which] for pair in pairs] for which in (0, 1))
    return _rows(together, alone)


def _fresh() -> Iterator[bytes]:
    """No two the same question."""
    for number in itertools.count():
        fields = samples.exchange()
        yield samples.as_json(fields | {"prompt": f"{fields['prompt']} ({number})"})


async def _wave(candor: Server, request: bytes, at_once: int) -> Block:
    requests = itertools.repeat(request, at_once)
    return await load.block(candor, requests, concurrency=at_once)


async def _check(candor: Server, waves: int) -> None:
    counted = await candor.metrics()
    joined = counted.total("cache_requests_total", result="joined")
    if joined < 0.9 * waves * (_AT_ONCE - 1):
        raise RuntimeError(f"only {joined:.0f} of {waves * (_AT_ONCE - 1)} requests were joined")


def _rows(together: list[Block], alone: list[Block]) -> list[Row]:
    cpu = [
        more * 1e6 / (_AT_ONCE - 1)
        for more in differences(
            [wave.cpu_seconds for wave in together], [one.cpu_seconds for one in alone]
        )
    ]
    times = ratios([wave.wall_seconds for wave in together], [one.wall_seconds for one in alone])
    return [
        Row.of("joined: CPU of each who waits", cpu, "µs", details=load.latency_details(together)),
        Row.of(f"joined: {_AT_ONCE} at once, time of all", times, "x one alone"),
    ]
