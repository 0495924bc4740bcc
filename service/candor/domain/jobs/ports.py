"""What jobs need from the outside world: a place to be kept, and a way to tell of their end."""

from collections.abc import Sequence
from typing import Protocol

from candor.domain.jobs.deliveries import Delivery, Settled
from candor.domain.jobs.values import (
    BatchRecord,
    Claim,
    Claimed,
    DeadLetter,
    Depth,
    Ending,
    Idempotency,
    JobRecord,
    NewBatch,
    NewJob,
    Page,
    Submitted,
)

# Every method of these ports can raise QueueUnavailable.


class Submissions(Protocol):
    """The caller's side."""

    @property
    def durable(self) -> bool:
        """Whether jobs survive a restart of this service."""
        ...

    async def submit(self, new: NewJob) -> Submitted:
        """Raises: TenantQueueFull, Overloaded, IdempotencyConflict."""
        ...

    async def open_batch(self, new: NewBatch) -> str:
        """Begin an upload; one that nobody adds to for a while is dropped."""
        ...

    async def append(self, batch: str, bodies: Sequence[bytes]) -> None:
        """Keep more jobs of a batch; none of them is worked on yet.

        Raises: TenantQueueFull, Overloaded, UnknownJob when the upload was dropped meanwhile.
        """
        ...

    async def seal(self, batch: str, idempotency: Idempotency | None) -> Submitted:
        """The upload is complete: its jobs wait from now on, or, where the key is known, it is
        dropped.

        Raises: IdempotencyConflict, UnknownJob.
        """
        ...

    async def drop(self, batch: str) -> None:
        """Forget an upload that is not complete."""
        ...

    async def job(self, name: str) -> JobRecord | None: ...

    async def batch(self, name: str) -> BatchRecord | None: ...

    async def results(self, batch: str, start: int, count: int) -> Sequence[JobRecord]:
        """The jobs of a batch in order from index `start`, those that wait too."""
        ...

    async def jobs(self, tenant: str, count: int, after: int | None) -> Page[JobRecord]:
        """Those of their own, not of batches, newest first, without results."""
        ...

    async def batches(self, tenant: str, count: int, after: int | None) -> Page[BatchRecord]: ...

    async def cancel(self, job: str) -> JobRecord | None:
        """What has ended stays as it is; a worker that has it in hand drops it."""
        ...

    async def cancel_batch(self, name: str) -> BatchRecord | None: ...

    async def dead_letters(self, count: int) -> Sequence[DeadLetter]:
        """Newest first."""
        ...

    async def depth(self) -> Depth: ...

    async def ping(self) -> None: ...


class Work(Protocol):
    """The worker's side."""

    async def claim(self, worker: str, count: int) -> Claimed:
        """At most `count` jobs: first those of workers that went silent, then by priority, in
        turn between tenants."""
        ...

    async def keep(self, worker: str, claims: Sequence[Claim]) -> frozenset[str]:
        """Say that they are still worked on. Names those that are no longer this worker's."""
        ...

    async def finish(self, claim: Claim, ending: Ending) -> bool:
        """Store the end, acknowledge the job and line up word of it, all or nothing. False when
        it had ended before, or is another worker's by now."""
        ...

    async def give_back(self, claim: Claim) -> bool:
        """Let others have it, as if this worker had never had it."""
        ...

    async def tidy(self) -> None:
        """Go on with what was begun (long cancellations) and forget what is over its time."""
        ...


class Outbox(Protocol):
    """The webhook sender's side."""

    async def due(self, count: int) -> Sequence[Delivery]:
        """Those whose time has come. Each counts as being sent until it is settled, or until
        its sender was silent for too long: then its outcome is in doubt."""
        ...

    async def settle(self, delivery: Delivery, settled: Settled) -> bool:
        """False when somebody else has it in hand by now."""
        ...


class JobQueue(Submissions, Work, Outbox, Protocol):
    """All three sides."""


class Destinations(Protocol):
    """Which addresses may be told: asked when a job is taken, and again before every send."""

    def check(self, url: str) -> None:
        """Raises: InvalidExchange, whose message does not repeat the address."""
        ...


class Sender(Protocol):
    async def send(self, delivery: Delivery) -> Settled:
        """Try once. Never raises for what the receiver does."""
        ...
