"""Whether Redis is left alone. It takes no decision about when to try again: that is done in the
background, never by a request."""

import time
from collections.abc import Callable


class RedisBreaker:
    """Opens after `failures` operations without an answer, one after the other."""

    def __init__(self, failures: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = failures
        self._clock = clock
        self._in_a_row = 0
        self._last_failure = 0.0
        self.is_open = False

    def answered(self) -> None:
        self._in_a_row = 0

    def failed(self, started: float) -> bool:
        """`started` is when the operation began, by the breaker's clock. True when this failure
        opened it."""
        # What ran side by side fails together, at one pause of the network or of our own loop:
        # that is one failure, not twenty.
        if self._in_a_row and started < self._last_failure:
            return False
        self._in_a_row += 1
        self._last_failure = self._clock()
        if self.is_open or self._in_a_row < self._limit:
            return False
        self.is_open = True
        return True

    def close(self) -> None:
        self.is_open, self._in_a_row = False, 0

    def now(self) -> float:
        return self._clock()
