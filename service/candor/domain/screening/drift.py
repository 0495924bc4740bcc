"""Whether traffic as a whole is still what a classifier learned from.

Each input by itself may pass for familiar while all of them together stand in one corner of the
training traffic. The mean over the last few tells: other traffic moves it in many traits at once.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from candor.domain.screening.familiarity import TRAITS, Floats32, Standing
from candor.domain.screening.manifest import Stratum
from candor.domain.screening.model import ScreenModel

WINDOWS = (25, 100)
"""Inputs in a row that are looked at together: the short window is quick, the long one sees
through traffic that comes in clumps."""
_LONGEST = max(WINDOWS)
_LENGTHS = np.array(WINDOWS, np.float64)[:, None]
_SHAPE = (len(WINDOWS), TRAITS)

Floats = NDArray[np.float64]


def drift(window_means: Floats) -> Floats:
    """Mean of the squared mean traits (last axis)."""
    found: Floats = np.square(window_means).mean(-1)
    return found


@dataclass(slots=True)
class DriftWatch:
    """Closed from where the drift over one of `WINDOWS` exceeds its limit until it is below
    `usual` over all. Safe to use from several threads."""

    limits: Sequence[float]
    usual: Sequence[float]
    closed: bool = False
    _last: Floats32 = field(
        init=False, repr=False, default_factory=lambda: np.zeros((_LONGEST, TRAITS), np.float32)
    )
    _sums: Floats = field(init=False, repr=False, default_factory=lambda: np.zeros(_SHAPE))
    _seen: int = field(init=False, default=0)
    _lock: threading.Lock = field(init=False, repr=False, default_factory=threading.Lock)

    def sees(self, traits: Floats32) -> bool:
        """Of each input, in the order of arrival; whether by now the traffic is another."""
        with self._lock:
            for total, window in zip(self._sums, WINDOWS, strict=True):
                # What leaves the window; nothing but zeros before it is full.
                total += traits - self._last[(self._seen - window) % _LONGEST]  # noqa: PLW2901
            self._last[self._seen % _LONGEST] = traits
            self._seen += 1
            found = drift(self._sums / _LENGTHS)
            most = self.usual if self.closed else self.limits
            told = zip(WINDOWS, found.tolist(), most, strict=True)
            self.closed = any(self._seen >= window and far > mine for window, far, mine in told)
            return self.closed


class TrafficWatch:
    """A watch for each head of a model, since each has traffic of its own."""

    def __init__(self, model: ScreenModel) -> None:
        self._watches: Mapping[Stratum, DriftWatch] = {
            stratum: DriftWatch(head.record.drift_limits, head.record.drift_usual)
            for stratum, head in model.heads.items()
        }

    def sees(self, stratum: Stratum, standing: Standing) -> bool:
        """Whether the traffic of this stratum has changed. Raises: KeyError without a head."""
        return self._watches[stratum].sees(standing.traits)
