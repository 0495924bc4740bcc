"""The figures as a table for people, as Markdown for a page, and as JSON for the next run."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.changes import Change, changes, machine_change
from tests.bench.rows import Row

_VERDICTS = {True: "met", False: "MISSED", None: ""}
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"


@dataclass(frozen=True, slots=True)
class Run:
    """What was measured, and on what."""

    about: Mapping[str, str]
    rows: Sequence[Row]

    @property
    def by_name(self) -> dict[str, Row]:
        return {row.name: row for row in self.rows}


def save(path: Path, run: Run) -> None:
    told = {"machine": dict(run.about), "rows": [row.as_json() for row in run.rows]}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def load(path: Path) -> Run:
    told = json.loads(path.read_text(encoding="utf-8"))
    return Run(told["machine"], [Row.from_json(said) for said in told["rows"]])


def show(run: Run) -> None:
    console = _console()
    console.print(_told(run.about))
    table = _table("measured", "value", "target")
    table.add_column("")
    table.add_column("behind it", overflow="fold")
    for row in run.rows:
        table.add_row(*_cells(row))
    console.print(table)


def show_changes(before: Run, after: Run) -> None:
    console = _console()
    console.print(f"before  {_told(before.about)}\nafter   {_told(after.about)}")
    machine = machine_change(before.by_name, after.by_name)
    console.print(f"The bare stack took {machine:.2f} times as long; times are divided by that.\n")
    table = _table("measured", "before", "after", "ratio", "from", "to")
    table.add_column("")
    for change in changes(before.by_name, after.by_name):
        table.add_row(*_change_cells(change))
    console.print(table)
    for word, names in (("only before", before.by_name), ("only after", after.by_name)):
        others = after.by_name if names is before.by_name else before.by_name
        if only := [name for name in names if name not in others]:
            console.print(f"{word}: {'; '.join(only)}")


def markdown(run: Run) -> str:
    """A table, and above it the machine."""
    lines = [_told(run.about), "", *_markdown_row("measured", "value", "target", "", "behind it")]
    lines += ["| --- | ---: | ---: | --- | --- |"]
    for row in run.rows:
        lines += _markdown_row(*_cells(row))
    return "\n".join(lines) + "\n"


def put_into(page: Path, table: str) -> None:
    """Between the two marks on the page.

    Raises: ValueError where the page has no such marks.
    """
    text = page.read_text(encoding="utf-8")
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} must contain {BEGIN} and {END}")
    page.write_text(f"{head}{BEGIN}\n\n{table}\n{END}{tail}", encoding="utf-8")


def _console() -> Console:
    # As wide as it needs, also where the output is a file.
    return Console(width=170, highlight=False)


def _told(about: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in about.items())


def _table(first: str, *numbers: str) -> Table:
    table = Table(first, box=None, pad_edge=False)
    for column in numbers:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def _cells(row: Row) -> list[str]:
    behind = ", ".join(f"{name} {_short(value)}" for name, value in row.details.items())
    return [row.name, _with_unit(row.value, row.unit), _target(row), _VERDICTS[row.met], behind]


def _change_cells(change: Change) -> Iterable[str]:
    bounds = (change.ratio, change.low, change.high)
    return (
        change.name,
        _short(change.before),
        _with_unit(change.after, change.unit),
        *("" if bound is None else f"{bound:.2f}" for bound in bounds),
        change.verdict,
    )


def _markdown_row(*cells: str) -> list[str]:
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"]


def _target(row: Row) -> str:
    sign = ">=" if row.more_is_better else "<="
    return "" if row.target is None else f"{sign} {row.target:g}"


def _with_unit(value: float, unit: str) -> str:
    return f"{_short(value)} {unit}"


def _short(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
