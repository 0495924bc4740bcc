"""How much each tenant may use in a window of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field

from candor.domain.usage import ModelCall

MICRO = 1_000_000
"""Money is counted in whole millionths of a US dollar."""


class Measure(StrEnum):
    """What is counted."""

    REQUESTS = "requests"
    BYTES = "bytes"
    MODEL_CALLS = "model_calls"
    COST = "cost_usd"


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `most` (bytes, calls, millionths of a dollar) in `seconds`."""

    measure: Measure
    most: int
    seconds: int

    @property
    def afterwards(self) -> bool:
        """What it counts is known only when the work has been done."""
        return self.measure in (Measure.MODEL_CALLS, Measure.COST)


class _Limit(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    seconds: int = Field(60, gt=0, le=31 * 86_400, description="The window, seconds.")


class CountLimit(_Limit):
    """A number of things in a window."""

    most: int = Field(gt=0, le=2**40, description="Most in one window.")


class MoneyLimit(_Limit):
    """An amount of money in a window."""

    most: float = Field(
        gt=0, le=1e6, allow_inf_nan=False, description="Most in one window, US dollars."
    )


class QuotaConfig(BaseModel):
    """What one tenant may use; null: no limit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    requests: CountLimit | None = Field(None, description="Requests to judge, jobs and batches.")
    bytes: CountLimit | None = Field(None, description="Bytes of their bodies.")
    model_calls: CountLimit | None = Field(
        None,
        description="Calls to models. Counted when the work is over, so that the requests that "
        "run when the last is used may go over.",
    )
    cost_usd: MoneyLimit | None = Field(
        None, description="Money at the configured prices, counted like calls."
    )

    def quotas(self) -> tuple[Quota, ...]:
        counts = (
            (Measure.REQUESTS, self.requests),
            (Measure.BYTES, self.bytes),
            (Measure.MODEL_CALLS, self.model_calls),
        )
        found = [Quota(m, limit.most, limit.seconds) for m, limit in counts if limit]
        if self.cost_usd:
            money = max(1, round(self.cost_usd.most * MICRO))
            found.append(Quota(Measure.COST, money, self.cost_usd.seconds))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a quota stands: how much is `left`, and in how many seconds there is more of it."""

    quota: Quota
    left: int
    reset: float


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of asking for room. `refused`: what there was none of, if anything; `alone`: this
    process counted by itself, because the others could not be asked."""

    standings: tuple[Standing, ...] = ()
    refused: Standing | None = None
    alone: bool = False


class Quotas(Protocol):
    def limits(self, tenant: str) -> bool:
        """Whether there is anything to ask for."""
        ...

    async def take(self, tenant: str, size: int) -> Taken:
        """Room for one request with a body of `size` bytes. Never fails for what is away."""
        ...

    def charge(self, tenant: str, calls: Sequence[ModelCall]) -> None:
        """Model calls that were made for this tenant. Never waits and never fails."""
        ...

    def add_bytes(self, tenant: str, size: int) -> None:
        """Bytes that were not announced. Never waits and never fails."""
        ...


@dataclass(frozen=True, slots=True)
class Unlimited:
    """Nothing is counted."""

    def limits(self, tenant: str) -> bool:  # noqa: ARG002 # nobody has any
        return False

    async def take(self, tenant: str, size: int) -> Taken:  # noqa: ARG002 # there is always room
        return Taken()

    def charge(self, tenant: str, calls: Sequence[ModelCall]) -> None:
        """Nothing is counted."""

    def add_bytes(self, tenant: str, size: int) -> None:
        """Nothing is counted."""
