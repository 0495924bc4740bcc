"""Slots for work that costs something, and the lines before them.

Whoever would wait for longer than is worth it is refused at once: what is accepted stays about
as fast as when nobody else is there. How long it would wait is worked out from how long such work
has taken lately, and from who is in line before.
"""

import asyncio
import math
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field

from candor.domain.errors import Overloaded, TierError

# Of the newest piece of work in the moving average of service times.
_WEIGHT = 0.1
_LONGEST_RETRY = 60


class AdmissionConfig(BaseModel):
    """How much is worked on at once in one process, and who has to wait."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    debates: int | None = Field(
        None,
        gt=0,
        description="Tiers after the screen at once; null: 32 where a policy asks models, and "
        "`work.threads` where all of them are code.",
    )
    judging: int | None = Field(
        None,
        gt=0,
        description="Exchanges judged at once, screens included; those known from the cache need "
        "no slot. Null: four times `debates` and 16.",
    )
    patience: float = Field(
        0.5,
        ge=0,
        le=100,
        description="Longest expected wait for a slot, as a multiple of the time that such work "
        "took lately; beyond it the request is refused at once.",
    )
    max_waiting: int = Field(
        64, ge=0, description="Most in line for the slots of one kind, however short the wait."
    )
    tenant_share: float = Field(
        0.75,
        gt=0,
        le=1,
        description="Most of the slots that one tenant may hold where there are several.",
    )


@dataclass(frozen=True, slots=True)
class Room:
    """`slots` at once, `waiting` in line, `each` of the slots for one tenant."""

    slots: int
    waiting: int
    each: int
    patience: float


@dataclass(slots=True)
class Pace:
    """How long work takes: an exponential moving average by kind, and over all. Seconds."""

    by_kind: dict[str, float] = field(default_factory=dict)
    overall: float = 0.0

    def took(self, kind: str, seconds: float) -> None:
        self.by_kind[kind] = _moved(self.by_kind.get(kind, 0.0), seconds)
        self.overall = _moved(self.overall, seconds)

    def of(self, kind: str) -> float:
        """0 where nothing is known yet."""
        return self.by_kind.get(kind, self.overall)


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    tenant: str
    turn: asyncio.Future[None]


class Slots:
    """`reason` is the word for the metrics when somebody is refused. Not for several threads."""

    def __init__(
        self, reason: str, room: Room, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.room = room
        self.pace = Pace()
        self._reason = reason
        self._clock = clock
        self._changed: Callable[[int, int], object] = _nobody
        self._held: dict[str, int] = {}
        # Tenants in turn, and for each its own line.
        self._lines: OrderedDict[str, deque[_Place]] = OrderedDict()

    def told_to(self, changed: Callable[[int, int], object]) -> None:
        """`changed` hears how many are taken and how many wait, now and at each change."""
        self._changed = changed
        self._tell()

    def _tell(self) -> None:
        self._changed(self.taken, self.waiting)

    @property
    def taken(self) -> int:
        return sum(self._held.values())

    @property
    def waiting(self) -> int:
        return sum(map(len, self._lines.values()))

    @asynccontextmanager
    async def one(self, tenant: str, kind: str, seconds: float) -> AsyncIterator[None]:
        """Holds a slot for work of this kind, which has `seconds` for the wait and the work.

        Raises: Overloaded.
        """
        await self._enter(tenant, kind, seconds)
        started = self._clock()
        try:
            yield
        except TierError:
            # It took its time all the same. What broke off otherwise says nothing of that.
            self.pace.took(kind, self._clock() - started)
            raise
        else:
            self.pace.took(kind, self._clock() - started)
        finally:
            self._give_back(tenant)

    def expected_wait(self, tenant: str) -> float:
        """Seconds until a slot is there for one more of this tenant; 0 where one is free."""
        room, mine = self.room, len(self._lines.get(tenant, ()))
        ahead = mine + sum(
            min(len(line), mine + 1) for name, line in self._lines.items() if name != tenant
        )
        waits = [0.0]
        if self.taken >= room.slots:
            waits.append((ahead + 1) / room.slots)
        if self._held.get(tenant, 0) >= room.each:
            waits.append((mine + 1) / room.each)
        return max(waits) * self.pace.overall

    async def _enter(self, tenant: str, kind: str, seconds: float) -> None:
        if self._may_take(tenant) and not self._lines.get(tenant):
            self._take(tenant)
            return
        self._check_wait(tenant, kind, seconds)
        place = _Place(tenant, asyncio.get_running_loop().create_future())
        self._lines.setdefault(tenant, deque()).append(place)
        self._tell()
        try:
            await place.turn
        except asyncio.CancelledError:
            self._leave(place)
            raise

    def _check_wait(self, tenant: str, kind: str, seconds: float) -> None:
        wait, pace = self.expected_wait(tenant), self.pace.of(kind)
        longest = min(self.room.patience * self.pace.overall, seconds - pace)
        if self.waiting < self.room.waiting and wait <= max(longest, 0.0):
            return
        raise Overloaded(
            "everything that can be judged at once is being judged (admission)",
            reason=self._reason,
            # As soon as the line is short enough to be let into.
            retry_after=_whole(max(wait - max(longest, 0.0), pace / self.room.slots)),
        )

    def _may_take(self, tenant: str) -> bool:
        return self.taken < self.room.slots and self._held.get(tenant, 0) < self.room.each

    def _take(self, tenant: str) -> None:
        self._held[tenant] = self._held.get(tenant, 0) + 1
        self._tell()

    def _give_back(self, tenant: str) -> None:
        self._held[tenant] -= 1
        if not self._held[tenant]:
            del self._held[tenant]
        self._let_in()
        self._tell()

    def _leave(self, place: _Place) -> None:
        """Cancelled in line, or just after its turn had come."""
        if place.turn.done() and not place.turn.cancelled():
            self._give_back(place.tenant)
            return
        line = self._lines.get(place.tenant)
        if line is not None and place in line:
            line.remove(place)
            if not line:
                del self._lines[place.tenant]
            self._tell()

    def _let_in(self) -> None:
        """One after the other, tenants in turn."""
        while tenant := next((name for name in self._lines if self._may_take(name)), None):
            line = self._lines.pop(tenant)
            place = line.popleft()
            if line:
                self._lines[tenant] = line
            if not place.turn.done():
                self._take(tenant)
                place.turn.set_result(None)


@dataclass(frozen=True, slots=True)
class Admission:
    """Who is let in to be judged, and to the tiers after the screen. None: everybody is."""

    judging: Slots | None = None
    debates: Slots | None = None

    @classmethod
    def of(
        cls, config: AdmissionConfig, tenants: int, asks_models: bool, threads: int
    ) -> "Admission":
        debates = config.debates or (32 if asks_models else threads)
        judging = config.judging or 4 * debates + 16
        return cls(
            Slots("admission", _room(config, judging, tenants)),
            Slots("debates", _room(config, debates, tenants)),
        )


def _nobody(_: int, __: int) -> None: ...


def _room(config: AdmissionConfig, slots: int, tenants: int) -> Room:
    each = slots if tenants <= 1 else max(1, math.floor(slots * config.tenant_share))
    return Room(slots, config.max_waiting, each, config.patience)


def _moved(average: float, seconds: float) -> float:
    return seconds if not average else (1 - _WEIGHT) * average + _WEIGHT * seconds


def _whole(seconds: float) -> int:
    return max(1, min(_LONGEST_RETRY, math.ceil(seconds)))
