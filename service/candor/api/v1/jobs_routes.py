"""The addresses of jobs and batches, and how they are told of in the OpenAPI document."""

from typing import Any

from fastapi import FastAPI

from candor.api.middleware import BATCHES
from candor.api.openapi import problem_responses
from candor.api.v1 import batches, jobs
from candor.api.v1.direct import Direct
from candor.api.v1.jobs import JOBS
from candor.api.v1.jobs_answers import BatchesOut, BatchOut, DeadLettersOut, JobOut, JobsOut
from candor.api.v1.jobs_documents import (
    ABOUT_BATCH,
    ABOUT_RESULTS,
    ABOUT_SUBMIT,
    BATCH_BODY,
    HEADERS,
    IDEMPOTENCY,
    JOB_BODY,
    RESULTS,
    named,
    query,
)
from candor.api.v1.jobs_requests import BatchQuery, LettersQuery, ListQuery, ResultsQuery

_JOB = named("job", "job_4f1c9a0b7e2d4c6f8a1b3c5d7e9f0a1b")
_BATCH = named("batch", "bat_4f1c9a0b7e2d4c6f8a1b3c5d7e9f0a1b")
_LETTERS = "/v1/monitor/dead-letters"
_SUBMIT_STATUSES = (409, 413, 415, 422, 429, 503, 500)


def install(app: FastAPI) -> None:
    _install_jobs(app)
    _install_batches(app)


def _install_jobs(app: FastAPI) -> None:
    _add(
        app,
        JOBS,
        jobs.submit,
        "POST",
        operation_id="submit_job",
        summary="Judge one model response later",
        description=ABOUT_SUBMIT,
        response_model=JobOut,
        status_code=202,
        response_description="The job, which waits now.",
        responses={202: {"headers": HEADERS}, **problem_responses(*_SUBMIT_STATUSES)},
        openapi_extra={"requestBody": JOB_BODY, "parameters": [IDEMPOTENCY]},
    )
    _add(
        app,
        JOBS,
        jobs.jobs,
        operation_id="jobs",
        summary="List jobs",
        response_model=JobsOut,
        response_description="One page of jobs, newest first.",
        responses=problem_responses(409, 422, 503, 500),
        openapi_extra={"parameters": query(ListQuery)},
    )
    one: dict[str, Any] = {
        "response_model": JobOut,
        "response_description": "The job.",
        "responses": problem_responses(404, 409, 503, 500),
        "openapi_extra": {"parameters": [_JOB]},
    }
    at, cancelled = f"{JOBS}/{{id}}", "Cancel a job that has not ended"
    _add(app, at, jobs.job, operation_id="job", summary="Look up one job", **one)
    _add(app, at, jobs.cancel, "DELETE", operation_id="cancel_job", summary=cancelled, **one)
    _add(
        app,
        _LETTERS,
        jobs.dead_letters,
        operation_id="dead_letters",
        summary="List what was given up",
        response_model=DeadLettersOut,
        response_description="Dead letters, newest first.",
        responses=problem_responses(409, 422, 503, 500),
        openapi_extra={"parameters": query(LettersQuery)},
    )


def _install_batches(app: FastAPI) -> None:
    _add(
        app,
        BATCHES,
        batches.submit,
        "POST",
        operation_id="submit_batch",
        summary="Judge many model responses later",
        description=ABOUT_BATCH,
        response_model=BatchOut,
        status_code=202,
        response_description="The batch, whose jobs wait now.",
        responses={202: {"headers": HEADERS}, **problem_responses(*_SUBMIT_STATUSES)},
        openapi_extra={
            "requestBody": BATCH_BODY,
            "parameters": [*query(BatchQuery), IDEMPOTENCY],
        },
    )
    _add(
        app,
        BATCHES,
        batches.batches,
        operation_id="batches",
        summary="List batches",
        response_model=BatchesOut,
        response_description="One page of batches, newest first.",
        responses=problem_responses(409, 422, 503, 500),
        openapi_extra={"parameters": query(ListQuery)},
    )
    one: dict[str, Any] = {
        "response_model": BatchOut,
        "response_description": "The batch.",
        "responses": problem_responses(404, 409, 503, 500),
        "openapi_extra": {"parameters": [_BATCH]},
    }
    at, cancelled = f"{BATCHES}/{{id}}", "Cancel what has not ended of a batch"
    _add(app, at, batches.batch, operation_id="batch", summary="Look up one batch", **one)
    _add(app, at, batches.cancel, "DELETE", operation_id="cancel_batch", summary=cancelled, **one)
    _add(
        app,
        f"{at}/results",
        batches.results,
        operation_id="batch_results",
        summary="Read the results of a batch",
        description=ABOUT_RESULTS,
        responses={200: RESULTS, **problem_responses(404, 409, 422, 503, 500)},
        openapi_extra={"parameters": [_BATCH, *query(ResultsQuery)]},
    )


def _add(app: FastAPI, path: str, endpoint: Any, method: str = "GET", **told: Any) -> None:
    app.router.add_api_route(
        path, endpoint, methods=[method], tags=["jobs"], route_class_override=Direct, **told
    )
