"""The one place that decides who asks. Plain ASGI, in front of everything that reads a body."""

from collections.abc import Iterable
from functools import partial
from typing import cast

from fastapi import Request
from starlette.types import Receive, Scope, Send

from candor.api import problems
from candor.api.arrival import Arrival
from candor.api.dependencies import State, state_in, tenant_in
from candor.api.entrance import Entrance
from candor.api.outgoing import Outgoing
from candor.domain.callers import ANYONE, Caller
from candor.domain.callers import Scope as May
from candor.domain.errors import CandorError, LacksScope, Unidentified
from candor.domain.tenants import Tenant
from candor.domain.trail import UNKNOWN, Happening, Noted
from candor.telemetry.logs import Journal

_CALLER = "caller"
# Asked by machines that have no keys, and telling nothing of anybody.
_OPEN = frozenset({"/healthz", "/readyz", "/openapi.json", "/docs"})
_METRICS = "/metrics"
# The longest first: what stands above another is a part of it.
_NEEDS = (
    ("/v1/monitor/jobs", May.JOBS),
    ("/v1/monitor/batches", May.JOBS),
    ("/v1/monitor/dead-letters", May.JOBS),
    ("/v1/monitor", May.MONITOR),
    ("/v1/policies", May.MONITOR),
    ("/v1/verdicts", May.REVIEW),
    ("/v1/admin", May.ADMIN),
)
_BEARER = b"bearer "


def caller_in(scope: Scope) -> Caller:
    return cast(Caller, scope["state"].get(_CALLER, ANYONE))


def tenant_of(request: Request) -> Tenant:
    """Whose request it is, and what that tenant may ask for."""
    entrance = state_in(request.scope)["entrance"]
    return entrance.tenant(caller_in(request.scope).tenant)


def listed_for(request: Request) -> str | None:
    """Whose verdicts may be shown: those of one tenant, or of all where nobody is told apart."""
    return tenant_in(request.scope) or None


class Door:
    """Lets nobody in who is not known and may not do what it asks for."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def lets_in(
        self, arrival: Arrival, scope: Scope, receive: Receive, out: Outgoing
    ) -> bool:
        """For where keys are asked for. Whoever is refused has been answered."""
        state = state_in(scope)
        if _is_open(scope["path"], state["entrance"]):
            return True
        try:
            caller = await _let_in(arrival, scope, state["entrance"])
        except CandorError as exc:
            _count(exc, state)
            state["trail"].note(_denied(exc, scope))
            await refuse(exc, scope, receive, out.send, self._journal)
            return False
        scope["state"]["tenant"] = caller.tenant
        out.counted = partial(_count_answer, state, caller.tenant)
        return True


async def refuse(
    error: CandorError, scope: Scope, receive: Receive, send: Send, journal: Journal
) -> None:
    """Answers in front of the routes as `handlers.py` does behind them."""
    problem = problems.of(error, scope["state"]["request_id"])
    journal.problem(problems.kind_of(problem), problem.status, problem.request_id)
    await problems.answer(problem, problems.headers_for(error))(scope, receive, send)


async def _let_in(arrival: Arrival, scope: Scope, entrance: Entrance) -> Caller:
    """Raises: Unidentified, LacksScope, IdentityUnavailable."""
    caller = await entrance.identity.caller(_presented(arrival.credentials))
    # Also of who may not do this it is written down who it was.
    scope["state"][_CALLER] = caller
    needed = _needed(scope["path"])
    if needed is not None and needed not in caller.scopes:
        raise LacksScope(f"the key lacks the scope {needed.value!r}", scope=needed.value)
    return caller


def _presented(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Both headers may be sent, if they say the same.

    Raises: Unidentified.
    """
    found = {key for key in map(_key, headers) if key}
    if len(found) > 1:
        raise Unidentified("two different keys were presented", presented=True)
    return found.pop().decode("latin-1") if found else ""


def _key(header: tuple[bytes, bytes]) -> bytes:
    name, value = header
    if name == b"x-api-key":
        return value.strip()
    if name == b"authorization" and value[: len(_BEARER)].lower() == _BEARER:
        return value[len(_BEARER) :].strip()
    return b""


def _needed(path: str) -> May | None:
    if path == _METRICS:
        return May.METRICS
    return next((m for at, m in _NEEDS if path == at or path.startswith(f"{at}/")), None)


def _is_open(path: str, entrance: Entrance) -> bool:
    return path in _OPEN or (path == _METRICS and not entrance.protect_metrics)


def _count(error: CandorError, state: State) -> None:
    match error:
        case Unidentified(presented=False):
            reason = "missing"
        case Unidentified():
            reason = "unknown"
        case LacksScope():
            reason = "scope"
        case _:
            reason = "unavailable"
    state["metrics"].auth_refused.labels(reason).inc()


def _denied(error: CandorError, scope: Scope) -> Noted:
    needed = _needed(scope["path"])
    return Noted(
        Happening.DENIED,
        cast(Caller, scope["state"].get(_CALLER, UNKNOWN)),
        scope["state"]["request_id"],
        {"reason": type(error).__name__, "scope": needed.value if needed else None},
    )


def _count_answer(state: State, tenant: str, status: int) -> None:
    state["metrics"].tenant_requests.labels(tenant, _outcome(status)).inc()


def _outcome(status: int) -> str:
    if status < 400:
        return "answered"
    if status == 429:
        return "limited"
    if status == 503:
        return "shed"
    return "refused" if status < 500 else "failed"
