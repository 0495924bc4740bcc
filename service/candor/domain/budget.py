"""How much time, how many model calls, how many tokens and how much money a request may use."""

import asyncio
import copy
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from types import TracebackType

from candor.domain.errors import BudgetExhausted, ModelError
from candor.domain.usage import ModelCall, Usage, total


@dataclass(frozen=True, slots=True)
class Allowance:
    """What may be spent besides time; None is no limit.

    What a call uses is known when it has ended, so tokens and money may go over by what the
    calls use that run when the last of it is spent. Calls never go over.
    """

    model_calls: int
    tokens: int | None = None
    cost_usd: float | None = None

    def gone(self, spent: Usage) -> str:
        """What is used up, in words; empty while there is some of everything."""
        if spent.model_calls >= self.model_calls:
            return f"all {self.model_calls} model calls of the request are used"
        if self.tokens is not None and spent.tokens >= self.tokens:
            return f"all {self.tokens} tokens of the request are used"
        if self.cost_usd is not None and spent.cost_usd >= self.cost_usd:
            return f"all {self.cost_usd:g} US dollars of the request are used"
        return ""


@dataclass(slots=True)
class Spending:
    """Handed to the code inside `Budget.model_call`, which says there what the call used.

    Whoever makes the attempts also tells of those that were made again, so that each is kept.
    """

    endpoint: str
    role: str
    budget: "Budget"
    usage: Usage = field(default_factory=lambda: Usage(model_calls=1))
    instead_of: str = ""
    lost: bool = False
    """Another call that was made beside this one answered first."""
    _started: float = field(init=False)

    def __post_init__(self) -> None:
        self._started = self.budget.clock()

    @property
    def remaining_seconds(self) -> float:
        return self.budget.remaining_seconds

    def tokens(
        self, input_tokens: int, output_tokens: int, cost_usd: float, *, estimated: bool = False
    ) -> None:
        self.usage = Usage(1, input_tokens, output_tokens, cost_usd, estimated)

    def again(self, error: ModelError) -> None:
        """The attempt has failed and another one is made, within the same call."""
        used = replace(self.usage, model_calls=0)
        self.budget.calls.append(replace(self.ended(type(error).__name__), usage=used))
        self.usage, self._started = Usage(model_calls=1), self.budget.clock()

    def instead(self, endpoint: str, error: ModelError) -> None:
        """The attempt has failed and another endpoint is asked, within the same call."""
        self.again(error)
        self.instead_of = self.instead_of or self.endpoint
        self.endpoint = endpoint

    def ended(self, result: str) -> ModelCall:
        """The attempt that runs, as it is kept."""
        result = "hedged" if self.lost else result
        seconds = self.budget.clock() - self._started
        return ModelCall(self.endpoint, self.role, result, seconds, self.usage, self.instead_of)


@dataclass(slots=True)
class Budget:
    """One per request: `seconds` until the deadline, and what may be spent until then."""

    seconds: float
    model_calls: int
    clock: Callable[[], float] = time.monotonic
    tokens: int | None = None
    cost_usd: float | None = None
    calls: list[ModelCall] = field(init=False, default_factory=list)
    _started: float = field(init=False)

    def __post_init__(self) -> None:
        self._started = self.clock()

    @property
    def allowance(self) -> Allowance:
        return Allowance(self.model_calls, self.tokens, self.cost_usd)

    @property
    def remaining_seconds(self) -> float:
        return self.seconds - (self.clock() - self._started)

    @property
    def deadline(self) -> float:
        """The moment on `clock` at which the time is up."""
        return self._started + self.seconds

    @property
    def spent(self) -> Usage:
        return total(self.calls)

    def reserve(self, seconds: float) -> "Budget":
        """The same budget with an earlier deadline: what is left is kept for somebody else.
        Calls are counted in both."""
        if not seconds:
            return self
        narrower = copy.copy(self)
        narrower.seconds = self.seconds - seconds
        return narrower

    def time_limit(self) -> "TimeLimit":
        """Wrap everything that waits. HTTP timeouts bound one read; this bounds it all.

        Raises: BudgetExhausted, when it is entered or left.
        """
        return TimeLimit(self)

    @asynccontextmanager
    async def model_call(self, endpoint: str, role: str) -> AsyncIterator[Spending]:
        """Wrap each model call: it takes one call from the budget and is kept in `calls`.

        Raises: BudgetExhausted.
        """
        self.refuse_when_late()
        self._refuse_when_spent()
        spending = Spending(endpoint, role, self)
        # Taken before the call, so that calls made side by side cannot overspend.
        place = len(self.calls)
        self.calls.append(spending.ended("cancelled"))
        result = "cancelled"
        try:
            async with self.time_limit():
                yield spending
            result = "ok"
        except asyncio.CancelledError:
            # A limit further out, with the same deadline, may fire first.
            if self.remaining_seconds <= 0:
                result = BudgetExhausted.__name__
            raise
        except Exception as exc:
            result = type(exc).__name__
            raise
        finally:
            self.calls[place] = spending.ended(result)

    def refuse_when_late(self) -> None:
        """Raises: BudgetExhausted."""
        if self.remaining_seconds <= 0:
            raise BudgetExhausted("no time is left before the deadline")

    def _refuse_when_spent(self) -> None:
        gone = self.allowance.gone(self.spent)
        if gone:
            raise BudgetExhausted(gone)


class TimeLimit:
    """No generator: it stands around every tier, and that would take twice as long."""

    __slots__ = ("_budget", "_limit")

    def __init__(self, budget: Budget) -> None:
        self._budget = budget

    async def __aenter__(self) -> None:
        self._budget.refuse_when_late()
        self._limit = asyncio.timeout(self._budget.remaining_seconds)
        await self._limit.__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        try:
            await self._limit.__aexit__(kind, error, at)
        except TimeoutError as exc:
            raise _late() from exc
        if isinstance(error, TimeoutError) and self._limit.expired():
            raise _late() from error


def _late() -> BudgetExhausted:
    return BudgetExhausted("the deadline passed while waiting")
