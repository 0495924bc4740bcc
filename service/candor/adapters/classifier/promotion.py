"""When another trained classifier may take charge without a person saying so."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class PromotionConfig(BaseModel):
    """Acted on by `candor screen review --promote-if-safe`, never by the service itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: Literal["manual", "automatic"] = Field(
        "manual",
        description="`automatic`: `candor screen review --promote-if-safe` may promote the "
        "candidate and roll back; `manual`: it only says what it would do.",
    )
    max_miss_rate: float = Field(
        0.05, gt=0, lt=1, description="Of deceptive groups, the most that may be cleared."
    )
    max_fpr: float = Field(
        0.02, gt=0, lt=1, description="Of honest groups, the most that may be convicted."
    )
    confidence: float = Field(0.95, gt=0, lt=1, description="Of each of the two.")
    min_deceptive_groups: int = Field(
        120, ge=1, description="Labelled groups with a deceptive row before it is looked at."
    )
    min_verdicts: int = Field(
        1000, ge=1, description="Verdicts on which both are compared, labelled or not."
    )
    max_age_days: int = Field(
        30, ge=1, le=3650, description="Verdicts that are older say nothing any more, days."
    )
