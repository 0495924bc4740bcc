"""Carries word of ends to their receivers."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from candor.domain.errors import QueueUnavailable
from candor.domain.jobs.deliveries import Again, Delivered, Delivery, Settled
from candor.domain.jobs.ports import Outbox, Sender

Told = Callable[[str], object]


@dataclass(slots=True)
class Postman:
    """`told` hears `delivered`, `retried` or `dead` for each send. `run` goes on until `stop`,
    and finishes what it is sending."""

    outbox: Outbox
    sender: Sender
    told: Told
    at_once: int = 16
    idle: float = 0.2
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def stop(self) -> None:
        self._stopping.set()

    async def run(self) -> None:
        while not self._stopping.is_set():
            if not await self._round():
                with suppress(TimeoutError):
                    async with asyncio.timeout(self.idle):
                        await self._stopping.wait()

    async def _round(self) -> int:
        try:
            due = await self.outbox.due(self.at_once)
        except QueueUnavailable:
            return 0
        async with asyncio.TaskGroup() as group:
            for delivery in due:
                group.create_task(self._carry(delivery))
        return len(due)

    async def _carry(self, delivery: Delivery) -> None:
        settled = await self.sender.send(delivery)
        if await self._noted(delivery, settled):
            self.told(_word(settled))

    async def _noted(self, delivery: Delivery, settled: Settled) -> bool:
        """Until the queue has it. If that takes longer than the delivery's lease, the delivery
        counts as in doubt and goes out again under a new id."""
        while True:
            with suppress(QueueUnavailable):
                return await self.outbox.settle(delivery, settled)
            await asyncio.sleep(self.idle)


def _word(settled: Settled) -> str:
    match settled:
        case Delivered():
            return "delivered"
        case Again():
            return "retried"
    return "dead"
