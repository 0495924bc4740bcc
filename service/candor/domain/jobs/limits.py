"""How much is kept of jobs, and for how long."""

from pydantic import BaseModel, ConfigDict, Field


class JobLimits(BaseModel):
    """Limits and times that every kind of queue keeps to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_waiting: int = Field(
        200_000, gt=0, description="Jobs in line; beyond that new ones get 503."
    )
    max_waiting_per_tenant: int = Field(
        100_000, gt=0, description="Jobs of one tenant in line; beyond that new ones get 429."
    )
    max_stored_bytes: int = Field(
        2**30, gt=0, description="Bytes of jobs and results kept; beyond that new ones get 503."
    )
    max_batch_items: int = Field(50_000, gt=0, description="Exchanges in one batch.")
    max_batch_bytes: int = Field(2**29, gt=0, description="Bytes of one batch's upload.")
    result_ttl_seconds: int = Field(
        86_400, gt=0, description="How long an ended job and its result can be looked up."
    )
    waiting_ttl_seconds: int = Field(
        86_400, gt=0, description="A job nobody worked on for so long ends as `expired`."
    )
    upload_ttl_seconds: int = Field(
        600, gt=0, description="An upload that stands still for so long is dropped."
    )
    idempotency_ttl_seconds: int = Field(
        86_400, gt=0, description="How long an `Idempotency-Key` is remembered."
    )
    lease_seconds: float = Field(
        15, gt=0, description="A worker silent for so long loses its jobs to others."
    )
    max_deliveries: int = Field(
        5, gt=0, description="A job that went down with so many workers ends as `poisoned`."
    )
    delivery_lease_seconds: float = Field(
        30,
        gt=0,
        description="A webhook being sent for so long counts as in doubt; more than its timeout.",
    )
    dead_letters: int = Field(1000, gt=0, description="Dead letters kept; older ones go.")
