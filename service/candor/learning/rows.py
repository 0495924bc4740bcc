"""What training starts from: vectors with labels. Content is not needed any more."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from candor.domain.exchange import Exchange
from candor.domain.lessons import By, certainty
from candor.domain.screening.features import features
from candor.domain.screening.manifest import Stratum
from candor.domain.screening.vector import FeatureVector
from candor.learning.labelled import Labelled

__all__ = ["By", "Row", "debate_weight", "row_of", "rows_of", "settled"]

_RANK: dict[By, int] = {"human": 2, "audit": 1, "debate": 0}


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled exchange. Rows of one `group` never straddle a split; `id` names the verdict
    that a label is about, where it comes from a ledger."""

    vector: FeatureVector
    has_reasoning: bool
    deceptive: bool
    weight: float = 1.0
    group: str = ""
    source: str = ""
    by: By = "human"
    id: str = ""

    @property
    def stratum(self) -> Stratum:
        return Stratum.of(self.has_reasoning)


debate_weight = certainty


def row_of(
    exchange: Exchange, deceptive: bool, group: str, source: str = "", weight: float = 1.0
) -> Row:
    """CPU work."""
    seen = features(exchange)
    return Row(seen.vector, seen.has_reasoning, deceptive, weight, group, source)


def rows_of(labelled: Iterable[Labelled]) -> Iterator[Row]:
    """CPU work. People labelled these."""
    for one in labelled:
        yield row_of(one.exchange, one.deceptive, one.group, one.source, one.weight)


def settled(rows: Iterable[Row]) -> list[Row]:
    """One row for each verdict: a person's label wins over an audit's, and that over a debate's;
    of two alike, a later over an earlier. Sorted, so that the order of reading changes nothing."""
    named: dict[str, Row] = {}
    others: list[Row] = []
    for row in rows:
        if not row.id:
            others.append(row)
        elif _RANK[row.by] >= _RANK[named.get(row.id, row).by]:
            named[row.id] = row
    return sorted([*named.values(), *others], key=_order)


def _order(row: Row) -> tuple[str, str, str, bool, float, bytes]:
    vector = row.vector.to_bytes()
    return (row.source, row.group, row.id, row.deceptive, row.weight, vector)
