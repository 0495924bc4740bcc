"""The debate that is code: first with the text of the image unread, then with it remembered."""

from statistics import median

from tests.bench import load, processes, samples
from tests.bench.effort import Effort
from tests.bench.load import Block
from tests.bench.processes import Server
from tests.bench.rows import Row

# Receipts are alike: every fourth is as good a round as any.
_STRIDE = 4
_CONFIG = "policies: {default: {tiers: [{kind: debate}]}}"


async def measure(effort: Effort) -> list[Row]:
    images = samples.receipts(4 * effort.repeats)
    options = {"cache": "bypass"}
    requests = [samples.as_json(samples.exchange(image, options=options)) for image in images]
    with processes.candor(_CONFIG) as candor:
        first = await _each_once(candor, requests)
        again = await _each_once(candor, requests)
    return [
        _row("grounded debate, text read first", first, None),
        _row("grounded debate, text remembered", again, 10.0),
    ]


async def _each_once(candor: Server, requests: list[bytes]) -> Block:
    expect = b'"tier":"debate","score":0'
    return await load.block(candor, iter(requests), concurrency=1, expect=expect)


def _row(name: str, block: Block, most: float | None) -> Row:
    details = {"CPU ms": block.cpu_micros / 1e3, **load.latency_details([block])}
    millis = [seconds * 1e3 for seconds in block.latencies]
    rounds = [median(millis[begin::_STRIDE]) for begin in range(_STRIDE)]
    return Row.of(name, rounds, "ms", target=most, details=details)
