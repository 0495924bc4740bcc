"""What the HTTP face asks of whoever loads the configuration again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class ReloadResult(StrEnum):
    REPLACED = "replaced"
    UNCHANGED = "unchanged"
    """What was read is what is in force."""
    REFUSED = "refused"
    """What was read is wrong, or does not work: what was in force still is."""


@dataclass(frozen=True, slots=True)
class Reloaded:
    """`changed` and `needs_restart` are settings by their dotted names: those that changed, and
    those that differ from what was read and stay as they are until a restart. `policies` are the
    fingerprints in force. `problem` says why it was refused."""

    result: ReloadResult
    generation: int
    policies: Mapping[str, str] = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    needs_restart: tuple[str, ...] = ()
    problem: str = ""


class Reloads(Protocol):
    @property
    def note(self) -> str:
        """What went wrong the last time; empty when all went well."""
        ...

    async def reload(self) -> Reloaded:
        """Reads the configuration again. Never raises a CandorError: see `problem`."""
        ...

    def tell_others(self) -> None:
        """Has the other processes of this service do the same, where there are some."""
        ...
