"""Jobs in this process: gone when it ends. One event loop only."""

import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar, cast

from candor.adapters.queue import names
from candor.adapters.queue.fullness import full
from candor.adapters.queue.outbox import MemoryOutbox
from candor.domain.errors import IdempotencyConflict, UnknownJob
from candor.domain.jobs.limits import JobLimits
from candor.domain.jobs.values import (
    BatchRecord,
    BatchState,
    Claim,
    Claimed,
    Counts,
    DeadLetter,
    Depth,
    Ending,
    Idempotency,
    JobError,
    JobRecord,
    JobState,
    NewBatch,
    NewJob,
    Page,
    Priority,
    Submitted,
    Webhook,
    WebhookEvent,
)

R = TypeVar("R", JobRecord, BatchRecord)
EXPIRED = JobError("expired", "nobody worked on it in time")


@dataclass(slots=True)
class _Job:
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
class _Batch:
    record: BatchRecord
    webhook: Webhook | None
    expires: float
    items: list[str] = field(default_factory=list)
    counts: Counter[JobState] = field(default_factory=Counter)


@dataclass(slots=True)
class _Lines:
    """Who is next: tenants in turn, and the jobs of each in order."""

    tenants: OrderedDict[str, deque[str]] = field(default_factory=OrderedDict)

    def put(self, tenant: str, name: str) -> None:
        self.tenants.setdefault(tenant, deque()).append(name)

    def take(self) -> str | None:
        if not self.tenants:
            return None
        tenant, line = self.tenants.popitem(last=False)
        name = line.popleft()
        if line:
            self.tenants[tenant] = line
        return name


