"""Turn what is raised below the middleware into problems, and write them down."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import cast

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.routing import Match

from candor.api import dependencies, problems
from candor.api.problems import Problem
from candor.domain.errors import CandorError, Overloaded
from candor.telemetry.logs import Journal


def install(app: FastAPI, journal: Journal) -> None:
    """Other errors go up to the middleware, which answers them as crashes."""

    async def ours(request: Request, exc: Exception) -> Response:
        return answered(cast(CandorError, exc), request, journal)

    async def frameworks(request: Request, exc: Exception) -> Response:
        error = cast(HTTPException, exc)
        problem = problems.http(error.status_code, dependencies.request_id(request))
        _note(journal, problem, error)
        return problems.answer(problem, _headers(error, request))

    app.add_exception_handler(CandorError, ours)
    app.add_exception_handler(HTTPException, frameworks)


def answered(error: CandorError, request: Request, journal: Journal) -> Response:
    """It is counted and written down."""
    return problems.answer(noted(error, request, journal), problems.headers_for(error))


def _headers(error: HTTPException, request: Request) -> Mapping[str, str] | None:
    """The framework names the methods of the first route at an address, not of all that are."""
    if error.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
        return error.headers
    routes = (one for one in request.app.routes if one.matches(request.scope)[0] is Match.PARTIAL)
    return {"allow": ", ".join(sorted({name for one in routes for name in one.methods}))}


def noted(error: CandorError, request: Request, journal: Journal) -> Problem:
    """What the caller is told of it, once it is counted and written down."""
    problem = problems.of(error, dependencies.request_id(request))
    if isinstance(error, Overloaded):
        dependencies.state_of(request)["metrics"].shed.labels(error.reason).inc()
    _note(journal, problem, error)
    return problem


def _note(journal: Journal, problem: Problem, error: Exception) -> None:
    if problem.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        journal.crash(error, problem.request_id)
    else:
        journal.problem(problems.kind_of(problem), problem.status, problem.request_id)
