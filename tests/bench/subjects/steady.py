"""Every path under a constant rate of requests, beside the bare stack that is sent the same bytes
at the same rate: the wait of each is counted from when it was due."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from tests.bench import load, processes, samples
from tests.bench.effort import Effort
from tests.bench.load import Block
from tests.bench.processes import Server
from tests.bench.rows import Row

_CONFIG = """
models: {{loopback: {{base_url: "http://127.0.0.1:{port}/50/v1", model: any}}}}
policies:
  default: {{tiers: [{{kind: screen}}, {{kind: debate}}]}}
  grounded: {{tiers: [{{kind: debate}}]}}
  models:
    deadline_ms: 60000
    tiers: [{{kind: debate, affirmer: loopback, negator: loopback, judge: loopback, rounds: 2}}]
"""
_BLOCKS = 10
"""A window lasts so many of the effort's blocks: a p99 wants a few hundred requests."""


@dataclass(frozen=True, slots=True)
class _Path:
    """`expect` stands in each answer, so that no other path is measured."""

    name: str
    request: bytes
    per_second: float
    expect: bytes


def _paths() -> Iterator[_Path]:
    hit, bypass = b"x-candor-cache: hit", {"cache": "bypass"}
    text = samples.as_json(samples.exchange(prompt_bytes=1600))
    yield _Path("hit, 2 KB text", text, 500, hit)
    image = samples.jpeg_of(225)
    yield _Path("hit, 300 KB image", samples.as_json(samples.exchange(image)), 100, hit)
    form = samples.as_multipart(samples.exchange(), [samples.jpeg_of(300)])
    yield _Path("hit, 300 KB multipart", form, 100, hit)
    screen = samples.exchange(options={"stop_after": "screen", **bypass})
    yield _Path("screen only", samples.as_json(screen), 200, b'"decided_by":"screen"')
    (receipt,) = samples.receipts(1)
    grounded = samples.exchange(receipt, options=bypass, policy="grounded")
    yield _Path("grounded debate", samples.as_json(grounded), 20, b'"tier":"debate"')
    models = samples.exchange(samples.model_sized(), options=bypass, policy="models")
    yield _Path("model debate", samples.as_json(models), 10, b'"usage":{"model_calls":5,')


async def measure(effort: Effort) -> list[Row]:
    with (
        processes.uvicorn("tests.bench.endpoint:app") as endpoint,
        processes.uvicorn("tests.bench.bare:echo") as echo,
        processes.candor(_CONFIG.format(port=endpoint.port)) as candor,
    ):
        return [row for path in _paths() for row in await _compared(path, candor, echo, effort)]


async def _compared(path: _Path, candor: Server, echo: Server, effort: Effort) -> list[Row]:
    # Known, read and warm from here on.
    await load.block(candor, iter([path.request]), concurrency=1)
    pairs = [
        (await _window(path, candor, effort, path.expect), await _window(path, echo, effort))
        for _ in range(effort.pairs)
    ]
    ours, theirs = ([pair[which] for pair in pairs] for which in (0, 1))
    what = f"open loop: {path.name}, {path.per_second:g}/s"
    bare = Row.of(f"bare echo, {path.name}: CPU", _cpu(theirs), "µs", bare=True)
    return [_row(what, share, ours, theirs) for share in (0.5, 0.99)] + [bare]


async def _window(path: _Path, server: Server, effort: Effort, expect: bytes = b"") -> Block:
    return await load.steady(
        server,
        itertools.repeat(path.request),
        per_second=path.per_second,
        seconds=_BLOCKS * effort.block_seconds,
        expect=expect,
    )


def _row(what: str, share: float, ours: Sequence[Block], theirs: Sequence[Block]) -> Row:
    details = {
        "echo ms": median(block.millis(share) for block in theirs),
        "CPU µs": median(_cpu(ours)),
        "requests a round": float(len(ours[0].latencies)),
    }
    rounds = [block.millis(share) for block in ours]
    return Row.of(f"{what}: p{share * 100:.0f}", rounds, "ms", details=details)


def _cpu(blocks: Sequence[Block]) -> list[float]:
    return [block.cpu_micros for block in blocks]
