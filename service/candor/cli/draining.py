"""A server that says goodbye before it goes."""

import signal
import time
from types import FrameType

import uvicorn

from candor.readiness import Departing


class DrainingServer(uvicorn.Server):
    """On SIGTERM readiness goes off at once, while requests are still taken for
    `drain_seconds`: load balancers need a moment to look elsewhere, and until then a closed
    door would be an error to somebody. Then it closes as uvicorn does. SIGINT is a person at a
    terminal, who waits for nothing."""

    def __init__(self, config: uvicorn.Config, readiness: Departing, drain_seconds: float) -> None:
        super().__init__(config)
        self._readiness = readiness
        self._drain_seconds = drain_seconds
        self._closes: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal handler: it only takes note."""
        super().handle_exit(sig, frame)
        self.leave(0.0 if sig == signal.SIGINT else self._drain_seconds)

    def leave(self, seconds: float | None = None) -> None:
        """Closes after so many seconds, the drain by default; who said so first counts unless
        it gets shorter."""
        self.should_exit = True
        self._readiness.leave()
        wait = self._drain_seconds if seconds is None else seconds
        closes = time.monotonic() + wait
        self._closes = closes if self._closes is None else min(closes, self._closes)

    async def on_tick(self, counter: int) -> bool:
        if not await super().on_tick(counter):
            return False
        return self.force_exit or self._closes is None or time.monotonic() >= self._closes
