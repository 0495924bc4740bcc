"""How much of Redis each process keeps at hand."""

from pydantic import BaseModel, ConfigDict, Field


class LocalLevelConfig(BaseModel):
    """The level in this process: what was read lately is not asked of Redis again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_entries: int = Field(2_000, ge=0, description="Most verdicts kept; 0 turns it off.")
    max_bytes: int = Field(16 * 2**20, gt=0, description="Most memory for them, in bytes.")
    ttl_seconds: float = Field(
        60,
        gt=0,
        allow_inf_nan=False,
        description="How long one is taken from here without asking Redis. While Redis is away "
        "it is used until the verdict's own time is over.",
    )
