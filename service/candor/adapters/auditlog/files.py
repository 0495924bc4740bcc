"""One process's chain on disk: a file that grows, then the next one, and the head beside them."""

import os
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from candor import __version__
from candor.adapters.auditlog import chain
from candor.adapters.auditlog.chain import Digests, Head, Place

Fields = Mapping[str, object]
Fsync = Literal["always", "interval", "never"]
OPENED, CONTINUED, ROTATED, CLOSED = "opened", "continued", "rotated", "closed"


@dataclass(frozen=True, slots=True)
class Upkeep:
    """`max_bytes` of a file, roughly; seconds between two `fsync` for `interval`."""

    max_bytes: int = 64 * 2**20
    fsync: Fsync = "interval"
    fsync_seconds: float = 1.0


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class ChainFiles:
    """Blocking: for a thread. Several processes share a folder, not a chain."""

    folder: Path
    digests: Digests
    upkeep: Upkeep = Upkeep()
    now: Callable[[], datetime] = _now
    name: str = field(default_factory=lambda: secrets.token_hex(8))
    _stem: str = ""
    _file: int = -1
    _head: int = -1
    _number: int = 0
    _size: int = 0
    _place: Place = Place()  # noqa: RUF009 # frozen
    _synced: float = 0.0
    # At the end, a write that hung may still run when the last line is to be written.
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def place(self) -> Place:
        return self._place

    def append(self, entries: Sequence[Fields]) -> None:
        """All of them or none. Raises: OSError."""
        with self._lock:
            if self._file < 0:
                self._open(OPENED)
            elif self._size >= self.upkeep.max_bytes:
                self._rotate()
            if entries:
                self._write(entries)

    def close(self) -> None:
        """Says that it ended here. Raises: OSError."""
        with self._lock:
            try:
                if self._file >= 0:
                    self._write([self._own(CLOSED)])
                    self._sync()
            finally:
                self._give_back()

    def _rotate(self) -> None:
        """The last line of a file names its end, the first of the next one follows from it."""
        self._write([self._own(ROTATED)])
        self._sync()
        os.close(self._file)
        self._file = -1
        self._open(CONTINUED)

    def _open(self, event: str) -> None:
        """A file that could not be begun leaves nothing behind."""
        event = CONTINUED if self._place.seq >= 0 else event
        if self._head < 0:
            self._stem = f"audit-{self.now().astimezone(UTC):%Y%m%dT%H%M%SZ}-{self.name}"
            self._head = _created(self.folder / f"{self._stem}.head")
        path = self.folder / f"{self._stem}-{self._number + 1:06d}.jsonl"
        file = _created(path)
        self._file, self._size = file, 0
        try:
            self._write([self._own(event)])
        except OSError:
            os.close(file)
            self._file = -1
            path.unlink()
            raise
        self._number += 1
        _sync_folder(self.folder)

    def _own(self, event: str) -> Fields:
        """A line about the file itself."""
        about = {"format": 1, "digests": self.digests.name, "version": __version__}
        more = about if event in (OPENED, CONTINUED) else {}
        return {"event": event, "at": stamp(self.now()), "pid": os.getpid(), **more}

    def _write(self, entries: Sequence[Fields]) -> None:
        place, lines = self._place, []
        for fields in entries:
            line, place = chain.written({**fields, "chain": self.name}, place, self.digests)
            lines.append(line)
        data = b"".join(lines)
        try:
            _write_all(self._file, data)
            if self._is_due():
                self._sync()
            _write_at_start(self._head, Head(self.name, place), self.digests)
        except OSError:
            self._take_back()
            raise
        self._place, self._size = place, self._size + len(data)

    def _take_back(self) -> None:
        """Half a line would end the chain: what follows is written where it began."""
        with suppress(OSError):
            os.ftruncate(self._file, self._size)
            if self._place.seq >= 0:
                _write_at_start(self._head, Head(self.name, self._place), self.digests)

    def _is_due(self) -> bool:
        match self.upkeep.fsync:
            case "always":
                return True
            case "never":
                return False
            case "interval":
                return time.monotonic() - self._synced >= self.upkeep.fsync_seconds

    def _sync(self) -> None:
        if self.upkeep.fsync != "never":
            os.fsync(self._file)
            self._synced = time.monotonic()

    def _give_back(self) -> None:
        for descriptor in (self._file, self._head):
            if descriptor >= 0:
                os.close(descriptor)
        self._file = self._head = -1


def _created(path: Path) -> int:
    """Readable by its owner alone; never one that is there already."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)


def _write_all(file: int, data: bytes) -> None:
    rest = memoryview(data)
    # Behind what was kept, also after lines were taken back.
    os.lseek(file, 0, os.SEEK_END)
    while rest:
        rest = rest[os.write(file, rest) :]


def _write_at_start(file: int, head: Head, digests: Digests) -> None:
    os.pwrite(file, chain.written_head(head, digests), 0)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
