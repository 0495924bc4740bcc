"""One row of the table: a dependency, a fault, and what the caller gets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tests.chaos.dependencies.faults import Fault


@dataclass(frozen=True)
class Told:
    """What an answer says; a refusal has a `problem` and nothing else. `says` is for people."""

    status: int = 200
    outcome: str = "non_deceptive"
    action: str = "allow"
    degraded: str = ""
    posture: str = ""
    problem: str = ""
    says: str = ""

    @property
    def text(self) -> str:
        if self.problem:
            return f"{self.status} `{self.problem}`"
        return self.says or f"{self.status} `{self.outcome}`, `{self.action}`"


def inconclusive(degraded: str, action: str = "review") -> Told:
    return Told(
        outcome="inconclusive",
        action=action,
        degraded=degraded,
        posture=f"dependency_down:{action}",
    )


def refused(status: int, problem: str) -> Told:
    return Told(status, "", "", problem=problem)


@dataclass(frozen=True)
class Count:
    """A series that goes up; the name without `candor_`."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        labels = ",".join(f'{name}="{value}"' for name, value in self.labels.items())
        return f"candor_{self.name}{{{labels}}}" if labels else f"candor_{self.name}"


@dataclass(frozen=True)
class Cell:
    """`place` is where the dependency stands, such as a policy; `strict`: what is told under the
    posture `block`."""

    place: str
    fault: Fault
    told: Told
    counts: Sequence[Count] = ()
    strict: Told | None = None

    def __str__(self) -> str:
        return f"{self.place}-{self.fault}".replace(" ", "_")


def under_block(told: Told) -> Told:
    """The same with `on_dependency_down: block`."""
    return replace(told, action="block", posture="dependency_down:block")


@dataclass(frozen=True)
class Section:
    """One dependency in one place, as the page has it."""

    title: str
    about: str
    cells: Sequence[Cell]
