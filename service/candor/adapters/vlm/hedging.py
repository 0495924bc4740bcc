"""Two calls for one answer, the second one later (Dean and Barroso 2013, "hedged requests")."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from candor.domain.budget import Spending
from candor.domain.ports import Reply

Ask = Callable[[Spending], Coroutine[Any, Any, Reply]]


@dataclass(slots=True)
class Race:
    """`call` is the first one's; the second has a place of its own in the same budget. `charge`
    books what one has cost that was cancelled."""

    call: Spending
    endpoint: str
    after_seconds: float
    charge: Callable[[Spending], object]

    async def run(self, ask: Ask) -> Reply:
        """The first answer. Two errors: that of the first call. While one may still answer, an
        error of the other is not the end.

        Raises: ModelError.
        """
        first = asyncio.create_task(ask(self.call))
        try:
            await asyncio.wait([first], timeout=self.after_seconds)
            if first.done():
                return first.result()
            return await self._with_second(first, ask)
        finally:
            await _stopped(first)

    async def _with_second(self, first: asyncio.Task[Reply], ask: Ask) -> Reply:
        second = asyncio.create_task(self._second(ask))
        try:
            await asyncio.wait([first, second], return_when=asyncio.FIRST_COMPLETED)
            if _failed(first) or _failed(second):
                await asyncio.wait([first, second])
            if first.done() and (not _failed(first) or _failed(second)):
                return first.result()
            self.call.lost = True
            if not first.done():
                self.charge(self.call)
            return second.result()
        finally:
            await _stopped(second)

    async def _second(self, ask: Ask) -> Reply:
        """Raises: BudgetExhausted where there is nothing left for it."""
        async with self.call.budget.model_call(self.endpoint, self.call.role) as spending:
            try:
                return await ask(spending)
            except asyncio.CancelledError:
                spending.lost = True
                self.charge(spending)
                raise


def _failed(task: asyncio.Task[Reply]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


async def _stopped(task: "asyncio.Task[Any]") -> None:
    task.cancel()
    await asyncio.wait([task])
    with suppress(asyncio.CancelledError):
        # Looked at here, so that nobody calls it forgotten.
        task.exception()
