"""The process of the injector: one door, one who minds it."""

import signal
import time
from dataclasses import dataclass
from types import FrameType

import structlog
import uvicorn
from starlette.applications import Starlette

from candor.domain.beside import beside
from candor.injector.minding import Minder, Standing
from candor.injector.tls import Door

_GRACE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Address:
    """`drain_seconds`: how long it answers after SIGTERM."""

    host: str
    port: int
    drain_seconds: float = 5.0


class _Draining(uvicorn.Server):
    """Until the API server knows that this replica leaves, a closed door would be a pod without
    Candor."""

    def __init__(self, config: uvicorn.Config, standing: Standing, seconds: float) -> None:
        super().__init__(config)
        self._standing = standing
        self._seconds = seconds
        self._closes = 0.0

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self._standing.leaving = True
        # A person at a terminal waits for nothing.
        self._closes = time.monotonic() + (0.0 if sig == signal.SIGINT else self._seconds)

    async def on_tick(self, counter: int) -> bool:
        if not await super().on_tick(counter):
            return False
        return self.force_exit or time.monotonic() >= self._closes


async def serve(app: Starlette, door: Door, minder: Minder, address: Address) -> None:
    """Until SIGTERM or SIGINT; reviews in flight are answered first. Raises: SystemExit where
    nobody can listen at the address, as uvicorn does."""
    config = uvicorn.Config(
        app,
        host=address.host,
        port=address.port,
        ssl_context_factory=lambda *_: door.context,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=256,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = _Draining(config, minder.standing, address.drain_seconds)
    # uvicorn raises a signal again when it has ended: an orderly end is no failure. One that comes
    # before it listens to them is not to be missed.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, server.handle_exit)
    async with beside(minder.forever()):
        structlog.get_logger("candor.injector").info(
            "listening", host=address.host, port=address.port
        )
        await server.serve()
