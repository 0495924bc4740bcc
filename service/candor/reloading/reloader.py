"""From a configuration that was read again to a new generation, or to the reason why not."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import structlog

from candor.api.readiness import CheckStatus
from candor.api.reloads import Reloaded, ReloadResult
from candor.building import Built
from candor.domain.errors import CandorError, ConfigError
from candor.domain.generations import Generations
from candor.readiness import Readiness
from candor.reloading.differences import between, reloadable
from candor.settings import Settings
from candor.telemetry.logs import wordless

Read = Callable[[], Settings]
Build = Callable[[Settings, Built], Built]
Take = Callable[[Built], object]
"""Told of what is in force from now on, just before it is."""


def nothing_to_read() -> Settings:
    raise ConfigError("this process was not started from a configuration that can be read again")


def _nobody() -> None: ...


@dataclass(slots=True)
class Reloader:
    """One per process. Reloads come one after the other."""

    built: Built
    generations: Generations
    build: Build
    take: Take
    counted: Callable[[Reloaded], object]
    read: Read = nothing_to_read
    others: Callable[[], object] = _nobody
    _note: str = field(init=False, default="")
    _one_at_a_time: asyncio.Lock = field(init=False, default_factory=asyncio.Lock)

    @property
    def note(self) -> str:
        return self._note

    def tell_others(self) -> None:
        self.others()

    async def reload(self) -> Reloaded:
        async with self._one_at_a_time:
            done = await self._reloaded()
        self._note = f"the last reload was refused: {done.problem}" if done.problem else ""
        self.counted(done)
        return done

    async def _reloaded(self) -> Reloaded:
        try:
            return await self._tried()
        except (CandorError, OSError) as exc:
            problem = str(exc)
        except Exception as exc:  # noqa: BLE001 # whatever it is, what is in force goes on
            told = wordless(exc)
            structlog.get_logger("candor").error("reload crashed", **told)
            problem = f"an unexpected error ({told['error']}); see the log"
        return self._told(ReloadResult.REFUSED, problem=problem)

    async def _tried(self) -> Reloaded:
        """Raises: ConfigError, OSError."""
        running = self.built.settings
        read = await asyncio.to_thread(self.read)
        differences = between(running, read)
        restart = tuple(one.name for one in differences if one.needs_restart)
        changed = tuple(one.name for one in differences if not one.needs_restart)
        # Models and classifiers are read and put together without holding up requests.
        built = await asyncio.to_thread(self.build, reloadable(running, read), self.built)
        if not changed and built.versions == self.built.versions:
            return self._told(ReloadResult.UNCHANGED, needs_restart=restart)
        await _probe(built)
        self.take(built)
        self.built = built
        self.generations.replace(built.monitor)
        return self._told(ReloadResult.REPLACED, changed=changed, needs_restart=restart)

    def _told(self, result: ReloadResult, **rest: Any) -> Reloaded:
        number = self.generations.current.number
        return Reloaded(result, number, policies=self.built.versions, **rest)


async def _probe(built: Built) -> None:
    """What is new and vital has to answer before anything leans on it.

    Raises: ConfigError.
    """
    fresh = [look for look in built.looks if look.vital and look.name in built.fresh]
    checks = await Readiness(fresh).check()
    bad = [f"{one.name}: {one.detail}" for one in checks if one.status is not CheckStatus.OK]
    if bad:
        raise ConfigError(f"what it needs does not answer: {'; '.join(bad)}")
