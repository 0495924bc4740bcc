"""Two worker processes beside one, on work that is all computing.

The load comes from this machine, so on two cores the second worker shares its core with it. What
two workers could do if it came from elsewhere follows from the CPU time that a request takes:
with twice the cores at hand, twice the pace where a request costs no more.
"""

from collections.abc import Sequence
from statistics import median

from tests.bench import pairs, processes, samples
from tests.bench.effort import Effort
from tests.bench.load import Block
from tests.bench.pairs import Contender, cpu_micros
from tests.bench.rows import Row, ratios

_AT_ONCE = 16
_OPTIONS = {"stop_after": "screen", "cache": "bypass"}


def _config(workers: int) -> str:
    return f"{processes.WITHOUT_OCR}\nserver: {{workers: {workers}}}"


async def measure(effort: Effort) -> list[Row]:
    request = samples.as_json(samples.exchange(prompt_bytes=8000, options=_OPTIONS))
    with processes.candor(_config(1)) as single, processes.candor(_config(2)) as double:
        contenders = [Contender(server, request) for server in (single, double)]
        one, two = await pairs.interleaved(contenders, _AT_ONCE, effort)
    return [_pace_row(one, two), _cpu_row(one, two)]


def _pace_row(one: Sequence[Block], two: Sequence[Block]) -> Row:
    pace = ratios([b.per_second for b in two], [b.per_second for b in one])
    details = {
        "req/s of 1": median(block.per_second for block in one),
        "req/s of 2": median(block.per_second for block in two),
        "cores busy of 2": median(block.cpu_seconds / block.wall_seconds for block in two),
    }
    name = "2 workers, load from the same machine: pace"
    return Row.of(name, pace, "x 1 worker", details=details, more_is_better=True)


def _cpu_row(one: Sequence[Block], two: Sequence[Block]) -> Row:
    could = [2 * ratio for ratio in ratios(cpu_micros(one), cpu_micros(two))]
    details = {"CPU µs of 1": median(cpu_micros(one)), "CPU µs of 2": median(cpu_micros(two))}
    name = "2 workers, load from elsewhere: pace by CPU time"
    return Row.of(name, could, "x 1 worker", target=1.8, details=details, more_is_better=True)
