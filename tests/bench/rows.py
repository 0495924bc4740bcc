"""What a run tells: rows of figures, each with the target it is held against."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `target` is the most it should be (with `more_is_better` the least), in the
    same unit; `details` are the measurements behind it, each with its unit in its name. `rounds`
    are the values of which `value` is the middle one: their range is the noise of the run.
    `bare`: measured without Candor, so that it tells only of the machine."""

    name: str
    value: float
    unit: str
    target: float | None = None
    details: Mapping[str, float] = field(default_factory=dict)
    rounds: Sequence[float] = ()
    more_is_better: bool = False
    bare: bool = False

    @classmethod
    def of(cls, name: str, rounds: Sequence[float], unit: str, **more: Any) -> Self:
        """The middle one of the rounds."""
        return cls(name, statistics.median(rounds), unit, rounds=list(rounds), **more)

    @property
    def met(self) -> bool | None:
        if self.target is None:
            return None
        return self.value >= self.target if self.more_is_better else self.value <= self.target

    @property
    def paired(self) -> bool:
        """A ratio to something measured in the same moments: the machine falls out."""
        return self.unit.startswith("x ")

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "met": self.met}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        return cls(**{name: value for name, value in said.items() if name != "met"})


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0..1) of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]


def ratios(ours: Sequence[float], bounds: Sequence[float]) -> list[float]:
    return [a / b for a, b in zip(ours, bounds, strict=True)]


def differences(ours: Sequence[float], bounds: Sequence[float]) -> list[float]:
    return [a - b for a, b in zip(ours, bounds, strict=True)]


def median_ratio(ours: Sequence[float], bounds: Sequence[float]) -> float:
    """Of each pair, then the middle one: what slows a whole pair down falls out."""
    return statistics.median(ratios(ours, bounds))
