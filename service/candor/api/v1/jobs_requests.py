"""What jobs and batches are asked for with, on the wire."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from candor.api.v1.requests import MonitorRequest, Wire
from candor.domain.jobs.values import EVENTS, Priority, Webhook, WebhookEvent

MOST_PER_PAGE = 200
# Part of the names of keys.
TENANT = r"^[A-Za-z0-9._-]{1,64}$"
Tenant = Annotated[str, StringConstraints(pattern=TENANT)]


class WebhookIn(Wire):
    """Whom to tell of the end."""

    url: str = Field(
        max_length=2000,
        description="Where to POST to: https, and a host that the operator listed.",
        examples=["https://hooks.example.com/candor"],
    )
    events: tuple[WebhookEvent, ...] = Field(
        EVENTS, min_length=1, description="Of which ends to tell.", examples=[["job.failed"]]
    )

    @property
    def value(self) -> Webhook:
        return Webhook(self.url, self.events)


class JobRequest(MonitorRequest):
    """An exchange to judge later: as for `POST /v1/monitor`, and who is told."""

    webhook: WebhookIn | None = Field(None, description="Whom to tell of the end.")
    priority: Priority = Field(
        Priority.NORMAL,
        description="Before or after which other jobs it is taken up.",
        examples=["normal"],
    )


class BatchQuery(BaseModel):
    """How a batch is to be worked on; in the query, for its body is nothing but exchanges."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    priority: Priority = Field(
        Priority.NORMAL,
        description="Before or after which other jobs its jobs are taken up.",
        examples=["low"],
    )
    webhook: str | None = Field(
        None,
        max_length=2000,
        description="Where to POST `batch.ended` to.",
        examples=["https://hooks.example.com/candor"],
    )
    tenant: Tenant = Field(
        "default",
        description="Whose batch it is, where callers are not told apart otherwise.",
        examples=["acme"],
    )


class ListQuery(BaseModel):
    """Which jobs or batches to list."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tenant: Tenant = Field(
        "default",
        description="Whose, where callers are not told apart otherwise.",
        examples=["acme"],
    )
    limit: int = Field(
        50, ge=1, le=MOST_PER_PAGE, description="Most of them in one answer.", examples=[50]
    )
    cursor: int | None = Field(
        None, ge=0, description="`next` of the answer before.", examples=[17]
    )


class ResultsQuery(BaseModel):
    """Where to begin with the results of a batch."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cursor: int = Field(
        0,
        ge=0,
        description="Index of the first result wanted: one more than the last that was read.",
        examples=[0],
    )


class LettersQuery(BaseModel):
    """How many dead letters to list."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    limit: int = Field(50, ge=1, le=MOST_PER_PAGE, description="Most of them.", examples=[50])
