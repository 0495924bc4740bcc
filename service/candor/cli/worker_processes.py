"""Several processes that do the same, kept alive until SIGTERM.

Not uvicorn's own supervisor: that one asks every worker in turn over a pipe, so that one that is
busy holds up the restart of another, and it knows nothing of counts kept in files.
"""

import multiprocessing
import os
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess

import structlog
from prometheus_client.multiprocess import mark_process_dead

from candor.cli.serving import CANNOT_START, METRICS_DIR
from candor.domain.errors import ConfigError

# A worker that lived for less is not started again at once: that could go on all day.
_SHORT_LIFE_SECONDS = 5.0
# Beyond the time that workers give their requests, before they are killed.
_MERCY_SECONDS = 5.0


def run(work: Callable[[], None], count: int, leaving_seconds: float) -> None:
    """Until SIGTERM or SIGINT, which all of them hear of as SIGTERM; a second SIGINT kills.
    `leaving_seconds` is how long a worker may take to end by itself.

    Raises: ConfigError when a worker could not start; why was told by itself.
    """
    with (
        tempfile.TemporaryDirectory(prefix="candor-metrics-") as folder,
        _environment(METRICS_DIR, folder),
        _signals() as told,
    ):
        Workers(work, count, folder, told, leaving_seconds + _MERCY_SECONDS).run()


@dataclass(slots=True)
class _Worker:
    process: SpawnProcess
    started: float


@dataclass(slots=True)
class Workers:
    """`folder` is where they keep their counts together, `told` what signals are read from."""

    work: Callable[[], None]
    count: int
    folder: str
    told: "Signals"
    patience_seconds: float
    _alive: list[_Worker] = field(init=False, default_factory=list)
    _waiting: list[float] = field(init=False, default_factory=list)
    """When workers that lived too shortly are replaced, on the monotonic clock."""

    def run(self) -> None:
        try:
            self._alive = [self._start() for _ in range(self.count)]
            while not self.told.received:
                self._look()
            self._end()
        finally:
            # None may still write into the folder while it is taken away.
            for one in self._alive:
                one.process.kill()
                one.process.join()

    def _start(self) -> _Worker:
        process = multiprocessing.get_context("spawn").Process(target=self.work)
        # Processes begin with what is blocked here; by default the signal would end them.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
        process.start()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})
        return _Worker(process, time.monotonic())

    def _look(self) -> None:
        soon = max(0.0, min(self._waiting) - time.monotonic()) if self._waiting else None
        wait([self.told.readable, *(one.process.sentinel for one in self._alive)], soon)
        self.told.drain()
        self._pass_on()
        for one in self._buried():
            if one.process.exitcode == CANNOT_START:
                raise ConfigError("a worker process could not start: see what it said above")
            self._replace(one)
        self._start_those_due()

    def _pass_on(self) -> None:
        """All of them load their configuration again. One that has just been started keeps the
        signal until it listens: it is blocked there as it is here."""
        if not self.told.hangups:
            return
        self.told.hangups = 0
        for one in self._alive:
            if one.process.pid is not None and one.process.is_alive():
                os.kill(one.process.pid, signal.SIGHUP)

    def _replace(self, dead: _Worker) -> None:
        structlog.get_logger("candor").error(
            "worker died", pid=dead.process.pid, exit_code=dead.process.exitcode
        )
        lived = time.monotonic() - dead.started
        pause = 0.0 if lived > _SHORT_LIFE_SECONDS else 1.0
        self._waiting.append(time.monotonic() + pause)

    def _start_those_due(self) -> None:
        now = time.monotonic()
        due = [when for when in self._waiting if when <= now]
        self._waiting = [when for when in self._waiting if when > now]
        if not self.told.received:
            self._alive += [self._start() for _ in due]

    def _buried(self) -> list[_Worker]:
        """Those that have ended since the last look; what they counted stays."""
        dead = [one for one in self._alive if not one.process.is_alive()]
        self._alive = [one for one in self._alive if one not in dead]
        for one in dead:
            mark_process_dead(one.process.pid, self.folder)  # type: ignore[no-untyped-call] # the library has no types here
        return dead

    def _end(self) -> None:
        for one in self._alive:
            one.process.terminate()
        until = time.monotonic() + self.patience_seconds
        while self._alive and not self.told.impatient and time.monotonic() < until:
            sentinels = [one.process.sentinel for one in self._alive]
            wait([self.told.readable, *sentinels], until - time.monotonic())
            self.told.drain()
            self._buried()


class Signals:
    """What this process was told so far. `readable` becomes so with every signal."""

    def __init__(self, readable: socket.socket) -> None:
        self.readable = readable
        self.received: list[int] = []
        self.hangups = 0

    @property
    def impatient(self) -> bool:
        """Somebody at the terminal asked twice."""
        return self.received.count(signal.SIGINT) > 1

    def hung_up(self, *_: object) -> None:
        """SIGHUP: not the end, but something to pass on."""
        self.hangups += 1

    def drain(self) -> None:
        with suppress(BlockingIOError):
            self.readable.recv(4096)


@contextmanager
def _signals() -> Iterator[Signals]:
    reading, writing = socket.socketpair()
    with reading, writing:
        reading.setblocking(False)
        writing.setblocking(False)
        told = Signals(reading)
        numbers = (signal.SIGTERM, signal.SIGINT)
        before = {n: signal.signal(n, lambda n, _: told.received.append(n)) for n in numbers}
        before[signal.SIGHUP] = signal.signal(signal.SIGHUP, told.hung_up)
        wakeup = signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
        try:
            yield told
        finally:
            signal.set_wakeup_fd(wakeup)
            for number, handler in before.items():
                signal.signal(number, handler)


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    """For processes that are started meanwhile."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
