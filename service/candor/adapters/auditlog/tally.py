"""What the audit log tells to whoever counts."""

from collections.abc import Callable
from dataclasses import dataclass


def _count(_: int) -> None: ...


def _reason(_: str) -> None: ...


def _told(_: str, __: int) -> None: ...


@dataclass(frozen=True, slots=True)
class AuditLogTally:
    """Reasons are short fixed words: of `lost` `full` (the line was), `refused` (a request was
    turned away instead) or `shutdown`; of `failed` `disk_full`, `denied` or `error`."""

    written: Callable[[int], object] = _count
    lost: Callable[[str, int], object] = _told
    failed: Callable[[str], object] = _reason
    waiting: Callable[[int], object] = _count