class MemoryQueue(MemoryOutbox):
    """No method waits, so that each is done in one go."""

    durable = False

    def __init__(self, limits: JobLimits, clock: Callable[[], float] = time.time) -> None:
        super().__init__(limits, clock)
        self._jobs: dict[str, _Job] = {}
        self._batches: dict[str, _Batch] = {}
        self._lines = {priority: _Lines() for priority in Priority}
        self._known: dict[str, tuple[str, str, float]] = {}
        self._stored = 0
        self._waiting: Counter[str] = Counter()
        self._running: set[str] = set()
        self._claims = 0

    # The caller's side.

    async def submit(self, new: NewJob) -> Submitted:
        known = self._seen(new.tenant, new.idempotency)
        if known is not None:
            return known
        self._check_room(new.tenant, 1, len(new.body))
        name = names.new_job()
        record = self._record(name, new.tenant, new.priority)
        expires = record.created + self._limits.waiting_ttl_seconds
        self._add(_Job(record, new.body, new.webhook, expires))
        self._lines[new.priority].put(new.tenant, name)
        self._remember(new.tenant, new.idempotency, name)
        return Submitted(name)

    async def open_batch(self, new: NewBatch) -> str:
        name, now = names.new_batch(), self._clock()
        state = BatchState.RECEIVING
        record = BatchRecord(name, new.tenant, new.priority, state, now, Counts())
        expires = now + self._limits.upload_ttl_seconds
        self._batches[name] = _Batch(record, new.webhook, expires)
        return name

    async def append(self, batch: str, bodies: Sequence[bytes]) -> None:
        kept = self._receiving(batch)
        tenant, priority = kept.record.tenant, kept.record.priority
        self._check_room(tenant, len(bodies), sum(map(len, bodies)))
        for body in bodies:
            index = len(kept.items)
            record = self._record(names.item(batch, index), tenant, priority)
            record = replace(record, batch=batch, index=index)
            self._add(_Job(record, body, None, 0, held=True))
            kept.items.append(record.id)
            kept.counts[JobState.WAITING] += 1
        kept.expires = self._clock() + self._limits.upload_ttl_seconds

    async def seal(self, batch: str, idempotency: Idempotency | None) -> Submitted:
        kept = self._receiving(batch)
        known = self._seen(kept.record.tenant, idempotency)
        if known is not None:
            await self.drop(batch)
            return known
        kept.record = replace(kept.record, state=BatchState.RUNNING)
        kept.expires = self._clock() + self._limits.waiting_ttl_seconds
        for name in kept.items:
            self._jobs[name].held = False
            self._lines[kept.record.priority].put(kept.record.tenant, name)
        self._remember(kept.record.tenant, idempotency, batch)
        return Submitted(batch)

    async def drop(self, batch: str) -> None:
        kept = self._batches.get(batch)
        if kept is not None and kept.record.state is BatchState.RECEIVING:
            self._forget_batch(kept)

    async def job(self, name: str) -> JobRecord | None:
        kept = self._jobs.get(name)
        return kept.record if kept else None

    async def batch(self, name: str) -> BatchRecord | None:
        kept = self._batches.get(name)
        return _counted(kept) if kept else None

    async def results(self, batch: str, start: int, count: int) -> Sequence[JobRecord]:
        kept = self._batches.get(batch)
        items = kept.items[start : start + count] if kept else []
        return [self._jobs[name].record for name in items]

    async def jobs(self, tenant: str, count: int, after: int | None) -> Page[JobRecord]:
        found = [job.record for job in self._jobs.values() if not job.record.batch]
        records = [record for record in found if record.tenant == tenant]
        return _page(records, count, after)

    async def batches(self, tenant: str, count: int, after: int | None) -> Page[BatchRecord]:
        found = [_counted(batch) for batch in self._batches.values()]
        sealed = [b for b in found if b.state is not BatchState.RECEIVING]
        return _page([b for b in sealed if b.tenant == tenant], count, after)

    async def cancel(self, job: str) -> JobRecord | None:
        self._end(job, Ending(JobState.CANCELLED))
        return await self.job(job)

    async def cancel_batch(self, name: str) -> BatchRecord | None:
        kept = self._batches.get(name)
        if kept is not None and kept.record.state is BatchState.RUNNING:
            self._end_all(kept, Ending(JobState.CANCELLED), BatchState.CANCELLED)
        return await self.batch(name)

    async def dead_letters(self, count: int) -> Sequence[DeadLetter]:
        return list(self._dead)[:count]

    async def depth(self) -> Depth:
        waiting = dict.fromkeys(Priority, 0)
        for job in self._jobs.values():
            if job.record.state is JobState.WAITING and not job.held:
                waiting[job.record.priority] += 1
        return Depth(waiting, len(self._running), self._stored)

    async def ping(self) -> None:
        return

    # The worker's side.

    async def claim(self, worker: str, count: int) -> Claimed:  # noqa: ARG002 - there is one
        claims: list[Claim] = []
        poisoned = 0
        for name in self._silent():
            if len(claims) == count:
                break
            claim = self._take(name)
            if claim is None:
                poisoned += 1
            else:
                claims.append(claim)
        while len(claims) < count and (next_one := self._next()) is not None:
            fresh = self._take(next_one)
            if fresh is not None:
                claims.append(fresh)
        return Claimed(tuple(claims), poisoned)

    def _silent(self) -> list[str]:
        since = self._clock() - self._limits.lease_seconds
        return [name for name in self._running if self._jobs[name].heard < since]

    def _next(self) -> str | None:
        for priority in self._order():
            while (name := self._lines[priority].take()) is not None:
                job = self._jobs.get(name)
                if job is not None and job.record.state is JobState.WAITING:
                    return name
        return None

    def _order(self) -> tuple[Priority, ...]:
        """Mostly the highest first; every tenth job begins with the lowest, every fifth with the
        middle, so that none waits for ever."""
        self._claims += 1
        low, normal, high = Priority.LOW, Priority.NORMAL, Priority.HIGH
        order = {0: (low, normal, high), 5: (normal, high, low)}
        return order.get(self._claims % 10, (high, normal, low))

    def _take(self, name: str) -> Claim | None:
        """None for one that went down with too many workers: it ends here."""
        job = self._jobs[name]
        if job.deliveries >= self._limits.max_deliveries:
            why = f"given up after {job.deliveries} workers went down with it"
            self._bury("job", name, job.record.tenant, why)
            self._end(name, Ending(JobState.FAILED, error=JobError("poisoned", why)))
            return None
        now = self._clock()
        self._move(job, JobState.RUNNING)
        job.deliveries += 1
        job.attempt += 1
        job.heard = now
        job.record = replace(job.record, started=now, attempts=job.attempt)
        return Claim(name, job.attempt, job.record.tenant, job.body)

    async def keep(self, worker: str, claims: Sequence[Claim]) -> frozenset[str]:  # noqa: ARG002 - there is one
        lost = set()
        for claim in claims:
            job = self._held_by(claim)
            if job is None:
                lost.add(claim.id)
            else:
                job.heard = self._clock()
        return frozenset(lost)

    async def finish(self, claim: Claim, ending: Ending) -> bool:
        return self._held_by(claim) is not None and self._end(claim.id, ending)

    async def give_back(self, claim: Claim) -> bool:
        job = self._held_by(claim)
        if job is None:
            return False
        job.deliveries -= 1
        # Whoever gave it back has no say any more.
        job.attempt += 1
        self._move(job, JobState.WAITING)
        self._lines[job.record.priority].put(job.record.tenant, job.record.id)
        return True

    async def tidy(self) -> None:
        now = self._clock()
        for name in [n for n, j in self._jobs.items() if not j.record.batch and j.expires < now]:
            self._expire(name)
        for kept in [b for b in self._batches.values() if b.expires < now]:
            if kept.record.state is BatchState.RUNNING:
                ending = Ending(JobState.FAILED, error=EXPIRED)
                self._end_all(kept, ending, BatchState.CANCELLED)
            else:
                self._forget_batch(kept)
        self._known = {k: v for k, v in self._known.items() if v[2] > now}

    # What changes.

    def _held_by(self, claim: Claim) -> _Job | None:
        job = self._jobs.get(claim.id)
        good = job and job.record.state is JobState.RUNNING and job.attempt == claim.attempt
        return job if good else None

    def _expire(self, name: str) -> None:
        job = self._jobs[name]
        if job.record.state.ended:
            self._forget(name)
        elif job.record.state is JobState.WAITING:
            self._end(name, Ending(JobState.FAILED, error=EXPIRED))

    def _end(self, name: str, ending: Ending) -> bool:
        job = self._jobs.get(name)
        if job is None or job.record.state.ended:
            return False
        now = self._clock()
        self._move(job, ending.state)
        before = job.size
        job.body = b""
        job.record = replace(
            job.record, ended=now, error=ending.error, summary=ending.summary, result=ending.result
        )
        self._stored += job.size - before
        job.expires = now + self._limits.result_ttl_seconds
        event = cast(WebhookEvent, f"job.{ending.state}")
        self._tell(name, event, job.webhook, lambda: self._subject(self._jobs, name))
        if job.record.batch:
            self._end_batch(self._batches[job.record.batch], BatchState.ENDED)
        return True

    def _end_batch(self, kept: _Batch, state: BatchState) -> None:
        left = kept.counts[JobState.WAITING] + kept.counts[JobState.RUNNING]
        if left or kept.record.state is not BatchState.RUNNING:
            return
        now = self._clock()
        kept.record = replace(kept.record, state=state, ended=now)
        kept.expires = now + self._limits.result_ttl_seconds
        name = kept.record.id
        self._tell(name, "batch.ended", kept.webhook, lambda: self._counted_subject(name))

    def _end_all(self, kept: _Batch, ending: Ending, state: BatchState) -> None:
        running, kept.record = kept.record, replace(kept.record, state=BatchState.RECEIVING)
        for name in kept.items:
            self._end(name, ending)
        kept.record = running
        self._end_batch(kept, state)

    def _move(self, job: _Job, state: JobState) -> None:
        was, tenant = job.record.state, job.record.tenant
        self._waiting[tenant] += (state is JobState.WAITING) - (was is JobState.WAITING)
        if not self._waiting[tenant]:
            del self._waiting[tenant]
        (self._running.add if state is JobState.RUNNING else self._running.discard)(job.record.id)
        if job.record.batch:
            counts = self._batches[job.record.batch].counts
            counts[was] -= 1
            counts[state] += 1
        job.record = replace(job.record, state=state)

    def _add(self, job: _Job) -> None:
        self._jobs[job.record.id] = job
        self._stored += job.size
        self._waiting[job.record.tenant] += 1

    def _forget(self, name: str) -> None:
        job = self._jobs.pop(name)
        self._stored -= job.size
        if job.record.state is JobState.WAITING:
            self._waiting[job.record.tenant] -= 1

    def _forget_batch(self, kept: _Batch) -> None:
        for name in kept.items:
            self._forget(name)
        del self._batches[kept.record.id]

    def _record(self, name: str, tenant: str, priority: Priority) -> JobRecord:
        return JobRecord(name, tenant, priority, JobState.WAITING, self._clock())

    def _receiving(self, batch: str) -> _Batch:
        kept = self._batches.get(batch)
        if kept is None or kept.record.state is not BatchState.RECEIVING:
            raise UnknownJob("the upload stood still for too long and was dropped")
        return kept

    def _check_room(self, tenant: str, more: int, size: int) -> None:
        limits = self._limits
        if self._waiting[tenant] + more > limits.max_waiting_per_tenant:
            raise full("tenant")
        if self._waiting.total() + more > limits.max_waiting:
            raise full("waiting")
        if self._stored + size > limits.max_stored_bytes:
            raise full("bytes")

    def _seen(self, tenant: str, idempotency: Idempotency | None) -> Submitted | None:
        if idempotency is None:
            return None
        known = self._known.get(names.remembered(tenant, idempotency.key))
        if known is None or known[2] < self._clock():
            return None
        if known[0] not in self._jobs and known[0] not in self._batches:
            return None
        if known[1] != idempotency.fingerprint:
            raise IdempotencyConflict("the key was used for another request")
        return Submitted(known[0], fresh=False)

    def _remember(self, tenant: str, idempotency: Idempotency | None, name: str) -> None:
        if idempotency is not None:
            until = self._clock() + self._limits.idempotency_ttl_seconds
            key = names.remembered(tenant, idempotency.key)
            self._known[key] = (name, idempotency.fingerprint, until)

    @staticmethod
    def _subject(jobs: dict[str, _Job], name: str) -> JobRecord | None:
        return jobs[name].record if name in jobs else None

    def _counted_subject(self, name: str) -> BatchRecord | None:
        return _counted(self._batches[name]) if name in self._batches else None


def _counted(batch: _Batch) -> BatchRecord:
    numbers = {str(state): batch.counts[state] for state in JobState}
    return replace(batch.record, counts=Counts(total=len(batch.items), **numbers))


def _page(records: list[R], count: int, after: int | None) -> Page[R]:
    """`after` is when the last one was made: what is new, or forgotten, does not shift pages."""
    older = [r for r in records if after is None or _microseconds(r) < after]
    newest = sorted(older, key=_microseconds, reverse=True)[: count + 1]
    following = _microseconds(newest[count - 1]) if len(newest) > count else None
    return Page(tuple(newest[:count]), following)


def _microseconds(record: JobRecord | BatchRecord) -> int:
    return int(record.created * 1_000_000)
