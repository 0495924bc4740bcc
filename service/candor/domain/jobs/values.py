"""What jobs are made of. Nothing here knows where they are kept."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Literal, TypeVar

Record = TypeVar("Record")

WebhookEvent = Literal["job.done", "job.failed", "job.cancelled", "batch.ended"]
EVENTS: tuple[WebhookEvent, ...] = ("job.done", "job.failed", "job.cancelled", "batch.ended")


class Priority(StrEnum):
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class JobState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    """It has a verdict, `inconclusive` being one."""
    FAILED = "failed"
    """It has a named error."""
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


class BatchState(StrEnum):
    RECEIVING = "receiving"
    """Still being uploaded: nothing of it is judged yet."""
    RUNNING = "running"
    ENDED = "ended"
    CANCELLED = "cancelled"
    """Cancelled, and everything that ran has ended."""

    @property
    def ended(self) -> bool:
        return self in (BatchState.ENDED, BatchState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where to tell of an end, and of which ends."""

    url: str
    events: tuple[WebhookEvent, ...] = EVENTS


@dataclass(frozen=True, slots=True)
class Idempotency:
    """The caller's key, and a digest of what was sent with it."""

    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class NewBatch:
    tenant: str
    priority: Priority = Priority.NORMAL
    webhook: Webhook | None = None


@dataclass(frozen=True, slots=True)
class NewJob:
    """`body` is the request as JSON; it is forgotten as soon as the job has ended."""

    tenant: str
    body: bytes
    priority: Priority = Priority.NORMAL
    webhook: Webhook | None = None
    idempotency: Idempotency | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """`fresh`: this call made it; otherwise an earlier one with the same idempotency key did."""

    id: str
    fresh: bool = True


@dataclass(frozen=True, slots=True)
class JobError:
    """`kind` is a stable word, `detail` never quotes content."""

    kind: str
    detail: str


@dataclass(frozen=True, slots=True)
class Ending:
    """How a job ended. `result` is the answer as JSON, `summary` the few fields of it that a
    webhook tells, as JSON too."""

    state: JobState
    result: bytes = b""
    error: JobError | None = None
    summary: bytes = b""


@dataclass(frozen=True, slots=True)
class JobRecord:
    """Times are seconds since 1970. `batch` is empty for a job of its own, `index` its place in
    the batch, from 0. `attempts` counts how often a worker took it up."""

    id: str
    tenant: str
    priority: Priority
    state: JobState
    created: float
    started: float | None = None
    ended: float | None = None
    attempts: int = 0
    batch: str = ""
    index: int = 0
    error: JobError | None = None
    summary: bytes = b""
    result: bytes = b""


@dataclass(frozen=True, slots=True)
class Counts:
    """Jobs of a batch by state; together they are `total`."""

    total: int = 0
    waiting: int = 0
    running: int = 0
    done: int = 0
    failed: int = 0
    cancelled: int = 0


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """Times are seconds since 1970."""

    id: str
    tenant: str
    priority: Priority
    state: BatchState
    created: float
    counts: Counts
    ended: float | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A job in one worker's hands. `attempt` is its fencing token: what is done in the name of
    an older one is refused."""

    id: str
    attempt: int
    tenant: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Claimed:
    """`poisoned`: jobs that were ended instead, because they went down with their worker too
    often."""

    claims: tuple[Claim, ...] = ()
    poisoned: int = 0


@dataclass(frozen=True, slots=True)
class Page(Generic[Record]):
    """`after` is where the next page begins, None on the last."""

    records: tuple[Record, ...]
    after: int | None = None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """What was given up: a job that could not be worked on, or a delivery nobody took.

    `kind` is `job` or `webhook`, `at` seconds since 1970.
    """

    kind: Literal["job", "webhook"]
    id: str
    tenant: str
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class Depth:
    """How much is kept: jobs that wait, by priority, those being worked on, and stored bytes."""

    waiting: dict[Priority, int]
    running: int
    stored_bytes: int
