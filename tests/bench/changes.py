"""Two runs side by side: which figures changed by more than chance moves them.

A change counts where no round of one run reaches into the rounds of the other. Of five rounds
each, that happens by chance once in 126 rows (of three each, once in 10: measure longer). Times
that are no ratio are first divided by what the bare stack's own times changed by: that is the
machine, not the code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from tests.bench.rows import Row

_TIMES = ("µs", "ms", "s")


class Verdict(StrEnum):
    BETTER = "BETTER"
    WORSE = "WORSE"
    NOISE = "within noise"
    UNKNOWN = "one round: noise unknown"


@dataclass(frozen=True, slots=True)
class Change:
    """`ratio` is after / before; `low` and `high` bound it, from the rounds that lie farthest
    apart. None where a figure is not above 0, so that there is no ratio."""

    name: str
    before: float
    after: float
    unit: str
    ratio: float | None
    low: float | None
    high: float | None
    verdict: Verdict


def machine_change(before: Mapping[str, Row], after: Mapping[str, Row]) -> float:
    """What the bare stack's times were multiplied by between the two runs."""
    moved = [
        after[name].value / row.value
        for name, row in before.items()
        if row.bare and name in after and row.unit in _TIMES
    ]
    return median(moved) if moved else 1.0


def changes(before: Mapping[str, Row], after: Mapping[str, Row]) -> list[Change]:
    """Of the figures that both runs have."""
    machine = machine_change(before, after)
    shared = [name for name, row in after.items() if name in before and not row.bare]
    return [_change(before[name], after[name], machine) for name in shared]


def _change(before: Row, after: Row, machine: float) -> Change:
    by = machine if after.unit in _TIMES else 1.0
    old = list(before.rounds) or [before.value]
    new = [value / by for value in after.rounds or [after.value]]
    ratio = low = high = None
    if min(old) > 0 and min(new) > 0:
        low, ratio, high = min(new) / max(old), median(new) / median(old), max(new) / min(old)
    known = len(old) > 1 and len(new) > 1
    verdict = _verdict(old, new, after.more_is_better) if known else Verdict.UNKNOWN
    return Change(
        after.name, before.value, after.value / by, after.unit, ratio, low, high, verdict
    )


def _verdict(old: list[float], new: list[float], more_is_better: bool) -> Verdict:
    if max(new) >= min(old) and min(new) <= max(old):
        return Verdict.NOISE
    grew = min(new) > max(old)
    return Verdict.BETTER if grew is more_is_better else Verdict.WORSE
