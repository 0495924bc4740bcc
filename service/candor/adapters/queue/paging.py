"""Lists of what is kept in this process, newest first."""

from collections.abc import Iterable
from typing import TypeVar

from candor.domain.jobs.values import BatchRecord, JobRecord, Page

R = TypeVar("R", JobRecord, BatchRecord)


def page(records: Iterable[R], count: int, after: int | None) -> Page[R]:
    """`after` is when the last one was made: what is new, or forgotten, does not shift pages."""
    older = [r for r in records if after is None or _microseconds(r) < after]
    newest = sorted(older, key=_microseconds, reverse=True)[: count + 1]
    following = _microseconds(newest[count - 1]) if len(newest) > count else None
    return Page(tuple(newest[:count]), following)


def _microseconds(record: JobRecord | BatchRecord) -> int:
    return int(record.created * 1_000_000)
