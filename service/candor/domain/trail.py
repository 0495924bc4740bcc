"""Who asked, and what they were told: what an audit log keeps. Never any content."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from candor.domain.callers import Caller
from candor.domain.verdict import Report

Fact = str | int | bool | None


class Happening(StrEnum):
    """Short fixed words: what a line is about."""

    VERDICT = "verdict"
    DENIED = "denied"
    """A key was unknown, over, or not for this."""
    REVIEW = "review"
    RELOAD = "reload"
    """The configuration was read again, whoever or whatever asked for it."""
    ADMIN = "admin"
    """Somebody asked for something at `/v1/admin`."""


@dataclass(frozen=True, slots=True)
class Entry:
    """`at` is in UTC. `facts` are ids, names from the configuration and words from the code."""

    event: Happening
    at: datetime
    tenant: str
    key_id: str
    request_id: str
    facts: Mapping[str, Fact] = field(default_factory=dict)


def of_verdict(report: Report, verdict_id: str, caller: Caller, request_id: str) -> "Noted":
    """One answer that is about to be given."""
    return Noted(
        Happening.VERDICT,
        caller,
        request_id,
        {
            "id": verdict_id,
            "policy": report.policy.name,
            "version": report.policy.version,
            "outcome": report.verdict.outcome.value,
            "action": report.action.value,
            "posture": str(report.posture) if report.posture else None,
            "cache": report.cache.value,
        },
    )


UNKNOWN = Caller("", "", frozenset())
"""Somebody without a key that is known."""

SYSTEM = Caller("", "system", frozenset())
"""The service itself, or whoever can signal its process."""


@dataclass(frozen=True, slots=True)
class Noted:
    """An entry but for its time."""

    event: Happening
    caller: Caller
    request_id: str
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def entry(self, at: datetime) -> Entry:
        caller = self.caller
        return Entry(self.event, at, caller.tenant, caller.key_id, self.request_id, self.facts)


class Trail(Protocol):
    """Where all of it is written down, in order."""

    @property
    def keeps(self) -> bool:
        """False: it writes nothing down, and nothing needs to be put together for it."""
        ...

    @property
    def strict(self) -> bool:
        """Nothing may be answered that is not written down."""
        ...

    def admit(self) -> None:
        """Before work is begun. Raises: TrailUnavailable where it is known that nothing could be
        answered."""
        ...

    def note(self, noted: Noted) -> None:
        """Neither waits nor fails: what finds no room is counted as lost, in the log too."""
        ...

    async def keep(self, noted: Noted) -> None:
        """The same; where it is strict, returns once it is written, in a bounded time.

        Raises: TrailUnavailable where it is strict.
        """
        ...

    async def ping(self) -> None:
        """Raises: TrailUnavailable while nothing can be written."""
        ...


@dataclass(frozen=True, slots=True)
class NoTrail:
    """Nothing is written down."""

    keeps: bool = False
    strict: bool = False

    def admit(self) -> None:
        """Always."""

    def note(self, noted: Noted) -> None:
        """To nobody."""

    async def keep(self, noted: Noted) -> None:
        """To nobody."""

    async def ping(self) -> None:
        """There is nothing that could be away."""
