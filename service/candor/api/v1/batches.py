"""/v1/monitor/batches."""

from collections.abc import AsyncIterator

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from candor.api import dependencies
from candor.api.middleware import BATCHES
from candor.api.v1 import jobs_answers
from candor.api.v1.batches_upload import NDJSON, Upload
from candor.api.v1.direct import answered, query_of
from candor.api.v1.jobs import check_mine, desk_of, headers
from candor.api.v1.jobs_requests import BatchQuery, ListQuery, ResultsQuery
from candor.domain.errors import UnknownJob
from candor.domain.jobs.ports import Submissions
from candor.domain.jobs.values import BatchRecord

# Results that are read at once.
_STEP = 50


async def submit(request: Request) -> Response:
    """Raises: CandorError, which `problems.py` answers; ClientDisconnect."""
    asked = query_of(request, BatchQuery)
    name = await Upload.of(request, asked).take(request)
    return _told(request, await _found(request, name), 202)


async def batch(request: Request) -> Response:
    """Raises: UnknownJob, JobsOff, QueueUnavailable."""
    return _told(request, await _mine(request))


async def cancel(request: Request) -> Response:
    """Raises: UnknownJob, JobsOff, QueueUnavailable."""
    record = await _mine(request)
    before = record.counts.cancelled
    await desk_of(request).queue.cancel_batch(record.id)
    after = await _found(request, record.id)
    metrics = dependencies.state_of(request)["metrics"]
    metrics.jobs.labels("cancelled").inc(max(0, after.counts.cancelled - before))
    return _told(request, after)


async def batches(request: Request) -> Response:
    """Raises: InvalidExchange, JobsOff, QueueUnavailable."""
    asked = query_of(request, ListQuery)
    queue = desk_of(request).queue
    tenant = dependencies.tenant_in(request.scope) or asked.tenant
    page = await queue.batches(tenant, asked.limit, asked.cursor)
    return answered(jobs_answers.batches(page, queue.durable))


async def results(request: Request) -> Response:
    """Raises: InvalidExchange, UnknownJob, JobsOff, QueueUnavailable; the stream itself ends
    early where the queue goes away."""
    asked = query_of(request, ResultsQuery)
    record = await _mine(request)
    lines = _lines(desk_of(request).queue, record.id, asked.cursor)
    return StreamingResponse(lines, media_type=NDJSON)


async def _lines(queue: Submissions, name: str, start: int) -> AsyncIterator[bytes]:
    """Up to the first job that has not ended: what comes later can be asked for later."""
    while found := await queue.results(name, start, _STEP):
        for record in found:
            if not record.state.ended:
                return
            yield jobs_answers.line(record)
        start += len(found)


async def _mine(request: Request) -> BatchRecord:
    found = await _found(request, str(request.path_params["id"]))
    check_mine(request, found)
    return found


async def _found(request: Request, name: str) -> BatchRecord:
    found = await desk_of(request).queue.batch(name)
    if found is None:
        raise UnknownJob("there is none of that id")
    return found


def _told(request: Request, record: BatchRecord, status: int = 200) -> Response:
    durable = desk_of(request).queue.durable
    said = headers(f"{BATCHES}/{record.id}", durable)
    return answered(jobs_answers.batch(record, durable), status, said)
