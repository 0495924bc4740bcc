"""How jobs and batches of this process end, and that it is told."""

from collections.abc import Callable
from dataclasses import replace
from typing import cast

from candor.adapters.queue.outbox import Subject
from candor.adapters.queue.stock import KeptBatch, Stock
from candor.domain.jobs.limits import JobLimits
from candor.domain.jobs.values import (
    BatchState,
    Ending,
    JobError,
    JobState,
    Webhook,
    WebhookEvent,
)

EXPIRED = JobError("expired", "nobody worked on it in time")

Tell = Callable[[str, WebhookEvent, Webhook | None, Subject], None]


class Endings:
    """`tell` lines up word of an end for whoever asked for it."""

    def __init__(
        self, stock: Stock, limits: JobLimits, clock: Callable[[], float], tell: Tell
    ) -> None:
        self._stock = stock
        self._limits = limits
        self._clock = clock
        self._tell = tell

    def end(self, name: str, ending: Ending) -> bool:
        """False when it had ended before."""
        job = self._stock.jobs.get(name)
        if job is None or job.record.state.ended:
            return False
        self._stock.end(job, ending, self._clock())
        event = cast(WebhookEvent, f"job.{ending.state}")
        self._tell(name, event, job.webhook, lambda: self._stock.job(name))
        if job.record.batch:
            self._end_batch(self._stock.batches[job.record.batch], BatchState.ENDED)
        return True

    def end_all(self, kept: KeptBatch, ending: Ending) -> None:
        """Of a batch that runs: it counts as cancelled."""
        running, kept.record = kept.record, replace(kept.record, state=BatchState.RECEIVING)
        for name in kept.items:
            self.end(name, ending)
        kept.record = running
        self._end_batch(kept, BatchState.CANCELLED)

    def expire(self) -> None:
        """End what waited for too long, forget what is over its time."""
        now, stock = self._clock(), self._stock
        for name in [n for n, j in stock.jobs.items() if not j.record.batch and j.expires < now]:
            self._expire_job(name)
        for kept in [b for b in stock.batches.values() if b.expires < now]:
            if kept.record.state is BatchState.RUNNING:
                self.end_all(kept, Ending(JobState.FAILED, error=EXPIRED))
            else:
                stock.forget_batch(kept)

    def _expire_job(self, name: str) -> None:
        state = self._stock.jobs[name].record.state
        if state.ended:
            self._stock.forget(name)
        elif state is JobState.WAITING:
            self.end(name, Ending(JobState.FAILED, error=EXPIRED))

    def _end_batch(self, kept: KeptBatch, state: BatchState) -> None:
        left = kept.counts[JobState.WAITING] + kept.counts[JobState.RUNNING]
        if left or kept.record.state is not BatchState.RUNNING:
            return
        now = self._clock()
        kept.record = replace(kept.record, state=state, ended=now)
        kept.expires = now + self._limits.result_ttl_seconds
        name = kept.record.id
        self._tell(name, "batch.ended", kept.webhook, lambda: self._stock.batch(name))
