"""Webhooks that are on their way, in this process."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from candor.domain.jobs.deliveries import FORGOTTEN, Again, Delivery, GivenUp, Settled
from candor.domain.jobs.limits import JobLimits
from candor.domain.jobs.values import (
    BatchRecord,
    DeadLetter,
    JobRecord,
    Webhook,
    WebhookEvent,
)

Subject = Callable[[], JobRecord | BatchRecord | None]


@dataclass(slots=True)
class _Hook:
    event: WebhookEvent
    url: str
    subject: Subject
    due: float
    tenant: str = ""
    sending: bool = False
    generation: int = 1
    attempt: int = 0
    tries: int = 0


class MemoryOutbox:
    """No method waits, so that each is done in one go."""

    def __init__(self, limits: JobLimits, clock: Callable[[], float]) -> None:
        self._limits = limits
        self._clock = clock
        self._hooks: dict[str, _Hook] = {}
        self._dead: deque[DeadLetter] = deque(maxlen=limits.dead_letters)

    async def due(self, count: int) -> Sequence[Delivery]:
        now = self._clock()
        names = [name for name, hook in self._hooks.items() if hook.due <= now]
        sent = [self._send(name, now) for name in names[:count]]
        return [delivery for delivery in sent if delivery is not None]

    def _send(self, name: str, now: float) -> Delivery | None:
        hook = self._hooks[name]
        subject = hook.subject()
        if subject is None:
            self._bury("webhook", name, hook.tenant, FORGOTTEN.reason)
            del self._hooks[name]
            return None
        hook.tenant = subject.tenant
        # Its sender went silent in the middle: nobody knows what the receiver saw.
        hook.generation += hook.sending
        hook.sending = True
        hook.attempt += 1
        hook.tries += 1
        hook.due = now + self._limits.delivery_lease_seconds
        numbers = hook.generation, hook.attempt, hook.tries
        return Delivery(name, *numbers, hook.event, hook.url, subject)

    async def settle(self, delivery: Delivery, settled: Settled) -> bool:
        hook = self._hooks.get(delivery.event_id)
        if hook is None or hook.attempt != delivery.attempt:
            return False
        if isinstance(settled, Again):
            hook.generation += settled.in_doubt
            hook.sending = False
            hook.due = self._clock() + settled.seconds
            return True
        if isinstance(settled, GivenUp):
            self._bury("webhook", delivery.event_id, hook.tenant, settled.reason)
        del self._hooks[delivery.event_id]
        return True

    def _tell(
        self, name: str, event: WebhookEvent, webhook: Webhook | None, subject: Subject
    ) -> None:
        if webhook is not None and event in webhook.events:
            self._hooks[f"evt_{name}"] = _Hook(event, webhook.url, subject, self._clock())

    def _bury(self, kind: Literal["job", "webhook"], name: str, tenant: str, reason: str) -> None:
        self._dead.appendleft(DeadLetter(kind, name, tenant, reason, self._clock()))
