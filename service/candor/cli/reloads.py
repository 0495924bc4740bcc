"""What makes a running service load its configuration again: SIGHUP, and a changed file."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from candor.api.reloads import Reloads
from candor.domain.errors import CandorError
from candor.reloading.differences import reloadable
from candor.reloading.watching import watch
from candor.settings import FILE_VARIABLE, Settings, load


@dataclass(frozen=True, slots=True)
class Source:
    """Where the settings come from; `asked` are those of `server` that the command line sets.
    Travels to worker processes."""

    given: Path | None = None
    asked: Mapping[str, Any] = field(default_factory=dict)

    @property
    def file(self) -> Path | None:
        named = os.environ.get(FILE_VARIABLE)
        return self.given or (Path(named) if named else None)

    def read(self) -> Settings:
        """Raises: ConfigError."""
        settings = load(self.given)
        server = settings.server.model_copy(update=dict(self.asked))
        return settings.model_copy(update={"server": server})

    def now(self, started: Settings) -> Settings:
        """For a process that begins later than the others: what they have loaded since, as far
        as that is possible; what is wrong by now is told by the next reload."""
        try:
            return reloadable(started, self.read())
        except (CandorError, OSError):
            return started


def hold() -> None:
    """Until somebody listens a SIGHUP waits; by default it would end the process."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})


def tell_the_parent() -> None:
    """Of worker processes: the parent has all of them reload."""
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid is not None:
        with suppress(ProcessLookupError):
            os.kill(parent.pid, signal.SIGHUP)


@asynccontextmanager
async def reloading(reloads: Reloads, file: Path | None, seconds: float) -> AsyncIterator[None]:
    """`seconds` between looks at the file; 0: it is not watched."""
    asked = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, asked.set)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})
    tasks = [asyncio.create_task(_whenever(asked, reloads))]
    if file is not None and seconds:
        tasks.append(asyncio.create_task(watch(file, seconds, reloads.reload)))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        # Whoever asks from now on asks too late, and must not end us before our time.
        hold()


async def _whenever(asked: asyncio.Event, reloads: Reloads) -> None:
    """Signals that come during a reload are one more reload."""
    while True:
        await asked.wait()
        asked.clear()
        await reloads.reload()
