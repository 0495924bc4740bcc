"""What writing verdicts down costs requests: the same steady traffic with the ledger off, in
SQLite and in PostgreSQL, window by window in turns."""

import asyncio
import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from candor.adapters.ledger import SqlLedgerConfig
from tests.bench import load, processes, samples
from tests.bench.effort import Effort
from tests.bench.load import Block
from tests.bench.processes import Server
from tests.bench.rows import Row, quantile
from tests.postgres_server import PostgresServer, find_postgres

PER_SECOND = 90
"""5,400 a minute, 8 % above what is promised."""
_SECONDS_OF_BLOCK = 10
"""A window lasts so many blocks: a p99 wants a few hundred requests."""
_WRITTEN_WITHIN = 10.0
# Judged anew each time, so that there are features to write; a debate would only wait.
_OPTIONS = {"stop_after": "screen", "cache": "bypass"}


@dataclass(slots=True)
class _Contender:
    name: str
    server: Server
    windows: list[Sequence[float]] = field(default_factory=list)
    cpu_micros: list[float] = field(default_factory=list)
    """Per request, by window."""

    async def window(self, request: bytes, seconds: float) -> None:
        window = await _traffic(self.server, request, seconds)
        self.cpu_micros.append(window.cpu_micros)
        self.windows.append(window.latencies)

    @property
    def sent(self) -> int:
        return sum(map(len, self.windows))

    @property
    def p99s(self) -> list[float]:
        """Milliseconds, by window."""
        return [quantile(window, 0.99) * 1e3 for window in self.windows]


async def measure(effort: Effort) -> list[Row]:
    with TemporaryDirectory() as folder, ExitStack() as stack:
        configs = {"off": "{kind: none}", "SQLite": f"{{kind: sql, path: {folder}/ledger.db}}"}
        url = stack.enter_context(_postgres())
        if url is not None:
            await SqlLedgerConfig(url=url).migrate()
            configs["PostgreSQL"] = f'{{kind: sql, url: "{url}"}}'
        contenders = [
            _Contender(name, stack.enter_context(_serving(config)))
            for name, config in configs.items()
        ]
        await _in_turns(contenders, effort)
        off, *others = contenders
        return [row for one in others for row in await _rows(one, off)]


@contextmanager
def _serving(config: str) -> Iterator[Server]:
    with processes.candor(f"{processes.WITHOUT_OCR}\nledger: {config}") as server:
        yield server


@contextmanager
def _postgres() -> Iterator[str | None]:
    """The url of a database; None where PostgreSQL is not installed."""
    binaries = find_postgres()
    if binaries is None:
        yield None
        return
    with TemporaryDirectory() as folder:
        server = PostgresServer(binaries, Path(folder))
        server.start()
        try:
            yield server.database()
        finally:
            server.stop()


async def _in_turns(contenders: list[_Contender], effort: Effort) -> None:
    request = samples.as_json(samples.exchange(options=_OPTIONS))
    seconds = _SECONDS_OF_BLOCK * effort.block_seconds
    for one in contenders:
        # Counted too, for it is written down as well.
        await _traffic(one.server, request, 1)
    for _ in range(effort.pairs):
        for one in contenders:
            await one.window(request, seconds)


async def _traffic(server: Server, request: bytes, seconds: float) -> Block:
    requests = itertools.repeat(request)
    return await load.steady(server, requests, per_second=PER_SECOND, seconds=seconds)


async def _rows(one: _Contender, off: _Contender) -> list[Row]:
    sent = one.sent + PER_SECOND
    counted = await _counted(one.server, sent)
    beyond = [mine - theirs for mine, theirs in zip(one.p99s, off.p99s, strict=True)]
    cpu = [mine - theirs for mine, theirs in zip(one.cpu_micros, off.cpu_micros, strict=True)]
    p99 = {
        "CPU µs beyond": median(cpu),
        "p99 ms": median(one.p99s),
        "p99 ms off": median(off.p99s),
    }
    # What two windows of the same service differ by, for comparison.
    p99 |= {"off, least": min(off.p99s), "off, most": max(off.p99s), "least": min(one.p99s)}
    counts = {"sent": sent, "written": counted["written"], "failed": counted["failures"]}
    lost = counted["dropped"] + sent - counted["written"]
    return [
        Row.of(
            f"ledger in {one.name}: p99 beyond none, {60 * PER_SECOND}/min",
            beyond,
            "ms",
            details=p99,
        ),
        Row(f"ledger in {one.name}: verdicts lost", lost, "verdicts", 0.0, counts),
    ]


async def _counted(server: Server, sent: int) -> Mapping[str, float]:
    """Once all is written, or after a while."""
    told: dict[str, float] = {}
    for _ in range(round(_WRITTEN_WITHIN / 0.25)):
        counted = await server.metrics()
        told = {
            name: counted.total(f"ledger_{name}_total")
            for name in ("written", "dropped", "failures")
        }
        if told["written"] + told["dropped"] >= sent:
            break
        await asyncio.sleep(0.25)
    return told
