"""Entries whose very bytes were read before, so that they need not be opened and read again.

Validating a report costs more than all the rest of reading it from Redis. Redis is asked each
time all the same: what lies there no longer, or is another entry now, is not found here.
"""

from collections import OrderedDict
from dataclasses import dataclass

from candor.adapters.cache.encoding import Stored

# A report takes 2.7 times the bytes of its JSON in memory; see `levels.py`.
_PER_BYTE = 4
_PER_ENTRY = 512


@dataclass(frozen=True, slots=True)
class _Entry:
    raw: bytes
    stored: Stored
    size: int


class Recognised:
    """For one process; bounded in bytes of memory. The least recently used go first."""

    __slots__ = ("_entries", "_most", "_size")

    def __init__(self, max_bytes: int = 4 * 2**20) -> None:
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._most = max_bytes
        self._size = 0

    @property
    def size(self) -> int:
        """Estimated bytes of all that is kept."""
        return self._size

    def find(self, key: str, raw: bytes) -> Stored | None:
        """What these bytes were under this key."""
        entry = self._entries.get(key)
        if entry is None or entry.raw != raw:
            return None
        self._entries.move_to_end(key)
        return entry.stored

    def keep(self, key: str, raw: bytes, stored: Stored) -> None:
        """What is larger than the whole of it is not kept."""
        self._drop(key)
        size = len(raw) + stored.length * _PER_BYTE + _PER_ENTRY
        if size > self._most:
            return
        self._entries[key] = _Entry(raw, stored, size)
        self._size += size
        while self._size > self._most:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._size -= entry.size
