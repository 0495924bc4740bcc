"""The addresses of version 1, and how they are told of in the OpenAPI document."""

from fastapi import FastAPI

from candor.api.openapi import problem_responses
from candor.api.v1.direct import add_direct
from candor.api.v1.documents import DEADLINE_HEADERS, REQUEST_BODY, STREAM, VERDICT_HEADERS
from candor.api.v1.events import StreamEvent
from candor.api.v1.memo import Memo
from candor.api.v1.monitor import MonitorRoute
from candor.api.v1.parameters import query
from candor.api.v1.policies import PoliciesOut, policies
from candor.api.v1.responses import MonitorResponse
from candor.api.v1.stream import EventStream, StreamRoute
from candor.api.v1.verdict_answers import ReviewOut, VerdictOut, VerdictsOut
from candor.api.v1.verdict_documents import (
    ABOUT_REVIEW,
    ABOUT_VERDICT,
    ABOUT_VERDICTS,
    REVIEW_BODY,
    VERDICT_ID,
)
from candor.api.v1.verdict_requests import VerdictQuery
from candor.api.v1.verdicts import review, verdict, verdicts
from candor.telemetry.logs import Journal

_ABOUT_MONITOR = """\
Send the exchange as JSON, or as `multipart/form-data` with the images as files: what is known
as a text field there goes as one, all else as JSON in the field `request`.

A cascade in which nobody was sure answers 200 with the outcome `inconclusive` and the action of
the policy's failure posture. A request that cannot be judged is never answered with a verdict.
"""

_ABOUT_STREAM = """\
The request and the verdict are those of POST /v1/monitor; what happens on the way is told as
server-sent events: `step_started`, `turn` (one speech of a debate, with its marks drawn),
`step_ended`, and at the end `report`, or `problem` if the request turns out to be one that cannot
be answered. What is found wrong before anything was begun is an ordinary problem with its status.

A verdict that was known is told by `report` alone, and so is one that another request at the same
time was already working on: it sees no turns. Every 15 s without an event there is a comment.
Closing the connection ends the work and its model calls. A stream cannot be resumed: ask again.
"""


def install(app: FastAPI, journal: Journal, memo: Memo) -> None:
    add_direct(
        app,
        "/v1/monitor",
        MonitorRoute(journal, memo).__call__,
        "POST",
        operation_id="monitor",
        summary="Judge one model response",
        description=_ABOUT_MONITOR,
        tags=["monitor"],
        response_model=MonitorResponse,
        response_description="The verdict.",
        responses={
            200: {"headers": VERDICT_HEADERS},
            **problem_responses(413, 415, 422, 429, 503, 500),
        },
        openapi_extra={"requestBody": REQUEST_BODY, "parameters": DEADLINE_HEADERS},
    )
    add_direct(
        app,
        "/v1/monitor/stream",
        StreamRoute(journal).__call__,
        "POST",
        operation_id="monitor_stream",
        summary="Judge one model response and watch",
        description=_ABOUT_STREAM,
        tags=["monitor"],
        response_model=StreamEvent,
        response_class=EventStream,
        status_code=200,
        responses={200: STREAM, **problem_responses(413, 415, 422, 429, 503, 500)},
        openapi_extra={"requestBody": REQUEST_BODY, "parameters": DEADLINE_HEADERS},
    )
    add_direct(
        app,
        "/v1/policies",
        policies,
        operation_id="policies",
        summary="List the policies",
        tags=["monitor"],
        response_model=PoliciesOut,
        response_description="Every policy that requests may name.",
        responses=problem_responses(500),
    )
    _install_verdicts(app)


def _install_verdicts(app: FastAPI) -> None:
    add_direct(
        app,
        "/v1/verdicts",
        verdicts,
        operation_id="verdicts",
        summary="List verdicts",
        description=ABOUT_VERDICTS,
        tags=["verdicts"],
        response_model=VerdictsOut,
        response_description="One page of verdicts.",
        responses=problem_responses(409, 422, 503, 500),
        openapi_extra={"parameters": query(VerdictQuery)},
    )
    add_direct(
        app,
        "/v1/verdicts/{id}",
        verdict,
        operation_id="verdict",
        summary="Look up one verdict",
        description=ABOUT_VERDICT,
        tags=["verdicts"],
        response_model=VerdictOut,
        response_description="The verdict.",
        responses=problem_responses(404, 409, 503, 500),
        openapi_extra={"parameters": [VERDICT_ID]},
    )
    add_direct(
        app,
        "/v1/verdicts/{id}/review",
        review,
        "POST",
        operation_id="review",
        summary="Review a verdict",
        description=ABOUT_REVIEW,
        tags=["verdicts"],
        response_model=ReviewOut,
        status_code=201,
        response_description="The review as it was written down.",
        responses=problem_responses(404, 409, 413, 415, 422, 503, 500),
        openapi_extra={"parameters": [VERDICT_ID], "requestBody": REVIEW_BODY},
    )
