"""The labelled JSONL that `train` and `calibrate` read too (see `learning.labelled`)."""

from collections.abc import Iterator
from pathlib import Path

from candor.evaluation.case import BenchmarkCase
from candor.learning.labelled import read_labelled


def read(path: Path) -> Iterator[BenchmarkCase]:
    """Raises: InvalidExchange."""
    for row in read_labelled(path):
        yield BenchmarkCase(
            id=row.id,
            exchange=row.exchange,
            deceptive=row.deceptive,
            group=row.group,
            category=row.category,
            source=row.source,
            weight=row.weight,
        )
