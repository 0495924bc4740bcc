"""What routes may ask for. All of it was opened at start-up."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypedDict, cast

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.types import Scope

from candor.api.desk import Desk
from candor.api.entrance import Entrance
from candor.api.limits import Limits
from candor.api.readiness import Readiness
from candor.api.reloads import Reloads
from candor.domain.generations import Generations
from candor.domain.ledger import Ledger
from candor.domain.monitor import Monitor
from candor.domain.ports import ImageSource
from candor.domain.trail import Trail
from candor.domain.turns import Turns
from candor.telemetry.metrics import Metrics
from candor.telemetry.tracing import Tracing


class ApiConfig(BaseModel):
    """What the HTTP face is told by the operator."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    limits: Limits = Limits()
    group_salt: str = Field("", repr=False)
    memo_entries: int = Field(4096, ge=0)
    max_batch_bytes: int = Field(2**29, gt=0)


class State(TypedDict):
    """Yielded by the lifespan; one per process.

    `monitor` is that of the generation which a request began on: see `on_one_generation`.
    """

    monitor: Monitor
    metrics: Metrics
    config: ApiConfig
    readiness: Readiness
    ledger: Ledger
    desk: Desk
    generations: Generations
    reloads: Reloads
    entrance: Entrance
    trail: Trail
    images: ImageSource | None
    """Where images are fetched from; None: nowhere."""
    tracing: Tracing
    turns: Turns
    """In which long requests are read."""


def state_of(request: Request) -> State:
    return state_in(request.scope)


def state_in(scope: Scope) -> State:
    # The server hands every request a copy of what the lifespan yielded.
    return cast(State, scope["state"])


@contextmanager
def on_one_generation(state: State) -> Iterator[State]:
    """The state for one request or job, with the monitor that is in force now: it stays open
    until this is left, whatever is loaded meanwhile."""
    with state["generations"].in_use() as generation:
        yield {**state, "monitor": generation.monitor}


def tenant_in(scope: Scope) -> str:
    """Who asks, where callers are told apart: empty without. Put there by whatever stands in
    front and knows."""
    return cast(str, scope["state"].get("tenant", ""))


def request_id(request: Request) -> str:
    """Given by the middleware, which puts it next to the lifespan's state."""
    return cast(str, request.scope["state"]["request_id"])


def generation(request: Request) -> int:
    """The number of the one that the request began on."""
    return cast(int, request.scope["state"]["generation"])
