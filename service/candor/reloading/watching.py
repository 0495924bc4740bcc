"""Sees that a file has changed, however that was done.

It looks every now and then instead of asking the kernel: a ConfigMap changes by a symbolic link
two folders up (`..data`) that is swapped, which a watch on the file does not see, and some mounted
file systems tell nobody of changes. One look costs some 20 microseconds.
"""

import asyncio
import hashlib
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

Stamp = tuple[str, int, int, int]
Seen = bytes | None
"""A digest of what the file holds; None: it cannot be read."""


@dataclass(slots=True)
class Watched:
    """`path` may be a link, or lie behind one."""

    path: Path
    _stamp: Stamp | None = field(init=False, default=None)
    _digest: Seen = field(init=False, default=None)

    def look(self) -> Seen:
        """Reads the file only when something about it has changed. Blocks for a moment."""
        stamp = self._stamped()
        if stamp is None or stamp != self._stamp:
            self._digest = self._digested()
            self._stamp = stamp
        return self._digest

    def _stamped(self) -> Stamp | None:
        try:
            resolved = os.path.realpath(self.path)
            found = Path(resolved).stat()
        except OSError:
            return None
        return (resolved, found.st_mtime_ns, found.st_size, found.st_ino)

    def _digested(self) -> Seen:
        try:
            return hashlib.sha256(self.path.read_bytes()).digest()
        except OSError:
            return None


async def watch(path: Path, seconds: float, changed: Callable[[], Awaitable[object]]) -> None:
    """Until it is cancelled. What is found must be the same twice in a row before `changed` is
    called: half a file may be a valid one. A file that has gone is waited for."""
    watched = Watched(path)
    known = before = await asyncio.to_thread(watched.look)
    while True:
        await asyncio.sleep(seconds)
        found = await asyncio.to_thread(watched.look)
        if found is not None and found == before and found != known:
            known = found
            await changed()
        before = found
