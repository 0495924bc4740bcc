"""The first tier alone, on text with reasoning, beside a bare route on the same bytes."""

from statistics import median

from tests.bench import load, pairs, processes, samples
from tests.bench.effort import Effort
from tests.bench.pairs import Contender, cpu_micros
from tests.bench.rows import Row, differences

_OPTIONS = {"stop_after": "screen", "cache": "bypass"}


async def measure(effort: Effort) -> list[Row]:
    request = samples.as_json(samples.exchange(options=_OPTIONS))
    with (
        processes.uvicorn("tests.bench.bare:app") as fastapi,
        processes.candor(processes.WITHOUT_OCR) as candor,
    ):
        contenders = [
            Contender(candor, request, expect=b"x-candor-cache: bypass"),
            Contender(fastapi, request),
        ]
        return [
            await _row(contenders, concurrency, effort) for concurrency in effort.concurrencies
        ]


async def _row(contenders: list[Contender], concurrency: int, effort: Effort) -> Row:
    ours, bare = await pairs.interleaved(contenders, concurrency, effort)
    beyond = [us / 1e3 for us in differences(cpu_micros(ours), cpu_micros(bare))]
    details = {"CPU µs": median(cpu_micros(ours)), "FastAPI µs": median(cpu_micros(bare))}
    return Row.of(
        f"screen: CPU beyond a bare route, c={concurrency}",
        beyond,
        "ms",
        target=0.30 if concurrency == 16 else None,
        details=details | load.latency_details(ours),
    )
