"""candor worker: work on jobs that `candor serve` took."""

import asyncio
import gc
import os
import signal
from contextlib import nullcontext

import structlog
import uvicorn
from fastapi import FastAPI
from uvicorn.loops.auto import auto_loop_factory

from candor.api import probes
from candor.api.dependencies import State
from candor.api.middleware import Front
from candor.cli.allocation import give_back_large_blocks
from candor.cli.reloads import Source, hold, reloading
from candor.cli.serve import ConfigOption
from candor.domain.errors import ConfigError
from candor.settings import Settings
from candor.telemetry import logs
from candor.wiring import open_state
from candor.working import open_labour


def worker(config: ConfigOption = None) -> None:
    """Work on jobs until SIGTERM; running ones are finished first, or handed back."""
    hold()
    source = Source(config)
    settings = source.read()
    logs.configure(settings.logs, traced=settings.tracing.ids())
    if settings.jobs.kind != "redis":
        raise ConfigError(
            "a worker needs jobs: {kind: redis}; without Redis `candor serve` works on its own"
        )
    give_back_large_blocks()
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.run(_worked(settings, source))


async def _worked(settings: Settings, source: Source) -> None:
    grace = float(settings.server.shutdown_seconds)
    async with (
        open_state(settings, read=source.read) as state,
        reloading(state["reloads"], source.file, settings.server.watch_seconds),
    ):
        server = _probes(settings, state)

        def leave(*_: object) -> None:
            server.should_exit = True

        # uvicorn listens to signals while it serves, and raises them again when it has ended: an
        # orderly end is no failure. One that comes before is not to be missed.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, leave)
        async with open_labour(settings.jobs, state, grace):
            structlog.get_logger("candor").info("working", pid=os.getpid())
            gc.freeze()
            await server.serve()


def _probes(settings: Settings, state: State) -> uvicorn.Server:
    """/healthz, /readyz and /metrics, and nothing else. The door is that of `candor serve`."""
    app: FastAPI = FastAPI(lifespan=lambda _: nullcontext(state), openapi_url=None)
    probes.install(app)
    config = uvicorn.Config(
        Front(app, logs.journal(settings.logs)),
        host=settings.jobs.metrics_host,
        port=settings.jobs.metrics_port,
        log_config=None,
        access_log=False,
        server_header=False,
    )
    return uvicorn.Server(config)
