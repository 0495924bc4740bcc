"""GET /healthz, /readyz and /metrics, for machines."""

from typing import Literal

from fastapi import FastAPI, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from candor.api import dependencies
from candor.api.readiness import Check, CheckStatus
from candor.api.v1.direct import add_direct


class Health(BaseModel):
    """The process is alive."""

    model_config = ConfigDict(frozen=True)

    status: Literal["ok"] = Field("ok", description="Always `ok`.", examples=["ok"])


class ReadinessOut(BaseModel):
    """Whether requests can be judged, and what was looked at to know."""

    model_config = ConfigDict(frozen=True)

    status: Literal["ready", "degraded", "not_ready"] = Field(
        description="`degraded` still answers, with less behind it.", examples=["ready"]
    )
    checks: list[Check] = Field(description="One per dependency.")
    generation: int = Field(
        description="Which configuration is in force, counted from 1 in each process.",
        examples=[1],
    )
    notes: list[str] = Field(
        description="What the operator should know though all is well, such as that a new "
        "configuration was refused.",
        examples=[["the last reload was refused: policies.default: unknown key"]],
    )


def install(app: FastAPI) -> None:
    add_direct(
        app,
        "/healthz",
        alive,
        operation_id="healthz",
        summary="Is the process alive?",
        tags=["probes"],
        response_model=Health,
    )
    add_direct(
        app,
        "/readyz",
        ready,
        operation_id="readyz",
        summary="Can requests be judged?",
        tags=["probes"],
        response_model=ReadinessOut,
        responses={503: {"model": ReadinessOut, "description": "A check failed."}},
    )
    add_direct(
        app,
        "/metrics",
        metrics,
        operation_id="metrics",
        summary="Metrics for Prometheus",
        tags=["probes"],
        response_class=Response,
        responses={
            200: {
                "description": "Prometheus text format, or OpenMetrics where that is accepted.",
                "content": {"text/plain": {}, "application/openmetrics-text": {}},
            }
        },
    )


async def alive(_: Request) -> Response:
    return _json(Health(), 200)


async def ready(request: Request) -> Response:
    state = dependencies.state_of(request)
    checks = await state["readiness"].check()
    found = {check.status for check in checks}
    status: Literal["ready", "degraded", "not_ready"] = "ready"
    if CheckStatus.FAILED in found:
        status = "not_ready"
    elif CheckStatus.DEGRADED in found:
        status = "degraded"
    notes = (state["reloads"].note, state["entrance"].note)
    told = ReadinessOut(
        status=status,
        checks=checks,
        generation=state["generations"].current.number,
        notes=[note for note in notes if note],
    )
    return _json(told, 503 if status == "not_ready" else 200)


def _json(told: BaseModel, status: int) -> Response:
    return Response(told.model_dump_json(), status, media_type="application/json")


async def metrics(request: Request) -> Response:
    accepted = ",".join(request.headers.getlist("accept"))
    scraped = dependencies.state_of(request)["metrics"].scraped(accepted)
    return Response(scraped.text, media_type=scraped.content_type)
