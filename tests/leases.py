"""A fleet within one process: what Redis is to replicas, for tests."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from candor.domain.errors import FleetUnavailable
from candor.domain.fleet import FleetEvent, Lease, Told, ToldOfFleet
from candor.domain.verdict import Report


@dataclass
class Board:
    """Where replicas write down who works on what."""

    held: dict[str, int] = field(default_factory=dict)
    last: Counter[str] = field(default_factory=Counter)
    told: dict[str, Told] = field(default_factory=dict)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def change(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()

    def grant(self, key: str) -> "BoardLease":
        self.last[key] += 1
        self.held[key] = self.last[key]
        return BoardLease(self, key, self.last[key])


@dataclass
class BoardLease:
    board: Board
    key: str
    token: int

    async def end(self, report: Report | None) -> bool:
        if self.board.held.get(self.key) != self.token:
            return False
        self.expire()
        if report is not None:
            self.board.told[self.key] = Told(report, self.token)
        return True

    def expire(self) -> None:
        del self.board.held[self.key]
        self.board.change()


@dataclass
class BoardLeases:
    """One replica's leases on a shared board."""

    board: Board = field(default_factory=Board)
    heard: list[FleetEvent] = field(default_factory=list)
    claimed: list[str] = field(default_factory=list)
    _listener: ToldOfFleet | None = None

    def told_to(self, listener: ToldOfFleet) -> None:
        self._listener = listener

    async def claim(self, key: str, after: int = 0) -> Lease | Told:
        self.claimed.append(key)
        since = self.board.held.get(key, 0)
        while True:
            told = self.board.told.get(key)
            if told is not None and told.token > after and _may_read(told, since):
                self._tell(FleetEvent.JOINED)
                return told
            if key not in self.board.held:
                if since:
                    self._tell(FleetEvent.TAKEN_OVER)
                return self.board.grant(key)
            await self.board.changed.wait()

    def _tell(self, event: FleetEvent) -> None:
        self.heard.append(event)
        if self._listener is not None:
            self._listener(event)


def _may_read(told: Told, since: int) -> bool:
    return told.report.keepable or 0 < since <= told.token


class BrokenLeases:
    """Nobody can be asked."""

    def told_to(self, listener: ToldOfFleet) -> None:
        listener(FleetEvent.CLAIM_FAILED)

    async def claim(self, key: str, after: int = 0) -> Lease | Told:
        raise FleetUnavailable("down")
