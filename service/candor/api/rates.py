"""What a tenant may use in a window is asked for before anything of its request is read.

The headers are those of draft-ietf-httpapi-ratelimit-headers.
"""

import math
from collections.abc import Iterable

from starlette.types import Message, Receive, Scope

from candor.api.arrival import Arrival
from candor.api.auth import caller_in, refuse
from candor.api.dependencies import State, state_in
from candor.api.entrance import Entrance
from candor.api.outgoing import Outgoing
from candor.domain.errors import OverQuota
from candor.domain.quotas import Measure, Quota, Standing
from candor.telemetry.logs import Journal

ALONE = "rate_limits_alone"
"""In `degraded`: usage is counted by this process alone, because Redis is away."""
_LACKS = "lacks"
_METERED = frozenset(
    ("/v1/monitor", "/v1/monitor/stream", "/v1/monitor/jobs", "/v1/monitor/batches")
)
_UNITS = {Measure.BYTES: ';qu="content-bytes"', Measure.COST: ';qu="micro-usd"'}


def lacks_in(scope: Scope) -> tuple[str, ...]:
    """What stands in front could not do for this request."""
    found: tuple[str, ...] = scope["state"].get(_LACKS, ())
    return found


class Meter:
    """Behind the door: it knows who asks."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def meters(self, scope: Scope, entrance: Entrance) -> bool:
        """Whether this request uses up anything."""
        return (
            scope["path"] in _METERED
            and scope["method"] == "POST"
            and entrance.quotas.limits(caller_in(scope).tenant)
        )

    async def take(
        self, arrival: Arrival, scope: Scope, receive: Receive, out: Outgoing
    ) -> Receive | None:
        """What the body is to be read from; None for whoever was refused, and answered."""
        state, tenant = state_in(scope), caller_in(scope).tenant
        taken = await state["entrance"].quotas.take(tenant, arrival.length or 0)
        out.add(_headers(taken.standings))
        if taken.alone:
            scope["state"][_LACKS] = (ALONE,)
        if taken.refused is not None:
            error = _over(taken.refused)
            state["metrics"].rate_limited.labels(tenant, error.measure).inc()
            await refuse(error, scope, receive, out.send, self._journal)
            return None
        if arrival.length is None:
            return _Unannounced(receive, state, tenant).receive
        return receive


def _over(standing: Standing) -> OverQuota:
    quota = standing.quota
    return OverQuota(
        f"the tenant has used up its {quota.measure.value} of {quota.seconds} s",
        measure=quota.measure.value,
        retry_after=max(1, math.ceil(standing.reset)),
    )


def _headers(standings: Iterable[Standing]) -> list[tuple[bytes, bytes]]:
    found = list(standings)
    policy = ", ".join(_policy(standing.quota) for standing in found)
    now = ", ".join(f'"{s.quota.measure.value}";r={s.left};t={math.ceil(s.reset)}' for s in found)
    return [(b"ratelimit-policy", policy.encode()), (b"ratelimit", now.encode())]


def _policy(quota: Quota) -> str:
    unit = _UNITS.get(quota.measure, "")
    return f'"{quota.measure.value}";q={quota.most};w={quota.seconds}{unit}'


class _Unannounced:
    """Counts a body whose length nobody said; it is charged when it has been read."""

    __slots__ = ("_receive", "_size", "_state", "_tenant")

    def __init__(self, receive: Receive, state: State, tenant: str) -> None:
        self._receive = receive
        self._state = state
        self._tenant = tenant
        self._size = 0

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._size += len(message.get("body", b""))
            if not message.get("more_body", False):
                self._state["entrance"].quotas.add_bytes(self._tenant, self._size)
        return message
