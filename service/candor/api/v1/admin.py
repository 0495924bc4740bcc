"""POST /v1/admin/reload."""

import ipaddress
from typing import Literal

from fastapi import FastAPI, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from candor.api import dependencies
from candor.api.auth import caller_in
from candor.api.openapi import problem_responses
from candor.api.reloads import ReloadResult
from candor.api.v1.direct import add_direct
from candor.api.v1.receive import JSON
from candor.domain.errors import NotAllowed, ReloadRefused
from candor.domain.trail import Happening, Noted

_ABOUT = """\
Reads the configuration file and the environment again, builds everything aside, probes what is
new, and puts it in force. Requests in flight end on what they began with. What is wrong leaves
everything as it was and answers 409 with the reason.

Of several worker processes the one that answers has reloaded when it does; the others are told to
do the same at that moment.
"""


class ReloadOut(BaseModel):
    """What a reload did."""

    model_config = ConfigDict(frozen=True)

    result: Literal["replaced", "unchanged"] = Field(
        description="`unchanged`: what was read is what was in force.", examples=["replaced"]
    )
    generation: int = Field(
        description="Which configuration is in force now, counted from 1 in the process that "
        "answered.",
        examples=[2],
    )
    changed: list[str] = Field(
        description="Settings that are in force with another value now.",
        examples=[["policies.default.on_inconclusive"]],
    )
    needs_restart: list[str] = Field(
        description="Settings that differ from the file and stay as they are until a restart.",
        examples=[["server.port"]],
    )
    policies: dict[str, str] = Field(
        description="The version of every policy by its name.",
        examples=[{"default": "5f0c1b7a90d2e4c3"}],
    )


def install(app: FastAPI) -> None:
    add_direct(
        app,
        "/v1/admin/reload",
        reload,
        "POST",
        operation_id="reload",
        summary="Load the configuration again",
        description=_ABOUT,
        tags=["admin"],
        response_model=ReloadOut,
        response_description="What is in force now.",
        responses=problem_responses(401, 403, 409, 500, 503),
    )


async def reload(request: Request) -> Response:
    """Raises: NotAllowed, ReloadRefused."""
    # Where callers have keys, whoever gets here has one with the scope `admin` (api/auth.py).
    if not dependencies.state_of(request)["entrance"].identity.required:
        _check_is_near(request)
    reloads = dependencies.state_of(request)["reloads"]
    trail = dependencies.state_of(request)["trail"]
    trail.admit()
    done = await reloads.reload()
    facts = {"asked": "reload", "result": done.result.value}
    caller, name = caller_in(request.scope), dependencies.request_id(request)
    await trail.keep(Noted(Happening.ADMIN, caller, name, facts))
    if done.result is ReloadResult.REFUSED:
        raise ReloadRefused(done.problem)
    reloads.tell_others()
    told = ReloadOut(
        result="replaced" if done.result is ReloadResult.REPLACED else "unchanged",
        generation=done.generation,
        changed=list(done.changed),
        needs_restart=list(done.needs_restart),
        policies=dict(done.policies),
    )
    return Response(told.model_dump_json(), media_type=JSON)


def _check_is_near(request: Request) -> None:
    """Raises: NotAllowed for callers elsewhere, and where it cannot be told who calls."""
    try:
        address = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        raise NotAllowed("it cannot be told where the caller is") from None
    mapped = getattr(address, "ipv4_mapped", None)
    if not (mapped or address).is_loopback:
        raise NotAllowed("the caller is not on this machine")
