"""Whether replicas share work, and how soon a dead one is noticed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from candor.adapters.cache.sealing import NOT_SEALED, Sealer
from candor.domain.fleet import Alone, Leases

if TYPE_CHECKING:
    from candor.adapters.redis import Connection


class FleetConfig(BaseModel):
    """Identical requests in flight on different replicas are one piece of work, where verdicts
    are kept in Redis."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    join: bool = Field(
        True,
        description="Wait for a replica that already works on the same exchange. Off: each "
        "replica works for itself.",
    )
    lease_ms: int = Field(
        3_000,
        ge=300,
        le=60_000,
        description="How long a replica that died still holds its work. Renewed three times in "
        "that time; one that stalls for longer loses it.",
    )

    @asynccontextmanager
    async def open(
        self, connection: "Connection | None", sealer: Sealer = NOT_SEALED
    ) -> AsyncIterator[Leases]:
        """`connection` is that of the cache; without one there is nobody to share with."""
        if connection is None or not self.join:
            yield Alone()
            return
        # Not loaded where there is no Redis.
        from candor.adapters.leases.redis import RedisLeases  # noqa: PLC0415

        leases = RedisLeases(connection, self.lease_ms, sealer)
        try:
            yield leases
        finally:
            await leases.close()
