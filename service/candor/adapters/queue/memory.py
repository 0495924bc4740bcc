"""Jobs in this process: gone when it ends. One event loop only."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from candor.adapters.queue import names
from candor.adapters.queue.endings import Endings
from candor.adapters.queue.keys import SeenKeys
from candor.adapters.queue.lines import Lines
from candor.adapters.queue.outbox import MemoryOutbox
from candor.adapters.queue.paging import page
from candor.adapters.queue.stock import KeptBatch, KeptJob, Stock
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
)


class MemoryQueue(MemoryOutbox):
    """No method waits, so that each is done in one go."""

    durable = False

    def __init__(self, limits: JobLimits, clock: Callable[[], float] = time.time) -> None:
        super().__init__(limits, clock)
        self._stock = Stock(limits)
        self._lines = Lines()
        self._keys = SeenKeys(self._stock, limits.idempotency_ttl_seconds, clock)
        self._endings = Endings(self._stock, limits, clock, self._tell)

    # The caller's side.

    async def submit(self, new: NewJob) -> Submitted:
        known = self._keys.known(new.tenant, new.idempotency)
        if known is not None:
            return known
        self._stock.check_room(new.tenant, 1, len(new.body))
        record = self._record(names.new_job(), new.tenant, new.priority)
        expires = record.created + self._limits.waiting_ttl_seconds
        self._stock.add(KeptJob(record, new.body, new.webhook, expires))
        self._lines.put(record)
        self._keys.remember(new.tenant, new.idempotency, record.id)
        return Submitted(record.id)

    async def open_batch(self, new: NewBatch) -> str:
        name, now = names.new_batch(), self._clock()
        state = BatchState.RECEIVING
        record = BatchRecord(name, new.tenant, new.priority, state, now, Counts())
        expires = now + self._limits.upload_ttl_seconds
        self._stock.batches[name] = KeptBatch(record, new.webhook, expires)
        return name

    async def append(self, batch: str, bodies: Sequence[bytes]) -> None:
        kept = self._stock.receiving(batch)
        tenant, priority = kept.record.tenant, kept.record.priority
        self._stock.check_room(tenant, len(bodies), sum(map(len, bodies)))
        for body in bodies:
            index = len(kept.items)
            record = self._record(names.item(batch, index), tenant, priority)
            record = replace(record, batch=batch, index=index)
            self._stock.add(KeptJob(record, body, None, 0, held=True))
        kept.expires = self._clock() + self._limits.upload_ttl_seconds

    def _record(self, name: str, tenant: str, priority: Priority) -> JobRecord:
        return JobRecord(name, tenant, priority, JobState.WAITING, self._clock())

    async def seal(self, batch: str, idempotency: Idempotency | None) -> Submitted:
        kept = self._stock.receiving(batch)
        known = self._keys.known(kept.record.tenant, idempotency)
        if known is not None:
            await self.drop(batch)
            return known
        kept.record = replace(kept.record, state=BatchState.RUNNING)
        kept.expires = self._clock() + self._limits.waiting_ttl_seconds
        for job in (self._stock.jobs[name] for name in kept.items):
            job.held = False
            self._lines.put(job.record)
        self._keys.remember(kept.record.tenant, idempotency, batch)
        return Submitted(batch)

    async def drop(self, batch: str) -> None:
        kept = self._stock.batches.get(batch)
        if kept is not None and kept.record.state is BatchState.RECEIVING:
            self._stock.forget_batch(kept)

    async def job(self, name: str) -> JobRecord | None:
        return self._stock.job(name)

    async def batch(self, name: str) -> BatchRecord | None:
        return self._stock.batch(name)

    async def results(self, batch: str, start: int, count: int) -> Sequence[JobRecord]:
        kept = self._stock.batches.get(batch)
        items = kept.items[start : start + count] if kept else []
        return [self._stock.jobs[name].record for name in items]

    async def jobs(self, tenant: str, count: int, after: int | None) -> Page[JobRecord]:
        found = [job.record for job in self._stock.jobs.values() if not job.record.batch]
        return page([record for record in found if record.tenant == tenant], count, after)

    async def batches(self, tenant: str, count: int, after: int | None) -> Page[BatchRecord]:
        found = [batch.counted for batch in self._stock.batches.values()]
        sealed = [b for b in found if b.state is not BatchState.RECEIVING]
        return page([b for b in sealed if b.tenant == tenant], count, after)

    async def cancel(self, job: str) -> JobRecord | None:
        self._endings.end(job, Ending(JobState.CANCELLED))
        return await self.job(job)

    async def cancel_batch(self, name: str) -> BatchRecord | None:
        kept = self._stock.batches.get(name)
        if kept is not None and kept.record.state is BatchState.RUNNING:
            self._endings.end_all(kept, Ending(JobState.CANCELLED))
        return await self.batch(name)

    async def dead_letters(self, count: int) -> Sequence[DeadLetter]:
        return list(self._dead)[:count]

    async def depth(self) -> Depth:
        waiting = dict.fromkeys(Priority, 0)
        for job in self._stock.jobs.values():
            if job.record.state is JobState.WAITING and not job.held:
                waiting[job.record.priority] += 1
        return Depth(waiting, len(self._stock.running), self._stock.stored_bytes)

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
        while len(claims) < count and (following := self._lines.take(self._stock.waits)):
            fresh = self._take(following)
            if fresh is not None:
                claims.append(fresh)
        return Claimed(tuple(claims), poisoned)

    def _silent(self) -> list[str]:
        since, jobs = self._clock() - self._limits.lease_seconds, self._stock.jobs
        return [name for name in self._stock.running if jobs[name].heard < since]

    def _take(self, name: str) -> Claim | None:
        """None for one that went down with too many workers: it ends here."""
        job = self._stock.jobs[name]
        if job.deliveries >= self._limits.max_deliveries:
            why = f"given up after {job.deliveries} workers went down with it"
            self._bury("job", name, job.record.tenant, why)
            self._endings.end(name, Ending(JobState.FAILED, error=JobError("poisoned", why)))
            return None
        now = self._clock()
        self._stock.move(job, JobState.RUNNING)
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
        return self._held_by(claim) is not None and self._endings.end(claim.id, ending)

    async def give_back(self, claim: Claim) -> bool:
        job = self._held_by(claim)
        if job is None:
            return False
        job.deliveries -= 1
        # Whoever gave it back has no say any more.
        job.attempt += 1
        self._stock.move(job, JobState.WAITING)
        self._lines.put(job.record)
        return True

    def _held_by(self, claim: Claim) -> KeptJob | None:
        job = self._stock.jobs.get(claim.id)
        good = job and job.record.state is JobState.RUNNING and job.attempt == claim.attempt
        return job if good else None

    async def tidy(self) -> None:
        self._endings.expire()
        self._keys.tidy()
