"""Names that nobody can guess, cheaply."""

import os
from collections.abc import Callable

# Bytes drawn from the operating system at a time: 256 names of 128 bits.
_DRAWN = 4096


class Ids:
    """Every id is made of fresh bytes of the operating system's generator, as with `secrets`;
    they are only drawn in advance, because each system call would cost more than the rest of
    what happens to a request before it is read. One per process: a fork would repeat them."""

    __slots__ = ("_at", "_draw", "_drawn")

    def __init__(self, draw: Callable[[int], bytes] = os.urandom) -> None:
        self._draw = draw
        self._drawn = ""
        self._at = 0

    def hex(self, length: int) -> str:
        """`length` hex digits, each worth four bits of randomness; at most 64."""
        end = self._at + length
        if end > len(self._drawn):
            self._drawn, self._at, end = self._draw(_DRAWN).hex(), 0, length
        drawn = self._drawn[self._at : end]
        self._at = end
        return drawn
