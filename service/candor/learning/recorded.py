"""What the ledger teaches: verdicts with features, labelled by people, audits or debates."""

from collections.abc import Iterator, Sequence

from candor.domain.ledger import VerdictRecord, joined_groups
from candor.domain.lessons import Lessons, Taught
from candor.domain.screening import cues
from candor.domain.screening.vector import FeatureVector
from candor.learning.rows import Row

SOURCE = "ledger"
_HAS_REASONING = cues.NAMES.index("has_reasoning")


def rows_of_records(records: Sequence[VerdictRecord]) -> list[Row]:
    """One row for each exchange that has features and a label (`domain.lessons`). `records` come
    newest first, as the ledger gives them; their content is not looked at."""
    lessons = Lessons(lambda record: record.features is not None)
    for record in records:
        lessons.take(record)
    groups = joined_groups(lessons.groups())
    return list(_rows(records, lessons, groups))


def _rows(
    records: Sequence[VerdictRecord], lessons: Lessons, groups: dict[str, str]
) -> Iterator[Row]:
    for record in records:
        if (taught := lessons.of(record)) is not None:
            yield _row(record, taught, groups[record.digest])


def _row(record: VerdictRecord, taught: Taught, group: str) -> Row:
    vector = FeatureVector.from_bytes(record.features or b"")
    lesson = taught.lesson
    return Row(
        vector,
        bool(vector.cues[_HAS_REASONING]),
        lesson.deceptive,
        lesson.weight,
        group,
        SOURCE,
        lesson.by,
        taught.id,
    )
