"""Do what a debater asked for, as far as it can be done."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from candor.domain.errors import OperationFailed
from candor.domain.vision.bench import Bench, Found
from candor.domain.vision.operations import Operation
from candor.domain.vision.outcomes import Refusal, RefusalReason, Result


@dataclass(frozen=True, slots=True)
class Numbered:
    """An operation and its place in the debater's list, from 1."""

    number: int
    operation: Operation


@dataclass(frozen=True, slots=True)
class Performed:
    """What was done, with one result each, and what was not."""

    operations: tuple[Operation, ...]
    results: tuple[Result, ...]
    refusals: tuple[Refusal, ...]


async def perform(bench: Bench, asked: Sequence[Numbered]) -> Performed:
    """All of them side by side.

    Raises: InvalidExchange, Overloaded.
    """
    outcomes = list(zip(asked, await _tried(bench, asked), strict=True))
    return Performed(
        tuple(one.operation for one, outcome in outcomes if isinstance(outcome, Result)),
        tuple(outcome for _, outcome in outcomes if isinstance(outcome, Result)),
        tuple(outcome for _, outcome in outcomes if isinstance(outcome, Refusal)),
    )


async def _tried(bench: Bench, asked: Sequence[Numbered]) -> list[Result | Refusal]:
    if all(one.operation.needs is None for one in asked):
        # Nothing of that waits: tasks would take longer than what they do.
        return [await _try(bench, one) for one in asked]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_try(bench, one)) for one in asked]
    return [task.result() for task in tasks]


async def _try(bench: Bench, one: Numbered) -> Result | Refusal:
    try:
        found = await found_by(bench, one.operation)
    except OperationFailed as exc:
        reason = RefusalReason(exc.reason)
        return Refusal(one.number, one.operation.kind, reason, str(exc))
    return Result(one.number, found.fact)


async def found_by(bench: Bench, operation: Operation) -> Found:
    """Worked out once per case.

    Raises: OperationFailed, InvalidExchange, Overloaded.
    """
    if operation.needs is None:
        return await operation.perform(bench)
    key = ("found", operation.place)
    return await bench.pictures.once(key, lambda: operation.perform(bench))
