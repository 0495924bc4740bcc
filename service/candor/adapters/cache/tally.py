"""What the caches tell to whoever counts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from candor.adapters.cache.sealing import Area

Level = Literal["local", "stale", "shared"]
"""`stale`: in this process, beyond its time there, because Redis was away."""


def _nobody(_: Level) -> None: ...


def _nothing() -> None: ...


def _sealed(_: Area) -> None: ...


@dataclass(frozen=True, slots=True)
class CacheTally:
    hit: Callable[[Level], object] = _nobody
    unreadable: Callable[[], object] = _nothing
    """Something lay under the key that this version of Candor did not write for it."""
    unopened: Callable[[Area], object] = _sealed
    """Something lay in Redis that no key opens. A verdict is told as `unreadable` too."""
