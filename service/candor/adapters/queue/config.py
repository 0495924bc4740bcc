"""Settings of jobs."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from candor.adapters.cache.sealing import NOT_SEALED, Sealer
from candor.adapters.queue.memory import MemoryQueue
from candor.adapters.redis import RedisConfig
from candor.adapters.webhooks.config import WebhooksConfig
from candor.domain.jobs.limits import JobLimits
from candor.domain.jobs.ports import JobQueue


class JobsConfig(BaseModel):
    """Jobs and batches: work that is done later, by `candor worker` or in this process."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["memory", "redis"] = Field(
        "memory",
        description="`memory`: in this process, which works on them itself; a restart loses "
        "them. `redis`: in the Redis of `redis`, for `candor worker` to work on.",
    )
    concurrency: int = Field(
        4, gt=0, le=1024, description="Jobs that one worker, or this process, judges at once."
    )
    idle_seconds: float = Field(
        0.2, gt=0, le=60, description="Pause between two looks for work when there is none."
    )
    timeout_ms: int = Field(
        5000,
        gt=0,
        le=60_000,
        description="For each operation in Redis: jobs carry images, and can wait longer than "
        "a look into the cache.",
    )
    metrics_host: str = Field("127.0.0.1", description="Where `candor worker` answers probes.")
    metrics_port: int = Field(
        9090, ge=0, le=65535, description="Its TCP port for /healthz, /readyz and /metrics."
    )
    limits: JobLimits = Field(JobLimits(), description="How much is kept, and how long.")
    webhooks: WebhooksConfig = Field(WebhooksConfig(), description="Who may be told of ends.")

    @model_validator(mode="after")
    def _webhooks_end_within_their_lease(self) -> Self:
        if self.webhooks.timeout_seconds >= self.limits.delivery_lease_seconds:
            raise ValueError(
                "webhooks.timeout_seconds must be less than limits.delivery_lease_seconds: "
                "otherwise a slow receiver counts as a dead sender"
            )
        return self

    @asynccontextmanager
    async def open(
        self,
        redis: RedisConfig,
        sealer: Sealer = NOT_SEALED,
        failed: Callable[[str], object] = str,
    ) -> AsyncIterator[JobQueue]:
        """Does not wait for a Redis that is away. `failed` hears the reason of each operation
        that failed."""
        if self.kind == "memory":
            yield MemoryQueue(self.limits)
            return
        # Not loaded where jobs are kept in this process.
        from candor.adapters.queue.redis import RedisQueue  # noqa: PLC0415
        from candor.adapters.redis import open_connection  # noqa: PLC0415

        # Its own connections: what takes long here must not make requests wait for theirs.
        async with open_connection(redis) as connection:
            connection.told_to(failed, bool)
            yield RedisQueue(connection, self.limits, self.timeout_ms, sealer)
