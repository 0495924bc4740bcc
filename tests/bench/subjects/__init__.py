"""What is measured. To add a subject: a module with a `measure`, and its name here."""

from collections.abc import Awaitable, Callable

from tests.bench.effort import Effort
from tests.bench.rows import Row
from tests.bench.subjects import (
    cached,
    debates,
    grounded,
    installs,
    joined,
    ledger,
    memory,
    pictures,
    screening,
    starts,
    steady,
    transport,
    workers,
)

Measure = Callable[[Effort], Awaitable[list[Row]]]

SUBJECTS: dict[str, Measure] = {
    "cached": cached.measure,
    "redis": cached.measure_redis,
    "joined": joined.measure,
    "screen": screening.measure,
    "grounded": grounded.measure,
    "debate": debates.measure,
    "steady": steady.measure,
    "workers": workers.measure,
    "transport": transport.measure,
    "intake": pictures.measure_intake,
    "marks": pictures.measure_marks,
    "ledger": ledger.measure,
    "memory": memory.measure,
    "start": starts.measure,
    "install": installs.measure,
}
