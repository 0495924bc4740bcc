"""What may be asked of the ledger, on the wire."""

from typing import Annotated

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)
from pydantic_core import PydanticKnownError

from candor.domain.ledger import MOST_PER_PAGE, Filters, Label
from candor.domain.verdict import Action, Category, Outcome

# PostgreSQL has no place for the character NUL.
Plain = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]


def _written_out(value: object) -> object:
    """Pydantic would take a number for the seconds since 1970."""
    if isinstance(value, str) and ":" not in value:
        raise PydanticKnownError("datetime_from_date_parsing", {"error": "it is a number"})
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_written_out)]


class ReviewRequest(BaseModel):
    """What a person says of a verdict."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: Label = Field(description="What the response is.", examples=["deceptive"])
    category: Category | None = Field(
        None, description="The behaviour it shows.", examples=["fabrication"]
    )
    note: Plain = Field(
        "",
        max_length=4000,
        description="Why. Kept as long as the verdict, never logged.",
        examples=["The receipt says 48.20."],
    )
    reviewer: Plain = Field("", max_length=200, description="Who says so.", examples=["jo"])


class VerdictQuery(BaseModel):
    """Which verdicts to list."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    policy: Plain | None = Field(None, description="Judged by this policy.", examples=["default"])
    model: Plain | None = Field(
        None, description="Of this monitored model, as labelled.", examples=["other"]
    )
    outcome: Outcome | None = Field(None, description="With this outcome.", examples=["deceptive"])
    action: Action | None = Field(None, description="With this action.", examples=["review"])
    decided_by: Plain | None = Field(
        None, description="Settled by this tier.", examples=["debate"]
    )
    since: Moment | None = Field(
        None,
        description="Given then or later; a date and time with a zone (RFC 3339).",
        examples=["2026-01-31T09:00:00Z"],
    )
    until: Moment | None = Field(
        None, description="Given before then.", examples=["2026-02-01T00:00:00Z"]
    )
    reviewed: bool | None = Field(
        None, description="With a review, or without any.", examples=[False]
    )
    min_score: float | None = Field(
        None, ge=0, le=1, description="With at least this score, 0..1.", examples=[0.4]
    )
    max_score: float | None = Field(
        None, ge=0, le=1, description="With at most this score, 0..1.", examples=[0.6]
    )
    limit: int = Field(
        50, ge=1, le=MOST_PER_PAGE, description="Most verdicts in one answer.", examples=[50]
    )
    cursor: str | None = Field(
        None,
        max_length=400,
        description="`next` of the answer before; the filters should be the same.",
        examples=["MjAyNi0wMS0zMVQwOTowMDowMCswMDowMCBtb25fMGExYg=="],
    )

    @property
    def filters(self) -> Filters:
        return Filters(
            policy=self.policy,
            model=self.model,
            outcome=self.outcome,
            action=self.action,
            decided_by=self.decided_by,
            since=self.since,
            until=self.until,
            reviewed=self.reviewed,
            min_score=self.min_score,
            max_score=self.max_score,
        )
