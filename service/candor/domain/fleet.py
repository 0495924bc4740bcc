"""Identical work in flight on different replicas is done once: whoever does it holds a lease."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from candor.domain.verdict import Report


class FleetEvent(StrEnum):
    """What happens between replicas, for the metrics."""

    JOINED = "joined"
    """Another replica's work gave the report."""
    TAKEN_OVER = "taken_over"
    """Who waited had to begin anew: whoever worked has died, failed or run out of time."""
    LOST = "lost"
    """A lease ran out while its holder still worked, and somebody else has taken it."""
    CLAIM_FAILED = "claim"
    """Those that wait here work for themselves."""
    RENEW_FAILED = "renew"
    END_FAILED = "end"
    """Those who wait elsewhere are not told."""


ToldOfFleet = Callable[[FleetEvent], object]


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody else's work has given. `token` numbers the lease under which it was done."""

    report: Report
    token: int


class Lease(Protocol):
    """The right to do a piece of work. Renewed until it is ended."""

    async def end(self, report: Report | None) -> bool:
        """Hands the report to everyone who waits, or with None the work to one of them.

        False when somebody else has taken over in the meantime: then nothing was handed over,
        and what was found must not be remembered, lest two verdicts take turns. Never raises.
        """
        ...


class Leases(Protocol):
    """One lease at a time for each key, in the whole fleet."""

    async def claim(self, key: str, after: int = 0) -> Lease | Told:
        """Waits while somebody else works on it; the caller bounds the wait. A report that is
        not keepable is told only to those who waited for it, and none that was made under the
        token `after` or an earlier one.

        Raises: FleetUnavailable.
        """
        ...

    def told_to(self, listener: ToldOfFleet) -> None:
        """`listener` hears of every event from now on."""
        ...


@dataclass(frozen=True, slots=True)
class OwnLease:
    """Shared with nobody: whoever has it works alone."""

    async def end(self, report: Report | None) -> bool:  # noqa: ARG002 # nobody waits for it
        return True


@dataclass(frozen=True, slots=True)
class Alone:
    """A fleet of one: every claim is granted."""

    async def claim(self, key: str, after: int = 0) -> Lease | Told:  # noqa: ARG002 # as it says
        return OwnLease()

    def told_to(self, listener: ToldOfFleet) -> None:
        """There is nothing to tell."""
