"""candor train: teach the classifier on this deployment's own labels."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table

from candor.adapters.classifier.shelf import write_whole
from candor.cli.serve import ConfigOption
from candor.domain.errors import InvalidExchange
from candor.domain.ledger import Filters
from candor.domain.screening.manifest import Stratum
from candor.learning import train as training
from candor.learning.checks import Checks
from candor.learning.labelled import read_labelled
from candor.learning.recorded import rows_of_records
from candor.learning.rows import Row, rows_of
from candor.learning.train import Recipe, Trained
from candor.settings import Settings, load

_HINT = "give --data FILE, --ledger, or both"


def train(
    data: Annotated[
        list[Path] | None,
        typer.Option(help="Labelled exchanges, JSONL; may be repeated.", exists=True),
    ] = None,
    ledger: Annotated[
        bool, typer.Option("--ledger", help="Learn from the configured ledger too.")
    ] = False,
    until: Annotated[
        datetime | None,
        typer.Option(
            help="Of the ledger, only verdicts from before then (UTC): what comes after is left "
            "for `candor calibrate --into --ledger-since`."
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="File to write.")] = Path("candidate.screen"),
    seed: Annotated[int, typer.Option(min=0, help="Decides the folds.")] = 0,
    date: Annotated[str | None, typer.Option(help="For the card; today if not given.")] = None,
    about: Annotated[str, typer.Option(help="For the card: where the labels come from.")] = "",
    licence: Annotated[
        list[str] | None, typer.Option(help="For the card; may be repeated.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Train a classifier and write it into one file. The same data, seed and date give the same
    file, byte for byte."""
    if not data and not ledger:
        raise InvalidExchange("there is nothing to learn from", field="", hint=_HINT)
    console = Console(stderr=True)
    recorded = asyncio.run(_recorded(load(config), until)) if ledger else []
    day = date if date is not None else datetime.now(UTC).date().isoformat()
    recipe = Recipe(seed=seed, date=day, data=about, licences=tuple(licence or ()))
    with _bars(console) as bars:
        trained = training.train(chain(recorded, _read(data or [], bars)), recipe, bars.advance)
    content = trained.model.to_bytes()
    write_whole(out, content)
    _show(Console(), trained)
    typer.echo(f"{out}: {len(content):,} bytes, {trained.model.digest[:12]}")


async def _recorded(settings: Settings, until: datetime | None) -> list[Row]:
    async with settings.ledger.open() as ledger:
        # Their content is not needed, and may be many images.
        every = ledger.records(Filters(until=until and until.replace(tzinfo=UTC)))
        return rows_of_records([replace(record, content=None) async for record in every])


def _read(paths: list[Path], bars: "_Bars") -> Iterator[Row]:
    for path in paths:
        for count, row in enumerate(rows_of(read_labelled(path)), start=1):
            if count % 50 == 0:
                bars.advance(f"reading {path.name}", count, 0)
            yield row


class _Bars:
    """One bar a stage, made when it begins."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def advance(self, what: str, done: int, of: int) -> None:
        if what not in self._tasks:
            self._tasks[what] = self._progress.add_task(what, total=of or None)
        self._progress.update(self._tasks[what], completed=done)


@contextmanager
def _bars(console: Console) -> Iterator[_Bars]:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=console, transient=True) as progress:
        yield _Bars(progress)


def _show(console: Console, trained: Trained) -> None:
    table = Table(title="On groups that the model has not seen")
    for name in ("exchanges", "rows", "deceptive", "groups", "AUROC", "length only", "shuffled"):
        table.add_column(name)
    for name, found in _named(trained.checks).items():
        counts = (found.rows, found.deceptive, found.groups)
        figures = (found.auroc, found.length_only, found.shuffled)
        table.add_row(name, *map(str, counts), *map(_figure, figures))
    console.print(table)
    for why in trained.left_out.values():
        console.print(f"No head: {why} Such exchanges are escalated.", highlight=False)


def _named(checks: Mapping[Stratum, Checks]) -> dict[str, Checks]:
    return {one.value.replace("_", " "): found for one, found in checks.items()}


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
