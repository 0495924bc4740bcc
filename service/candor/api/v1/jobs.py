"""/v1/monitor/jobs, and /v1/monitor/dead-letters."""

from functools import partial

from fastapi import Request, Response

from candor.api import dependencies
from candor.api.desk import Desk
from candor.api.v1 import jobs_answers, jobs_intake, receive
from candor.api.v1.direct import answered, query_of
from candor.api.v1.jobs_requests import LettersQuery, ListQuery
from candor.domain.errors import UnknownJob
from candor.domain.jobs.values import BatchRecord, JobRecord, JobState

JOBS = "/v1/monitor/jobs"
# Bytes from which parsing would hold up everyone else on the event loop.
_LARGE = 2**20


async def submit(request: Request) -> Response:
    """Raises: CandorError, which `problems.py` answers; ClientDisconnect."""
    state, queue = dependencies.state_of(request), desk_of(request).queue
    form = await receive.sent(request, state["config"].limits)
    make = partial(jobs_intake.of(request).job, form, jobs_intake.key_of(request))
    large = len(form.json) + sum(len(file.data) for file in form.files) > _LARGE
    new = await state["monitor"].pool.run(make) if large else make()
    submitted = await queue.submit(new)
    record = await queue.job(submitted.id)
    if record is None:
        raise UnknownJob("it was forgotten just now")
    return _told(request, record, 202)


async def job(request: Request) -> Response:
    """Raises: UnknownJob, JobsOff, QueueUnavailable."""
    return _told(request, await _mine(request))


async def cancel(request: Request) -> Response:
    """Raises: UnknownJob, JobsOff, QueueUnavailable."""
    before = await _mine(request)
    after = await desk_of(request).queue.cancel(before.id)
    if after is None:
        raise UnknownJob("it was forgotten just now")
    if after.state is JobState.CANCELLED and not before.state.ended:
        dependencies.state_of(request)["metrics"].jobs.labels(after.state).inc()
    return _told(request, after)


async def jobs(request: Request) -> Response:
    """Raises: InvalidExchange, JobsOff, QueueUnavailable."""
    asked = query_of(request, ListQuery)
    queue = desk_of(request).queue
    tenant = dependencies.tenant_in(request.scope) or asked.tenant
    page = await queue.jobs(tenant, asked.limit, asked.cursor)
    return answered(jobs_answers.jobs(page, queue.durable))


async def dead_letters(request: Request) -> Response:
    """Raises: InvalidExchange, JobsOff, QueueUnavailable."""
    asked = query_of(request, LettersQuery)
    caller = dependencies.tenant_in(request.scope)
    letters = await desk_of(request).queue.dead_letters(asked.limit)
    mine = [one for one in letters if caller in ("", one.tenant)]
    return answered(jobs_answers.dead_letters(mine))


def desk_of(request: Request) -> Desk:
    return dependencies.state_of(request)["desk"]


def check_mine(request: Request, record: JobRecord | BatchRecord) -> None:
    """Another tenant's is told apart from one that is not there by nobody.

    Raises: UnknownJob.
    """
    if dependencies.tenant_in(request.scope) not in ("", record.tenant):
        raise UnknownJob("it belongs to another tenant")


def headers(location: str, durable: bool) -> dict[str, str]:
    return {"location": location, "x-candor-durable": "true" if durable else "false"}


async def _mine(request: Request) -> JobRecord:
    found = await desk_of(request).queue.job(str(request.path_params["id"]))
    if found is None:
        raise UnknownJob("there is none of that id")
    check_mine(request, found)
    return found


def _told(request: Request, record: JobRecord, status: int = 200) -> Response:
    durable = desk_of(request).queue.durable
    body = jobs_answers.with_result(jobs_answers.job(record, durable), record.result)
    said = headers(f"{JOBS}/{record.id}", durable)
    return Response(body, status, said, media_type=receive.JSON)
