"""What is told of jobs and batches, on the wire."""

from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from candor.api.v1.responses import MonitorResponse
from candor.domain.jobs.values import (
    BatchRecord,
    BatchState,
    Counts,
    DeadLetter,
    JobRecord,
    JobState,
    Page,
    Priority,
)

_AT = "2026-01-31T09:00:00Z"


class _Out(BaseModel):
    # They are many, and most deployments answer with none of them.
    model_config = ConfigDict(frozen=True, defer_build=True)


class JobErrorOut(_Out):
    """Why a job has no verdict."""

    type: str = Field(description="A stable word.", examples=["invalid-image"])
    detail: str = Field(
        description="What went wrong; never quotes content.",
        examples=["the image cannot be read"],
    )


class JobOut(_Out):
    """A job, and its verdict once there is one."""

    id: str = Field(
        description="The job's name.", examples=["job_4f1c9a0b7e2d4c6f8a1b3c5d7e9f0a1b"]
    )
    state: JobState = Field(
        description="`done` has a verdict, `failed` an error.", examples=["done"]
    )
    priority: Priority = Field(description="As it was asked for.", examples=["normal"])
    created_at: datetime = Field(description="When it was handed in.", examples=[_AT])
    started_at: datetime | None = Field(description="When it was last taken up.", examples=[_AT])
    ended_at: datetime | None = Field(description="When it ended.", examples=[_AT])
    attempts: int = Field(description="How often it was taken up.", examples=[1])
    durable: bool = Field(
        description="Whether it survives a restart of the service.", examples=[True]
    )
    error: JobErrorOut | None = Field(description="Why there is no verdict, where it failed.")
    result: MonitorResponse | None = Field(
        None, description="The verdict, as `POST /v1/monitor` would have answered; not in lists."
    )


class JobsOut(_Out):
    """One page of jobs, newest first."""

    jobs: list[JobOut] = Field(description="Without their results.")
    next: int | None = Field(
        description="`cursor` of the next page; null on the last.", examples=[17]
    )


class CountsOut(_Out):
    """A batch's jobs by state."""

    total: int = Field(description="All of them.", examples=[1000])
    waiting: int = Field(description="Not taken up yet.", examples=[400])
    running: int = Field(description="Being worked on.", examples=[4])
    done: int = Field(description="With a verdict.", examples=[590])
    failed: int = Field(description="With an error.", examples=[6])
    cancelled: int = Field(description="Cancelled.", examples=[0])


class BatchOut(_Out):
    """A batch of jobs."""

    id: str = Field(
        description="The batch's name.", examples=["bat_4f1c9a0b7e2d4c6f8a1b3c5d7e9f0a1b"]
    )
    state: BatchState = Field(
        description="`receiving` while it is uploaded; `ended` when every job has ended.",
        examples=["running"],
    )
    priority: Priority = Field(description="As it was asked for.", examples=["low"])
    created_at: datetime = Field(description="When its upload began.", examples=[_AT])
    ended_at: datetime | None = Field(description="When its last job ended.", examples=[_AT])
    durable: bool = Field(
        description="Whether it survives a restart of the service.", examples=[True]
    )
    counts: CountsOut = Field(description="Its jobs by state.")


class BatchesOut(_Out):
    """One page of batches, newest first."""

    batches: list[BatchOut] = Field(description="The batches.")
    next: int | None = Field(
        description="`cursor` of the next page; null on the last.", examples=[17]
    )


class ResultLine(_Out):
    """One line of a batch's results."""

    index: int = Field(description="Its place in the upload, from 0.", examples=[0])
    id: str = Field(
        description="The job's name.", examples=["bat_4f1c9a0b7e2d4c6f8a1b3c5d7e9f0a1b.0"]
    )
    state: JobState = Field(description="How it ended.", examples=["done"])
    error: JobErrorOut | None = Field(description="Why there is no verdict, where it failed.")
    result: MonitorResponse | None = Field(
        None, description="The verdict, as `POST /v1/monitor` would have answered."
    )


class DeadLetterOut(_Out):
    """What was given up."""

    kind: Literal["job", "webhook"] = Field(
        description="A job that took its workers down, or an event nobody took.",
        examples=["webhook"],
    )
    id: str = Field(
        description="The job's name, or the event's.",
        examples=["evt_job_4f1c9a0b7e2d4c6f8a1b3c5d7e9f0a1b"],
    )
    reason: str = Field(description="Why.", examples=["the receiver answered 410"])
    at: datetime = Field(description="When.", examples=[_AT])


class DeadLettersOut(_Out):
    """Dead letters, newest first."""

    dead_letters: list[DeadLetterOut] = Field(description="The letters.")


def job(record: JobRecord, durable: bool) -> JobOut:
    """Without the result: see `with_result`."""
    return JobOut(
        id=record.id,
        state=record.state,
        priority=record.priority,
        created_at=_time(record.created),
        started_at=_at(record.started),
        ended_at=_at(record.ended),
        attempts=record.attempts,
        durable=durable,
        error=_error(record),
    )


def jobs(page: Page[JobRecord], durable: bool) -> JobsOut:
    return JobsOut(jobs=[job(record, durable) for record in page.records], next=page.after)


def batch(record: BatchRecord, durable: bool) -> BatchOut:
    return BatchOut(
        id=record.id,
        state=record.state,
        priority=record.priority,
        created_at=_time(record.created),
        ended_at=_at(record.ended),
        durable=durable,
        counts=_counts(record.counts),
    )


def batches(page: Page[BatchRecord], durable: bool) -> BatchesOut:
    return BatchesOut(batches=[batch(r, durable) for r in page.records], next=page.after)


def line(record: JobRecord) -> bytes:
    said = ResultLine(index=record.index, id=record.id, state=record.state, error=_error(record))
    return with_result(said, record.result) + b"\n"


def dead_letters(letters: list[DeadLetter]) -> DeadLettersOut:
    told = [
        DeadLetterOut(kind=one.kind, id=one.id, reason=one.reason, at=_time(one.at))
        for one in letters
    ]
    return DeadLettersOut(dead_letters=told)


def with_result(said: JobOut | ResultLine, result: bytes) -> bytes:
    """As JSON. The result is JSON already, and put in as it is."""
    bare = said.model_dump_json(exclude={"result"}).encode()
    return b'%b,"result":%b}' % (bare[:-1], result or b"null")


def _counts(counts: Counts) -> CountsOut:
    return CountsOut(
        total=counts.total,
        waiting=counts.waiting,
        running=counts.running,
        done=counts.done,
        failed=counts.failed,
        cancelled=counts.cancelled,
    )


def _error(record: JobRecord) -> JobErrorOut | None:
    if record.error is None:
        return None
    return JobErrorOut(type=record.error.kind, detail=record.error.detail)


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _at(seconds: float | None) -> datetime | None:
    return None if seconds is None else _time(seconds)
