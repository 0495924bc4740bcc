"""What `GET /readyz` looks at."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from candor.api.readiness import Check, CheckStatus
from candor.api.readiness import Readiness as Asked
from candor.domain.errors import CandorError

# Seconds: what one look may take, and for how long its result is good. Probes come often, and
# a model endpoint is not to be asked each time.
_LOOK_SECONDS = 2.0
_FRESH_SECONDS = 5.0

Look = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Dependency:
    """Something that verdicts lean on. `look` raises a CandorError when it is not well;
    `vital`: no verdict can be given without it."""

    name: str
    look: Look
    vital: bool


@dataclass(slots=True)
class Readiness:
    """Looks at every dependency, side by side, each within `look_seconds`."""

    dependencies: Sequence[Dependency]
    clock: Callable[[], float] = time.monotonic
    look_seconds: float = _LOOK_SECONDS
    _seen: dict[str, tuple[float, Check]] = field(init=False, default_factory=dict)

    def look_at(self, dependencies: Sequence[Dependency]) -> None:
        """From now on at these; nothing is known of them yet."""
        self.dependencies = dependencies
        self._seen = {}

    async def check(self) -> list[Check]:
        return list(await asyncio.gather(*(self._check(one) for one in self.dependencies)))

    async def _check(self, dependency: Dependency) -> Check:
        seen = self._seen.get(dependency.name)
        if seen is not None and self.clock() - seen[0] < _FRESH_SECONDS:
            return seen[1]
        check = await _look(dependency, self.look_seconds)
        if check.status is CheckStatus.OK:
            # A failure is looked at anew: nobody should wait for us to notice a recovery.
            self._seen[dependency.name] = (self.clock(), check)
        return check


@dataclass(slots=True)
class Departing:
    """Readiness of a process that may have been told to go."""

    readiness: Asked
    _leaving: bool = field(init=False, default=False)

    def leave(self) -> None:
        """From now on it is not ready, however well everything is."""
        self._leaving = True

    async def check(self) -> list[Check]:
        if self._leaving:
            detail = "the service is shutting down; send requests elsewhere"
            return [Check(name="shutdown", status=CheckStatus.FAILED, detail=detail)]
        return await self.readiness.check()


async def _look(dependency: Dependency, seconds: float) -> Check:
    unwell = CheckStatus.FAILED if dependency.vital else CheckStatus.DEGRADED
    try:
        async with asyncio.timeout(seconds):
            await dependency.look()
    except TimeoutError:
        detail = f"no answer within {seconds:g} s"
        return Check(name=dependency.name, status=unwell, detail=detail)
    except CandorError as exc:
        return Check(name=dependency.name, status=unwell, detail=str(exc))
    return Check(name=dependency.name, status=CheckStatus.OK)
