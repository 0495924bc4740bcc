"""From the fields of a Redis hash to records."""

import json
from collections.abc import Sequence
from typing import cast

from candor.domain.jobs.values import (
    BatchRecord,
    BatchState,
    Counts,
    DeadLetter,
    JobError,
    JobRecord,
    JobState,
    Priority,
)

JOB_FIELDS = (
    "tenant",
    "priority",
    "state",
    "created",
    "started",
    "ended",
    "attempt",
    "batch",
    "index",
    "error",
    "detail",
    "summary",
)
BATCH_FIELDS = (
    "tenant",
    "priority",
    "state",
    "created",
    "ended",
    "total",
    "waiting",
    "running",
    "done",
    "failed",
    "cancelled",
)
Values = Sequence[bytes | None]


def job(name: str, values: Values) -> JobRecord | None:
    """`values` are those of JOB_FIELDS, and the result where it was asked for."""
    if values[0] is None or values[2] is None:
        return None
    told = dict(zip((*JOB_FIELDS, "result"), values, strict=False))
    error = _text(told["error"])
    return JobRecord(
        id=name,
        tenant=_text(told["tenant"]),
        priority=Priority(_text(told["priority"])),
        state=_job_state(_text(told["state"])),
        created=_seconds(told["created"]) or 0.0,
        started=_seconds(told["started"]),
        ended=_seconds(told["ended"]),
        attempts=int(told["attempt"] or 0),
        batch=_text(told["batch"]),
        index=int(told["index"] or 0),
        error=JobError(error, _text(told["detail"])) if error else None,
        summary=told["summary"] or b"",
        result=told.get("result") or b"",
    )


def batch(name: str, values: Values) -> BatchRecord | None:
    """`values` are those of BATCH_FIELDS. An upload that was dropped is no batch any more."""
    told = dict(zip(BATCH_FIELDS, values, strict=True))
    state = _text(told["state"])
    if state not in set(BatchState):
        return None
    return BatchRecord(
        id=name,
        tenant=_text(told["tenant"]),
        priority=Priority(_text(told["priority"])),
        state=BatchState(state),
        created=_seconds(told["created"]) or 0.0,
        counts=Counts(*(int(told[field] or 0) for field in BATCH_FIELDS[5:])),
        ended=_seconds(told["ended"]),
    )


def dead_letter(raw: bytes) -> DeadLetter:
    told = cast(dict[str, str], json.loads(raw))
    kind = "job" if told["kind"] == "job" else "webhook"
    at = float(told["at"]) / 1000
    return DeadLetter(kind, told["id"], told["tenant"], told["reason"], at)  # type: ignore[arg-type] # one of the two words


def _job_state(text: str) -> JobState:
    # Held back until the upload of its batch is complete.
    return JobState.WAITING if text == "held" else JobState(text)


def _text(value: bytes | None) -> str:
    return (value or b"").decode()


def _seconds(value: bytes | None) -> float | None:
    return int(value) / 1000 if value else None
