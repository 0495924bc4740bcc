"""Telling a receiver of an end, at least once and never twice under one name."""

from dataclasses import dataclass

from candor.domain.jobs.values import BatchRecord, JobRecord, WebhookEvent


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one receiver.

    `event_id` names the event for ever. `id` names this try to hand it over: it stays the same
    while the receiver is known not to have taken it (it answered with a refusal, or could not be
    reached), and is a new one after a try whose outcome nobody knows. `attempt` is the fencing
    token of whoever sends it now, `tries` counts sends.
    """

    event_id: str
    generation: int
    attempt: int
    tries: int
    event: WebhookEvent
    url: str
    subject: JobRecord | BatchRecord

    @property
    def id(self) -> str:
        return f"{self.event_id}.{self.generation}"


@dataclass(frozen=True, slots=True)
class Delivered:
    """The receiver took it."""


@dataclass(frozen=True, slots=True)
class Again:
    """It is tried once more after `seconds`. `in_doubt`: the receiver may have taken it."""

    seconds: float
    in_doubt: bool


@dataclass(frozen=True, slots=True)
class GivenUp:
    """It ends among the dead letters."""

    reason: str


Settled = Delivered | Again | GivenUp

FORGOTTEN = GivenUp("what it tells of was forgotten before anybody took it")
