"""One lease in Redis, kept alive while its holder works."""

import asyncio
from dataclasses import dataclass

from candor.adapters.cache import encoding
from candor.adapters.cache.sealing import NOT_SEALED, Area, Sealer
from candor.adapters.leases import scripts
from candor.adapters.leases.place import CHANNEL, REMEMBERED_MS, Place
from candor.adapters.redis import Connection
from candor.domain.errors import RedisUnavailable
from candor.domain.fleet import FleetEvent, ToldOfFleet
from candor.domain.verdict import Report

# Who waits is woken and reads at once. Who asks anew finds a verdict in the cache long before.
_TOLD_MS = 5_000


@dataclass(frozen=True, slots=True)
class Grant:
    """`token` is greater than that of every earlier lease on the same work; `holder` tells two
    apart should Redis lose its memory and count anew."""

    token: int
    holder: str

    @property
    def value(self) -> str:
        return f"{self.token}:{self.holder}"


class RedisLease:
    """Renewed three times in its length from the moment it is made."""

    def __init__(
        self,
        connection: Connection,
        place: Place,
        grant: Grant,
        lease_ms: int,
        tell: ToldOfFleet,
        *,
        sealer: Sealer = NOT_SEALED,
    ) -> None:
        self._connection = connection
        self._place = place
        self._grant = grant
        self._lease_ms = lease_ms
        self._tell = tell
        self._sealer = sealer
        self._lost = False
        self._renewing = asyncio.create_task(self._renew())

    async def end(self, report: Report | None) -> bool:
        self._renewing.cancel()
        if self._lost:
            return False
        raw = self._encoded(report)
        for_all = int(report is not None and report.keepable)
        try:
            handed = await self._run(
                scripts.END, raw, for_all, _TOLD_MS, CHANNEL, self._place.name
            )
        except RedisUnavailable:
            # Nobody is known to have taken over.
            self._tell(FleetEvent.END_FAILED)
            return True
        if not handed:
            self._lose()
        return bool(handed)

    def _encoded(self, report: Report | None) -> bytes:
        if report is None:
            return b""
        try:
            raw = encoding.encode(self._place.key, report, expires=0)
        except ValueError:
            # It cannot be written down: whoever waits has to work himself.
            return b""
        return self._sealer.seal(Area.LEASE, self._place.key, raw)

    async def _renew(self) -> None:
        while not self._lost:
            await asyncio.sleep(self._lease_ms / 3000)
            try:
                if not await self._run(scripts.RENEW, self._lease_ms, REMEMBERED_MS):
                    self._lose()
            except RedisUnavailable:
                self._tell(FleetEvent.RENEW_FAILED)

    def _lose(self) -> None:
        self._lost = True
        self._tell(FleetEvent.LOST)

    async def _run(self, script: str, *given: str | bytes | int) -> object:
        mine = (self._grant.value, self._grant.token)
        return await self._place.run(self._connection, script, [*mine, *given])
