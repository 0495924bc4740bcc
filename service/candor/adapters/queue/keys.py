"""The idempotency keys that this process has seen."""

from collections.abc import Callable, Container
from dataclasses import dataclass

from candor.adapters.queue import names, refusals
from candor.domain.jobs.values import Idempotency, Submitted


@dataclass(frozen=True, slots=True)
class _Seen:
    name: str
    fingerprint: str
    until: float


class SeenKeys:
    """`kept` holds the names of what is not forgotten yet."""

    def __init__(self, kept: Container[str], seconds: float, clock: Callable[[], float]) -> None:
        self._kept = kept
        self._seconds = seconds
        self._clock = clock
        self._seen: dict[str, _Seen] = {}

    def known(self, tenant: str, idempotency: Idempotency | None) -> Submitted | None:
        """What was made with this key. Raises: IdempotencyConflict."""
        if idempotency is None:
            return None
        seen = self._seen.get(names.remembered(tenant, idempotency.key))
        if seen is None or seen.until < self._clock() or seen.name not in self._kept:
            return None
        if seen.fingerprint != idempotency.fingerprint:
            raise refusals.another_request()
        return Submitted(seen.name, fresh=False)

    def remember(self, tenant: str, idempotency: Idempotency | None, name: str) -> None:
        if idempotency is not None:
            until = self._clock() + self._seconds
            key = names.remembered(tenant, idempotency.key)
            self._seen[key] = _Seen(name, idempotency.fingerprint, until)

    def tidy(self) -> None:
        now = self._clock()
        self._seen = {key: seen for key, seen in self._seen.items() if seen.until > now}
