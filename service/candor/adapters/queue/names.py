"""Names of jobs and batches: unguessable, and told apart by how they begin."""

import hashlib
import secrets

JOB = "job_"
BATCH = "bat_"


def new_job() -> str:
    return JOB + secrets.token_hex(16)


def new_batch() -> str:
    return BATCH + secrets.token_hex(16)


def item(batch: str, index: int) -> str:
    return f"{batch}.{index}"


def remembered(tenant: str, key: str) -> str:
    """What an idempotency key is kept under: keys are the caller's, and may be anything."""
    return hashlib.sha256(f"{tenant}\0{key}".encode()).hexdigest()
