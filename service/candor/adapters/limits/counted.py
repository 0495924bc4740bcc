"""What tenants have used: together with the other replicas where there is a Redis, and in this
process alone while it is away."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from limits.aio.storage import MemoryStorage

from candor.adapters.limits.windows import Counters, Windows
from candor.domain.errors import RedisUnavailable
from candor.domain.quotas import MICRO, Measure, Quota, Standing, Taken
from candor.domain.usage import ModelCall, total

if TYPE_CHECKING:
    from candor.adapters.redis import Connection

T = TypeVar("T")
Heard = Callable[[], object]


def _nobody() -> None: ...


@dataclass(slots=True)
class CountedQuotas:
    """`own` counts in this process, `shared` for the fleet, where there is one. Money and calls
    are counted in both, so that nobody has them anew because Redis went away."""

    quotas: Mapping[str, tuple[Quota, ...]]
    default: tuple[Quota, ...]
    own: Counters
    shared: Counters | None = None
    alone: Heard = _nobody
    """Hears of each time the others could not be asked."""
    _charging: set[asyncio.Task[None]] = field(default_factory=set)

    def limits(self, tenant: str) -> bool:
        return bool(self._of(tenant))

    async def take(self, tenant: str, size: int) -> Taken:
        if self.shared is None:
            return await self._take(self.own, tenant, size)
        try:
            return await self._take(self.shared, tenant, size)
        except RedisUnavailable:
            self.alone()
        taken = await self._take(self.own, tenant, size)
        return Taken(taken.standings, taken.refused, alone=True)

    def charge(self, tenant: str, calls: Sequence[ModelCall]) -> None:
        used = total(calls)
        amounts = {
            Measure.MODEL_CALLS: used.model_calls,
            Measure.COST: round(used.cost_usd * MICRO),
        }
        self._add(tenant, amounts)

    def add_bytes(self, tenant: str, size: int) -> None:
        self._add(tenant, {Measure.BYTES: size})

    async def settled(self) -> None:
        """Waits until everything is counted."""
        while self._charging:
            await asyncio.wait(self._charging)

    def _of(self, tenant: str) -> tuple[Quota, ...]:
        return self.quotas.get(tenant, self.default)

    async def _take(self, counters: Counters, tenant: str, size: int) -> Taken:
        quotas = self._of(tenant)
        # What is used up afterwards refuses before anything else is taken.
        found = await asyncio.gather(
            *(counters.standing(tenant, quota) for quota in quotas if quota.afterwards)
        )
        gone = next((standing for standing in found if standing.left <= 0), None)
        if gone is None:
            gone = await self._hit(counters, tenant, quotas, size)
        rest = await asyncio.gather(
            *(counters.standing(tenant, quota) for quota in quotas if not quota.afterwards)
        )
        return Taken((*rest, *found), gone)

    async def _hit(
        self, counters: Counters, tenant: str, quotas: Sequence[Quota], size: int
    ) -> Standing | None:
        amounts = {Measure.REQUESTS: 1, Measure.BYTES: size}
        for quota in quotas:
            amount = amounts.get(quota.measure, 0)
            refused = await counters.take(tenant, quota, amount) if amount else None
            if refused is not None:
                return refused
        return None

    def _add(self, tenant: str, amounts: Mapping[Measure, int]) -> None:
        todo = [(quota, amounts.get(quota.measure, 0)) for quota in self._of(tenant)]
        todo = [(quota, amount) for quota, amount in todo if amount > 0]
        if not todo:
            return
        task = asyncio.create_task(self._added(tenant, todo))
        self._charging.add(task)
        task.add_done_callback(self._charging.discard)

    async def _added(self, tenant: str, todo: Sequence[tuple[Quota, int]]) -> None:
        for quota, amount in todo:
            if self.shared is not None:
                await self._tried(self.shared.add(tenant, quota, amount))
            await self.own.add(tenant, quota, amount)

    async def _tried(self, work: Awaitable[None]) -> None:
        try:
            await work
        except RedisUnavailable:
            self.alone()


def _shared(connection: "Connection") -> Windows:
    # Not loaded where there is no Redis.
    from candor.adapters.limits.storage import SharedStorage  # noqa: PLC0415

    return Windows(SharedStorage(connection))


@asynccontextmanager
async def open_counted(
    quotas: Mapping[str, tuple[Quota, ...]],
    default: tuple[Quota, ...],
    connection: "Connection | None",
) -> AsyncIterator[CountedQuotas]:
    """`connection`: the fleet counts together there."""
    shared = _shared(connection) if connection is not None else None
    counted = CountedQuotas(quotas, default, Windows(MemoryStorage()), shared)
    try:
        yield counted
    finally:
        await counted.settled()
