"""Measure what Candor costs, beside the bare stack in the same run: `make bench`.

Nothing here passes or fails by the clock: a table is printed, with the targets beside it, and
`--json` keeps it. `--compare before.json after.json` says what changed by more than chance;
`--markdown run.json --into docs/performance.md` renews the table on that page.
"""

import argparse
import asyncio
import gc
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import uvloop
from rich.console import Console

from tests.bench import machine, report
from tests.bench.awake import cores_awake
from tests.bench.effort import FULL, QUICK, Effort
from tests.bench.report import Run
from tests.bench.rows import Row
from tests.bench.subjects import SUBJECTS


def main() -> None:
    asked = _arguments()
    if asked.compare:
        report.show_changes(*map(report.load, asked.compare))
    elif asked.markdown:
        _write_markdown(asked.markdown, asked.into)
    else:
        _run(asked)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few minutes, and noisier")
    parser.add_argument("--only", action="append", choices=SUBJECTS, help="may be repeated")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.add_argument(
        "--let-sleep", action="store_true", help="do not keep idle cores from sleeping"
    )
    parser.add_argument("--note", help="a word on the machine, kept with the figures")
    parser.add_argument("--compare", type=Path, nargs=2, metavar="FILE", help="of two --json")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="a --json as a table")
    parser.add_argument("--into", type=Path, metavar="PAGE", help="put the table on a page")
    return parser.parse_args()


def _write_markdown(figures: Path, page: Path | None) -> None:
    table = report.markdown(report.load(figures))
    if page is None:
        sys.stdout.write(table)
    else:
        report.put_into(page, table)


def _run(asked: argparse.Namespace) -> None:
    effort = QUICK if asked.quick else FULL
    about = machine.description() | {"run": "quick" if asked.quick else "full"}
    about["idle cores"] = "sleep" if asked.let_sleep else "kept awake"
    with (
        nullcontext() if asked.let_sleep else cores_awake(),
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        measured = runner.run(_measure(asked.only or list(SUBJECTS), effort))
    run = Run(about | ({"note": asked.note} if asked.note else {}), measured.rows)
    report.show(run)
    if asked.json:
        report.save(asked.json, run)
    if measured.failed:
        sys.exit(f"could not be measured: {', '.join(measured.failed)}")


@dataclass(slots=True)
class _Measured:
    rows: list[Row] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


async def _measure(names: list[str], effort: Effort) -> _Measured:
    """A subject that fails is told of and does not cost the others' figures."""
    console, measured = Console(stderr=True), _Measured()
    gc.disable()
    for name in names:
        started = time.perf_counter()
        try:
            # Our own search for garbage takes 50 ms, and would pass for a pause of theirs.
            gc.collect()
            measured.rows += await SUBJECTS[name](effort)
        except RuntimeError as exc:
            console.print(f"{name}: {exc}", style="red", markup=False, soft_wrap=True)
            measured.failed.append(name)
        console.print(f"{name}: {time.perf_counter() - started:.0f} s", style="dim")
    return measured


if __name__ == "__main__":
    main()
