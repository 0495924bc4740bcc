"""docs/failures.md, made of the same table as the tests.

python -m tests.chaos.dependencies.page > docs/failures.md
"""

import sys
from collections.abc import Iterator, Sequence
from itertools import groupby

from tests.chaos.dependencies import model_cells, other_cells, redis_cells
from tests.chaos.dependencies.cells import Cell, Section

SECTIONS = (*model_cells.SECTIONS, *redis_cells.SECTIONS, *other_cells.SECTIONS)
_INTRODUCTION = """\
# What happens when something fails

One table for each thing that Candor leans on. Each row is tested against a running service whose
connection to that thing is spoilt: `pytest tests/chaos/dependencies`. The page is made of the
tests' table: `python -m tests.chaos.dependencies.page > docs/failures.md`.

- *The caller gets*: the status, and `outcome` and `action` of the answer or the type of the
  problem, with `on_inconclusive: review` and no `on_dependency_down`.
- *With `block`*: the action where the policy, or the section `posture`, says
  `on_dependency_down: block`; – where the posture has no say. With `allow` the action is `allow`,
  and the headers are the same. See [posture.md](posture.md).
- *Counted*: what goes up in `/metrics`. `candor_degraded_total{reason}` goes up with
  `x-candor-degraded`, and `candor_posture_total` with `x-candor-posture`.

A verdict that lacks something it leans on is not remembered: asked again when all is well, it is
worked out anew. Every answer that a fault has touched says so, as long as a verdict leans on what
failed. Things that no verdict leans on (the ledger, the audit log, receivers of webhooks) show in
metrics and in `/readyz`, not in answers.

Faults that have to be waited for end with the deadline, or with a time limit of their own. Where
both may come first, `debate:ModelTimeout` may stand in the place of `debate:BudgetExhausted`.

Endpoints go through a breaker (`models.*.breaker`), Redis too (`redis.breaker`): what is known to
be away is not waited for again. What is told stays the same.
"""
_HEAD = (
    "| fault: it… | the caller gets | `x-candor-degraded` | `x-candor-posture` "
    "| with `block` | counted |\n| --- | --- | --- | --- | --- | --- |\n"
)


def page() -> str:
    return "\n".join((_INTRODUCTION, *map(_section, SECTIONS)))


def _section(section: Section) -> str:
    rows = "".join(_rows(section.cells))
    return f"## {section.title}\n\n{section.about}\n\n{_HEAD}{rows}"


def _rows(cells: Sequence[Cell]) -> Iterator[str]:
    """Faults of which the same comes stand in one row."""
    for rest, alike in groupby(cells, key=_after_the_fault):
        faults = "; ".join(cell.fault.name for cell in alike)
        yield f"| {faults} | {rest} |\n"


def _after_the_fault(cell: Cell) -> str:
    told = cell.told
    counts = ", ".join(f"`{count.text}`" for count in cell.counts)
    columns = (told.text, _code(told.degraded), _code(told.posture), _strict(cell), counts or "–")
    return " | ".join(columns)


def _strict(cell: Cell) -> str:
    if cell.strict is None or not cell.strict.posture:
        return "–"
    return f"`{cell.strict.action}`, `{cell.strict.posture}`"


def _code(text: str) -> str:
    return f"`{text}`" if text else "–"


if __name__ == "__main__":
    sys.stdout.write(page())
