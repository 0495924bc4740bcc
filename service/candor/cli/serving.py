"""What one process does that answers HTTP."""

import asyncio
import functools
import gc
import multiprocessing
import os
import signal
import socket
import sys
from contextlib import nullcontext
from typing import Any, cast

import structlog
import uvicorn
from uvicorn.loops.auto import auto_loop_factory

from candor.api.app import create_app
from candor.api.dependencies import State
from candor.cli.allocation import give_back_large_blocks
from candor.cli.draining import DrainingServer
from candor.cli.patient_connection import PatientConnection
from candor.cli.reloads import Source, reloading, tell_the_parent
from candor.domain.errors import CandorError
from candor.readiness import Departing
from candor.settings import Settings
from candor.telemetry import logs
from candor.wiring import open_state

METRICS_DIR = "PROMETHEUS_MULTIPROC_DIR"
"""The library's own variable. It reads it when it is imported, so it is set before that."""
# Objects, then younger collections, between two collections: with Python's own 700, 10, 10 they
# take 0.6 to 2.4 ms of a debate among 64, in pauses of up to 72 ms; with these under 0.1 ms. What
# is not in a cycle is freed at once all the same.
_GARBAGE = (10_000, 20, 100)
CANNOT_START = 3
"""Exit code of a worker that could not start: another one could not either."""

Listeners = list[socket.socket]


def serve(settings: Settings, listeners: Listeners, source: Source) -> None:
    """Until SIGTERM or SIGINT. Raises: ConfigError."""
    give_back_large_blocks()
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.run(_served(settings, listeners, source))


def work(started: Settings, listeners: Listeners, source: Source) -> None:
    """The same as one worker of several: in a process of its own, which is spawned."""
    # A terminal sends Ctrl-C to everybody; the parent tells us by SIGTERM what it makes of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings = source.now(started)
    logs.configure(settings.logs, traced=settings.tracing.ids())
    try:
        serve(settings, listeners, source)
    except (CandorError, OSError) as exc:
        print(f"candor: {exc}", file=sys.stderr)  # noqa: T201 # as `main` does
        sys.exit(CANNOT_START)


async def _served(settings: Settings, listeners: Listeners, source: Source) -> None:
    server = settings.server
    # Opened before uvicorn starts, which would tell a mistake as a traceback.
    folder = os.environ.get(METRICS_DIR)
    async with (
        open_state(settings, folder, source.read, tell_the_parent) as state,
        reloading(state["reloads"], source.file, server.watch_seconds),
    ):
        departing = Departing(state["readiness"])
        watched = cast(State, {**state, "readiness": departing})
        config = uvicorn.Config(
            create_app(
                lambda: nullcontext(watched),
                logs.journal(settings.logs, traced=settings.tracing.ids()),
                docs=server.shows_docs,
                traced=state["tracing"].on,
            ),
            # It calls what it is given, and asks nothing more of it.
            http=cast(Any, functools.partial(PatientConnection, server)),
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            limit_concurrency=server.max_connections,
            timeout_graceful_shutdown=server.shutdown_seconds,
        )
        # uvicorn drains on a signal and then raises it again: an orderly end is no failure.
        for number in (signal.SIGTERM, signal.SIGINT):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, lambda *_: None)
        listening = DrainingServer(config, departing, server.drain_seconds)
        _leave_with_the_parent(listening)
        addresses = ["{}:{}".format(*one.getsockname()[:2]) for one in listeners]
        structlog.get_logger("candor").info("listening", addresses=addresses)
        # What is there by now stays: looking through it for garbage would hold up every request
        # for some 70 ms, again and again.
        gc.freeze()
        gc.set_threshold(*_GARBAGE)
        await listening.serve(listeners)


def _leave_with_the_parent(server: DrainingServer) -> None:
    """A worker whose parent is gone would hold the port, and nobody would restart it."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    loop, sentinel = asyncio.get_running_loop(), parent.sentinel

    def gone() -> None:
        loop.remove_reader(sentinel)
        server.leave()

    loop.add_reader(sentinel, gone)
