"""Leases in Redis: no two replicas do the same work, and none waits for a dead one for long."""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from candor.adapters.cache import encoding
from candor.adapters.cache.sealing import NOT_SEALED, Area, Sealer
from candor.adapters.leases import scripts
from candor.adapters.leases.bells import Bells
from candor.adapters.leases.lease import Grant, RedisLease
from candor.adapters.leases.place import CHANNEL, REMEMBERED_MS, Place
from candor.adapters.redis import Connection
from candor.domain.errors import FleetUnavailable, RedisUnavailable
from candor.domain.fleet import FleetEvent, Lease, Told, ToldOfFleet

# Beyond the end of a lease, so that it has run out when we look.
_A_MOMENT_MS = 20


@dataclass(frozen=True, slots=True)
class _Held:
    """By somebody else, under this token, for so long unless it is renewed."""

    token: int
    left_ms: int


class RedisLeases:
    """Who waits is woken by the holder; should that one die, by the end of its lease."""

    def __init__(self, connection: Connection, lease_ms: int, sealer: Sealer = NOT_SEALED) -> None:
        self._connection = connection
        self._sealer = sealer
        self._lease_ms = lease_ms
        self._process = secrets.token_hex(8)
        self._bells = Bells(connection, CHANNEL + self._process)
        self._told_to: ToldOfFleet = lambda _: None

    def told_to(self, listener: ToldOfFleet) -> None:
        self._told_to = listener

    async def claim(self, key: str, after: int = 0) -> Lease | Told:
        place = Place(key)
        try:
            claim = await self._ask(place, after)
            if isinstance(claim, _Held):
                claim = await self._wait(place, after, claim.token)
        except RedisUnavailable as exc:
            self._told_to(FleetEvent.CLAIM_FAILED)
            raise FleetUnavailable(str(exc)) from exc
        if isinstance(claim, Told):
            self._told_to(FleetEvent.JOINED)
        return claim

    async def close(self) -> None:
        """The leases are ended by those who hold them."""
        await self._bells.close()

    async def _wait(self, place: Place, after: int, since: int) -> Lease | Told:
        with self._bells.hung(place.name) as bell:
            while True:
                # Listen, then look, then wait: whatever happens after the look rings.
                await self._bells.heard()
                bell.clear()
                claim = await self._ask(place, after, since)
                if not isinstance(claim, _Held):
                    return self._ended(claim)
                await _rung(bell, (claim.left_ms + _A_MOMENT_MS) / 1000)

    def _ended(self, claim: Lease | Told) -> Lease | Told:
        if not isinstance(claim, Told):
            self._told_to(FleetEvent.TAKEN_OVER)
        return claim

    async def _ask(self, place: Place, after: int, since: int = 0) -> Lease | Told | _Held:
        holder = secrets.token_hex(8)
        given: list[str | int] = [
            holder,
            self._process,
            self._lease_ms,
            after,
            since,
            REMEMBERED_MS,
        ]
        answer = await place.run(self._connection, scripts.CLAIM, given, optional=True)
        said, token, *more = _checked(answer)
        if said == b"held":
            return _Held(token, more[0])
        if said == b"told":
            opened = self._sealer.open(Area.LEASE, place.key, more[0])
            known = None if opened is None else encoding.decode(place.key, opened)
            # Written by another version or with another key, or damaged: nothing was told.
            return Told(known.report, token) if known else await self._ask(place, token, since)
        grant = Grant(token, holder)
        tell, sealer = self._told_to, self._sealer
        return RedisLease(self._connection, place, grant, self._lease_ms, tell, sealer=sealer)


_KINDS: Mapping[object, tuple[type, ...]] = {b"held": (int,), b"told": (bytes,)}


def _checked(answer: Any) -> list[Any]:
    """Raises: RedisUnavailable where something else than our script has answered."""
    if not isinstance(answer, list) or len(answer) < 2:
        raise RedisUnavailable("redis answered in a form that is not known")
    said, token, *more = answer
    kinds = _KINDS.get(said, ())
    if not isinstance(token, int) or tuple(map(type, more[: len(kinds)])) != kinds:
        raise RedisUnavailable("redis answered in a form that is not known")
    return answer


async def _rung(bell: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await bell.wait()
    except TimeoutError:
        pass
