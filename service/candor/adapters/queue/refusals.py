"""What callers are told when a job is not taken, wherever jobs are kept."""

from candor.domain.errors import IdempotencyConflict, Overloaded, TenantQueueFull, UnknownJob

_RETRY_SECONDS = 5


def full(what: str) -> TenantQueueFull | Overloaded:
    """`what` is full: the line of one tenant, of all, or the room for bytes."""
    if what == "tenant":
        return TenantQueueFull(
            "too many jobs of this tenant are waiting (jobs.limits.max_waiting_per_tenant)",
            retry_after=_RETRY_SECONDS,
        )
    limit = "max_stored_bytes" if what == "bytes" else "max_waiting"
    message = f"no room is left for more jobs (jobs.limits.{limit})"
    return Overloaded(message, reason="jobs_full", retry_after=_RETRY_SECONDS)


def dropped() -> UnknownJob:
    return UnknownJob("the upload stood still for too long and was dropped")


def another_request() -> IdempotencyConflict:
    return IdempotencyConflict("the key was used for another request")
