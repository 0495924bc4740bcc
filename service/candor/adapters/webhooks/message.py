"""What a receiver is told: the same bytes at every send, and no content of an exchange."""

import json
from typing import Any

from pydantic_core import to_json

from candor.domain.jobs.deliveries import Delivery
from candor.domain.jobs.values import BatchRecord, JobRecord


def body(delivery: Delivery) -> bytes:
    subject = delivery.subject
    told = _batch(subject) if isinstance(subject, BatchRecord) else _job(subject)
    return to_json({"event": delivery.event, "event_id": delivery.event_id, **told})


def _job(job: JobRecord) -> dict[str, Any]:
    error = {"type": job.error.kind, "detail": job.error.detail} if job.error else None
    return {
        "job": job.id,
        "state": job.state,
        "ended_at": job.ended,
        "verdict": json.loads(job.summary) if job.summary else None,
        "error": error,
        "location": f"/v1/monitor/jobs/{job.id}",
    }


def _batch(batch: BatchRecord) -> dict[str, Any]:
    return {
        "batch": batch.id,
        "state": batch.state,
        "ended_at": batch.ended,
        "counts": batch.counts,
        "location": f"/v1/monitor/batches/{batch.id}",
    }
