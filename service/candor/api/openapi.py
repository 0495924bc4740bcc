"""The OpenAPI document: what FastAPI reads from types, and what it cannot."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from candor.api.problems import MEDIA_TYPE, Problem
from candor.api.v1.direct import Direct
from candor.api.v1.jobs_answers import ResultLine
from candor.api.v1.jobs_requests import JobRequest
from candor.api.v1.requests import MonitorRequest
from candor.api.v1.verdict_requests import ReviewRequest

DESCRIPTION = """\
Candor tells whether a multimodal model is **deceiving** its user. Post a prompt, images, the
model's response and its reasoning to `POST /v1/monitor`; the answer is a calibrated score, the
place in the image that proves it, what was and was not looked at, and what to do.

Deception is not error: a response deceives when it induces a false belief that the model's own
reading of the image, or its reasoning, contradicts. Where nobody was sure the outcome is
`inconclusive`, which is not a clearance.

Times are in milliseconds, scores between 0 and 1, regions in pixels of the upright image as
sent, money in US dollars. Errors are `application/problem+json` (RFC 9457).
"""
_REF = "#/components/schemas/{model}"
_TOLD = {
    401: "No key that is known here was presented; see `WWW-Authenticate`.",
    403: "The key lacks the scope that is named, or the caller is not on this machine.",
    404: "There is none of that id.",
    409: "This deployment keeps no ledger or takes no jobs, or an idempotency key came again "
    "with another request; or a configuration is not taken.",
    413: "The request goes over a limit, which is named.",
    415: "The body is in a form that is not read.",
    422: "The request cannot be judged; the field at fault is named.",
    429: "The tenant has used up what it may use, or too many of its jobs wait; see "
    "`Retry-After`.",
    500: "An unexpected error; nothing was judged.",
    503: "No capacity is left right now; see `Retry-After`.",
}


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    schema = {"$ref": _REF.format(model=Problem.__name__)}
    return {
        status: {"description": _TOLD[status], "content": {MEDIA_TYPE: {"schema": schema}}}
        # Whatever is asked for, somebody asks.
        for status in sorted({401, 403, *statuses})
    }


def schema(app: FastAPI) -> dict[str, Any]:
    """The same for the same code: keys stand in a fixed order."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        license_info=app.license_info,
        routes=[one.documented() if isinstance(one, Direct) else one for one in app.routes],
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(_request_schemas())
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    document["paths"] = dict(sorted(document["paths"].items()))
    return document


def _request_schemas() -> dict[str, Any]:
    """Of the models that no route declares: bodies are read by hand, problems by handlers."""
    _, together = models_json_schema(
        [
            (MonitorRequest, "validation"),
            (ReviewRequest, "validation"),
            (JobRequest, "validation"),
            (ResultLine, "serialization"),
            (Problem, "serialization"),
        ],
        ref_template=_REF,
    )
    defs: dict[str, Any] = together["$defs"]
    return defs
