"""The jobs and batches that this process keeps, and what they sum up to."""

from collections import Counter
from dataclasses import dataclass, field, replace

from candor.adapters.queue import refusals
from candor.domain.jobs.limits import JobLimits
from candor.domain.jobs.values import (
    BatchRecord,
    BatchState,
    Counts,
    Ending,
    JobRecord,
    JobState,
    Webhook,
)


@dataclass(slots=True)
class KeptJob:
    record: JobRecord
    body: bytes
    webhook: Webhook | None
    expires: float
    held: bool = False
    attempt: int = 0
    deliveries: int = 0
    heard: float = 0.0

    @property
    def size(self) -> int:
        return len(self.body) + len(self.record.result) + len(self.record.summary)


@dataclass(slots=True)
class KeptBatch:
    record: BatchRecord
    webhook: Webhook | None
    expires: float
    items: list[str] = field(default_factory=list)
    counts: Counter[JobState] = field(default_factory=Counter)

    @property
    def counted(self) -> BatchRecord:
        numbers = {str(state): self.counts[state] for state in JobState}
        return replace(self.record, counts=Counts(total=len(self.items), **numbers))


class Stock:
    def __init__(self, limits: JobLimits) -> None:
        self._limits = limits
        self.jobs: dict[str, KeptJob] = {}
        self.batches: dict[str, KeptBatch] = {}
        self.running: set[str] = set()
        self.stored_bytes = 0
        self._waiting: Counter[str] = Counter()

    def __contains__(self, name: object) -> bool:
        return name in self.jobs or name in self.batches

    def job(self, name: str) -> JobRecord | None:
        kept = self.jobs.get(name)
        return kept.record if kept else None

    def batch(self, name: str) -> BatchRecord | None:
        kept = self.batches.get(name)
        return kept.counted if kept else None

    def waits(self, name: str) -> bool:
        kept = self.jobs.get(name)
        return kept is not None and kept.record.state is JobState.WAITING

    def receiving(self, batch: str) -> KeptBatch:
        """Raises: UnknownJob."""
        kept = self.batches.get(batch)
        if kept is None or kept.record.state is not BatchState.RECEIVING:
            raise refusals.dropped()
        return kept

    def check_room(self, tenant: str, more: int, size: int) -> None:
        """Raises: TenantQueueFull, Overloaded."""
        limits = self._limits
        if self._waiting[tenant] + more > limits.max_waiting_per_tenant:
            raise refusals.full("tenant")
        if self._waiting.total() + more > limits.max_waiting:
            raise refusals.full("waiting")
        if self.stored_bytes + size > limits.max_stored_bytes:
            raise refusals.full("bytes")

    def add(self, job: KeptJob) -> None:
        """One that waits."""
        self.jobs[job.record.id] = job
        self.stored_bytes += job.size
        self._waiting[job.record.tenant] += 1
        if job.record.batch:
            kept = self.batches[job.record.batch]
            kept.items.append(job.record.id)
            kept.counts[JobState.WAITING] += 1

    def move(self, job: KeptJob, state: JobState) -> None:
        was, tenant = job.record.state, job.record.tenant
        self._waiting[tenant] += (state is JobState.WAITING) - (was is JobState.WAITING)
        if not self._waiting[tenant]:
            del self._waiting[tenant]
        (self.running.add if state is JobState.RUNNING else self.running.discard)(job.record.id)
        if job.record.batch:
            counts = self.batches[job.record.batch].counts
            counts[was] -= 1
            counts[state] += 1
        job.record = replace(job.record, state=state)

    def end(self, job: KeptJob, ending: Ending, now: float) -> None:
        """What was asked is forgotten, what came of it is kept."""
        self.move(job, ending.state)
        before = job.size
        job.body = b""
        job.record = replace(
            job.record, ended=now, error=ending.error, summary=ending.summary, result=ending.result
        )
        self.stored_bytes += job.size - before
        job.expires = now + self._limits.result_ttl_seconds

    def forget(self, name: str) -> None:
        job = self.jobs.pop(name)
        self.stored_bytes -= job.size
        if job.record.state is JobState.WAITING:
            self._waiting[job.record.tenant] -= 1

    def forget_batch(self, kept: KeptBatch) -> None:
        for name in kept.items:
            self.forget(name)
        del self.batches[kept.record.id]
