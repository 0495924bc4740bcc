"""From nothing to ready, and what an idle service holds."""

import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from statistics import median

from tests.bench import processes
from tests.bench.effort import Effort
from tests.bench.processes import Server
from tests.bench.rows import Row

# For what is still being freed or loaded after the first 200.
_SETTLE_SECONDS = 0.3


async def measure(effort: Effort) -> list[Row]:
    # Writes byte-code and warms the disk; not counted.
    _idle(processes.candor(processes.WITHOUT_OCR))
    return [
        *_rows("without OCR", processes.WITHOUT_OCR, 0.85, 90.0, effort),
        *_rows("with OCR", "{}", 3.0, 350.0, effort),
    ]


def _rows(
    what: str, config: str, most_seconds: float, most_megabytes: float, effort: Effort
) -> list[Row]:
    pairs = [
        (_idle(processes.candor(config)), _idle(processes.uvicorn("tests.bench.bare:app")))
        for _ in range(effort.repeats)
    ]
    ours, bare = zip(*pairs, strict=True)
    starts = [one.start_seconds for one in ours]
    sizes = [one.megabytes for one in ours]
    bare_start = {"bare FastAPI s": median(one.start_seconds for one in bare)}
    bare_size = {"bare FastAPI MB": median(one.megabytes for one in bare)}
    return [
        Row.of(f"start to ready, {what}", starts, "s", target=most_seconds, details=bare_start),
        Row.of(f"idle memory, {what}", sizes, "MB", target=most_megabytes, details=bare_size),
    ]


@dataclass(frozen=True, slots=True)
class _Idle:
    start_seconds: float
    megabytes: float


def _idle(server: AbstractContextManager[Server]) -> _Idle:
    with server as running:
        time.sleep(_SETTLE_SECONDS)
        return _Idle(running.start_seconds, running.resident_megabytes())
