"""Where usage is counted, as an operator writes it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from candor.domain.quotas import QuotaConfig


class RateLimitsConfig(BaseModel):
    """Limits for each tenant in a window of time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["auto", "memory", "redis"] = Field(
        "auto",
        description="Where usage is counted: in each process by itself (`memory`), or together "
        "in the deployment's `redis`. `auto`: together where there is a Redis. While Redis is "
        "away each process counts by itself.",
    )
    default: QuotaConfig = Field(
        QuotaConfig(), description="For tenants that have no `limits` of their own."
    )
