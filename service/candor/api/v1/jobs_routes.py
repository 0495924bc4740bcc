"""The addresses of jobs and batches, and how they are told of in the OpenAPI document."""

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from candor.api.middleware import BATCHES
from candor.api.openapi import problem_responses
from candor.api.v1 import batches, jobs
from candor.api.v1.direct import add_direct
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
)
from candor.api.v1.jobs_requests import BatchQuery, LettersQuery, ListQuery, ResultsQuery
from candor.api.v1.parameters import named, query

Told = dict[str, Any]

_JOB = named("job", "job_4f1c9a0b7e2d4c6f8a1b3c5d7e9f0a1b")
_BATCH = named("batch", "bat_4f1c9a0b7e2d4c6f8a1b3c5d7e9f0a1b")
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
        response_description="The job, which waits now.",
        **_taken(JobOut, JOB_BODY, [IDEMPOTENCY]),
    )
    _add(
        app,
        JOBS,
        jobs.jobs,
        operation_id="jobs",
        summary="List jobs",
        response_description="One page of jobs, newest first.",
        **_listed(JobsOut, ListQuery),
    )
    at, cancelled = f"{JOBS}/{{id}}", "Cancel a job that has not ended"
    one = _one(JobOut, "The job.", _JOB)
    _add(app, at, jobs.job, operation_id="job", summary="Look up one job", **one)
    _add(app, at, jobs.cancel, "DELETE", operation_id="cancel_job", summary=cancelled, **one)
    _add(
        app,
        "/v1/monitor/dead-letters",
        jobs.dead_letters,
        operation_id="dead_letters",
        summary="List what was given up",
        response_description="Dead letters, newest first.",
        **_listed(DeadLettersOut, LettersQuery),
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
        response_description="The batch, whose jobs wait now.",
        **_taken(BatchOut, BATCH_BODY, [*query(BatchQuery), IDEMPOTENCY]),
    )
    _add(
        app,
        BATCHES,
        batches.batches,
        operation_id="batches",
        summary="List batches",
        response_description="One page of batches, newest first.",
        **_listed(BatchesOut, ListQuery),
    )
    at, cancelled = f"{BATCHES}/{{id}}", "Cancel what has not ended of a batch"
    one = _one(BatchOut, "The batch.", _BATCH)
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


def _taken(form: type[BaseModel], body: Told, parameters: list[Told]) -> Told:
    """What is told of a route that lines something up."""
    return {
        "response_model": form,
        "status_code": 202,
        "responses": {202: {"headers": HEADERS}, **problem_responses(*_SUBMIT_STATUSES)},
        "openapi_extra": {"requestBody": body, "parameters": parameters},
    }


def _listed(form: type[BaseModel], asked: type[BaseModel]) -> Told:
    return {
        "response_model": form,
        "responses": problem_responses(409, 422, 503, 500),
        "openapi_extra": {"parameters": query(asked)},
    }


def _one(form: type[BaseModel], what: str, name: Told) -> Told:
    return {
        "response_model": form,
        "response_description": what,
        "responses": problem_responses(404, 409, 503, 500),
        "openapi_extra": {"parameters": [name]},
    }


def _add(app: FastAPI, path: str, endpoint: Any, method: str = "GET", **told: Any) -> None:
    add_direct(app, path, endpoint, method, tags=["jobs"], **told)
