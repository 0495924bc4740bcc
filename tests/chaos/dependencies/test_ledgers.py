"""Ledgers that fail under a running service: see docs/failures.md."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.chaos.dependencies import other_cells
from tests.chaos.dependencies.asking import Asker, Collector
from tests.chaos.dependencies.cells import Cell
from tests.chaos.dependencies.checks import assert_told, counted, until
from tests.chaos.dependencies.disks import full_disk
from tests.chaos.dependencies.line import Line, Loop, line
from tests.postgres_server import PostgresServer
from tests.service import Service, serving

_CONFIG = """
ocr: {{kind: none}}
logs: {{level: error}}
ledger: {{kind: sql, {where}, timeout_seconds: 0.5}}
policies:
  default:
    require: []
    tiers: [{{kind: screen, band: {{non_deceptive_below: 0.9, deceptive_above: 0.97}}}}]
"""


@pytest.fixture(scope="module")
def postgres(
    tmp_path_factory: pytest.TempPathFactory,
    postgres_server: PostgresServer,
    loop: Loop,
    collector: Collector,
) -> Iterator[tuple[Asker, Line]]:
    folder = tmp_path_factory.mktemp("postgres-ledger")
    with line(loop, postgres_server.port, delay=1.5) as database:
        name = urlsplit(postgres_server.database()).path
        config = _CONFIG.format(
            where=f'url: "postgresql://candor@127.0.0.1:{database.port}{name}"'
        )
        (folder / "candor.yaml").write_text(config, encoding="utf-8")
        command = [sys.executable, "-m", "candor", "ledger", "migrate"]
        subprocess.run([*command, "--config", str(folder / "candor.yaml")], check=True)
        with serving(folder, config) as service:
            yield Asker(service, collector), database


@pytest.mark.parametrize("cell", other_cells.CELLS["postgres"], ids=str)
def test_a_database_that_fails_costs_no_verdict_and_no_record(
    postgres: tuple[Asker, Line], cell: Cell
) -> None:
    ask, database = postgres
    before = ask.scrape()
    with database.spoilt(cell.fault):
        answer = ask.judge(str(cell), ask.new())
        assert_told(answer, cell.told)
        counted(ask, cell.counts, before)
        listed = ask.get("/v1/verdicts")
        assert (listed.status, listed.problem) == (503, "ledger-unavailable")
    _is_written(ask, answer.body["id"])


def _is_written(ask: Asker, verdict: str) -> None:
    until(lambda: ask.get(f"/v1/verdicts/{verdict}").status == 200, "a ledger that knows", 20)


@pytest.fixture(scope="module")
def sqlite(
    tmp_path_factory: pytest.TempPathFactory, collector: Collector
) -> Iterator[tuple[Asker, Path]]:
    folder = tmp_path_factory.mktemp("sqlite-ledger")
    file = folder / "ledger.db"
    with serving(folder, _CONFIG.format(where=f'path: "{file}"')) as service:
        ask = Asker(service, collector)
        _is_written(ask, ask.judge("before", ask.new()).body["id"])
        yield ask, file


@contextmanager
def spoilt(file: Path, service: Service, cell: Cell) -> Iterator[None]:
    if cell.fault is other_cells.DISK_FULL:
        with full_disk(service.process.pid):
            yield
    else:
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")
        other.close()


@pytest.mark.parametrize("cell", other_cells.CELLS["sqlite"], ids=str)
def test_a_file_that_cannot_be_written_costs_no_verdict_and_no_record(
    sqlite: tuple[Asker, Path], cell: Cell
) -> None:
    ask, file = sqlite
    before = ask.scrape()
    with spoilt(file, ask.service, cell):
        answer = ask.judge(str(cell), ask.new())
        assert_told(answer, cell.told)
        counted(ask, cell.counts, before)
    _is_written(ask, answer.body["id"])
