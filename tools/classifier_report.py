"""What the trained screen is worth within a source, on one it has not seen, and whether it knows
that it has not: three tables in Markdown.

    python tools/classifier_report.py FOLDER [--most ROWS]

FOLDER holds train/<source>.jsonl.gz. Groups never straddle a split, families are left out whole.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from candor.learning import traffic
from candor.learning.rows import Row, rows_of
from candor.learning.transfer import OUTSIDE, WITHIN, Meeting, halves, meeting, taught, unseen

LETTERS = frozenset({"ld_capability_denial", "ld_sandbagging", "ld_truth_universal"})
"""Answers of one letter or a stock phrase: no text to learn from, but strangers to others."""
CONFOUNDED = frozenset({"ai_liar", "ld_offpolicy", "ld_cot_unfaithful"})
"""Labels that the prompt alone tells, answers of no one model, or too few: strangers only."""
ALONE = frozenset({"ld_mask"})
WARM = 100

Rows = Mapping[str, Sequence[Row]]


def family(source: str) -> str:
    """Sources of one family share their texts or their making."""
    return source if source in ALONE else source.split("_", 1)[0]


def told(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def within(rows: Rows) -> Iterator[str]:
    yield "| source | rows (deceptive) | groups | AUROC | length only | shuffled labels |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for name, mine in rows.items():
        trained = taught(mine, WITHIN)
        if trained is None:
            yield f"| {name} | {_count(mine)} | {_groups(mine)} | too few to learn from | - | - |"
            continue
        one = max(trained.checks.values(), key=lambda check: check.rows)
        figures = " | ".join(map(told, (one.auroc, one.length_only, one.shuffled)))
        yield f"| {name} | {_count(mine)} | {one.groups:,} | {figures} |"


def left_out(rows: Rows) -> Iterator[str]:
    yield "| left out | rows (deceptive) | AUROC | length only | unfamiliar | noticed after |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for name, mine in rows.items():
        others = [row for n, r in rows.items() if family(n) != family(name) for row in r]
        trained = taught(others, OUTSIDE)
        if trained is not None:
            found = unseen(trained.model, others, mine)
            figures = f"{told(found.auroc)} | {told(found.length_only)} | {_met(found.meeting)}"
            yield f"| {name} | {_count(mine)} | {figures} |"


def changes(rows: Rows, every: Rows) -> Iterator[str]:
    """Each cell: unfamiliar, and after how many requests the change was noticed."""
    yield f"| learned from | held out | alarms there | {' | '.join(every)} |"
    yield f"| --- | --- | --- | {' | '.join('---' for _ in every)} |"
    for name, mine in rows.items():
        learned, kept = halves(mine)
        trained = taught(learned, OUTSIDE)
        if trained is None:
            continue
        own, before = meeting(trained.model, kept), kept[-WARM:]
        cells = (
            "" if other == name else _cell(meeting(trained.model, strange, before))
            for other, strange in every.items()
        )
        shown = f"{own.unfamiliar:.0%} | {own.alarms} in {own.rows:,}"
        yield f"| {name} | {shown} | {' | '.join(cells)} |"


def _met(found: Meeting) -> str:
    return f"{found.unfamiliar:.0%} | {found.noticed or 'not'}"


def _cell(found: Meeting) -> str:
    return f"{found.unfamiliar:.0%}, {found.noticed or 'not'}"


def _count(rows: Sequence[Row]) -> str:
    return f"{len(rows):,} ({sum(row.deceptive for row in rows):,})"


def _groups(rows: Sequence[Row]) -> int:
    return len({row.group for row in rows})


def report(folder: Path, most: int | None) -> Iterator[str]:
    every = {
        name: list(rows_of(traffic.arriving(traffic.packaged(folder, name), 1, most)))
        for name in traffic.sources(folder)
    }
    texts = {name: rows for name, rows in every.items() if name not in LETTERS | CONFOUNDED}
    yield from within(texts)
    yield ""
    yield from left_out(texts)
    yield ""
    yield from changes(texts, every)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--most", type=int, default=None, help="rows of a source")
    given = parser.parse_args()
    for line in report(given.folder, given.most):
        print(line, flush=True)


if __name__ == "__main__":
    main()
