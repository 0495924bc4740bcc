"""What a service holds before and after it has worked: known verdicts, large images, debates."""

import asyncio
from collections.abc import Iterator

from tests.bench import load, processes, samples
from tests.bench.effort import Effort
from tests.bench.processes import Server
from tests.bench.rows import Row

_SETTLE_SECONDS = 0.5
_CONFIG = """
{more}
models: {{loopback: {{base_url: "http://127.0.0.1:{port}/10/v1", model: any}}}}
policies:
  default: {{tiers: [{{kind: screen}}, {{kind: debate}}]}}
  models:
    tiers: [{{kind: debate, affirmer: loopback, negator: loopback, judge: loopback, rounds: 2}}]
"""


async def measure(effort: Effort) -> list[Row]:
    with processes.uvicorn("tests.bench.endpoint:app") as endpoint:
        return [
            await _row("without OCR", processes.WITHOUT_OCR, endpoint.port, effort),
            await _row("with OCR", "", endpoint.port, effort),
        ]


async def _row(what: str, more: str, port: int, effort: Effort) -> Row:
    with processes.candor(_CONFIG.format(more=more, port=port)) as candor:
        idle = await _settled(candor)
        for at_once in (1, 16):
            await load.block(candor, _mixed(8 * effort.repeats, at_once), concurrency=at_once)
        after = await _settled(candor)
    return Row(f"memory after load, {what}", after, "MB", details={"idle MB": idle})


def _mixed(count: int, salt: int) -> Iterator[bytes]:
    """Each once, so that all are worked out and all are remembered."""
    large = samples.jpeg_of(1100)
    (receipt,) = samples.receipts(1)
    for number in range(count):
        prompt = {"prompt": f"How much did I spend? ({salt}, {number})"}
        yield samples.as_json(samples.exchange(large) | prompt)
        yield samples.as_json(samples.exchange(receipt) | prompt)
        yield samples.as_json(samples.exchange(policy="models") | prompt)


async def _settled(candor: Server) -> float:
    await asyncio.sleep(_SETTLE_SECONDS)
    return candor.resident_megabytes()
