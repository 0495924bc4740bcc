"""Ask a model to fill in a form, once more if what it wrote cannot be read."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from pydantic import BaseModel

from candor.domain.budget import Budget
from candor.domain.debate import prompts
from candor.domain.errors import UnreadableReply
from candor.domain.ports import Message, Reply, VisionModel

F = TypeVar("F", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Asking:
    """One thing to ask of one model; the call is counted under `role`. `temperature`, where
    given, takes the place of the endpoint's own."""

    model: VisionModel
    role: str
    budget: Budget
    temperature: float | None = None

    async def ask(
        self, messages: list[Message], form: type[BaseModel], read: Callable[[Reply], F]
    ) -> F:
        """`read` raises UnreadableReply; its reason is told to the model, which then has one
        more try.

        Raises: TierError.
        """
        try:
            return await self._once(messages, form, read)
        except UnreadableReply as exc:
            return await self._once(_with_reason(messages, exc), form, read)

    async def _once(
        self, messages: list[Message], form: type[BaseModel], read: Callable[[Reply], F]
    ) -> F:
        async with self.budget.model_call(self.model.name, self.role) as spending:
            answer: Reply = await self.model.complete(messages, form, spending, self.temperature)
            spending.tokens(
                answer.input_tokens,
                answer.output_tokens,
                answer.cost_usd,
                estimated=answer.estimated,
            )
            # Inside the call, so that it is counted by what became of it.
            return read(answer)


def _with_reason(messages: list[Message], error: UnreadableReply) -> list[Message]:
    *before, last = messages
    return [*before, replace(last, parts=(*last.parts, prompts.try_again(str(error))))]
