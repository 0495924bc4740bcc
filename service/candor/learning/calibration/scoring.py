"""Labelled exchanges through tiers of a policy, with the code of the service."""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from candor.adapters.classifier.trained import OneModel
from candor.domain.budget import Budget
from candor.domain.errors import ConfigError, InvalidExchange, TierError
from candor.domain.events import Nobody
from candor.domain.monitor import Monitor
from candor.domain.policy import Policy
from candor.domain.tiers.screen import Screen
from candor.domain.tiers.tier import Tier
from candor.domain.usage import total
from candor.domain.vision.pictures import Pictures
from candor.learning.calibration.sample import ScoredRow, Turn
from candor.learning.labelled import Labelled


@dataclass(frozen=True, slots=True)
class Scored:
    """`failed` counts, by tier, the turns that ended in an error: nothing is made of them.
    `read_by` is the digest of the trained classifier's file that the screen read with."""

    rows: list[ScoredRow]
    failed: dict[str, int]
    read_by: str = ""


def _apart(tier: Tier) -> Tier:
    """Each row stands for itself: a file of labels, in whatever order, is no traffic."""
    if isinstance(tier, Screen) and isinstance(tier.classifier, OneModel):
        return replace(tier, classifier=tier.classifier.apart())
    return tier


@dataclass(slots=True)
class Scorer:
    """Asks each of `tiers` about every exchange, whatever the one before it said."""

    monitor: Monitor
    policy: Policy
    tiers: Sequence[Tier]
    failed: dict[str, int] = field(init=False, default_factory=dict)

    @classmethod
    def of(cls, monitor: Monitor, policy: str, tiers: Sequence[str]) -> "Scorer":
        """Raises: ConfigError when there is no such policy or tier."""
        if policy not in monitor.policies:
            known = sorted(monitor.policies)
            raise ConfigError(f"there is no policy {policy!r}; known: {known}")
        # One classifier for all rows, whatever is promoted meanwhile.
        found = monitor.policies[policy].now()
        known_tiers = {tier.name: _apart(tier) for tier in found.tiers}
        for name in tiers:
            if name not in known_tiers:
                raise ConfigError(
                    f"policy {policy!r} has no tier {name!r}; known: {sorted(known_tiers)}"
                )
        asked = (known_tiers[name] for name in tiers)
        apart = [tier.apart() if isinstance(tier, Screen) else tier for tier in asked]
        return cls(monitor, found, apart)

    async def score(
        self, labelled: Iterable[Labelled], parallel: int, done: Callable[[], None]
    ) -> Scored:
        """`parallel` exchanges at once; `done` is called after each.

        Raises: InvalidExchange.
        """
        waiting = iter(enumerate(labelled))
        found: dict[int, ScoredRow] = {}

        async def work() -> None:
            # Workers share the iterator, so that no more rows are in memory than are worked on.
            for index, row in waiting:
                found[index] = await self._row(row)
                done()

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(parallel):
                    group.create_task(work())
        except ExceptionGroup as several:
            raise several.exceptions[0] from several
        digests = [tier.digest for tier in self.tiers if isinstance(tier, Screen)]
        return Scored([found[i] for i in sorted(found)], self.failed, "".join(digests))

    async def _row(self, row: Labelled) -> ScoredRow:
        turns = {tier.name: await self._turn(tier, row) for tier in self.tiers}
        return ScoredRow(
            group=row.group,
            deceptive=row.deceptive,
            with_reasoning=row.exchange.has_reasoning,
            turns={name: turn for name, turn in turns.items() if turn is not None},
            weight=row.weight,
        )

    async def _turn(self, tier: Tier, row: Labelled) -> Turn | None:
        monitor, config = self.monitor, self.policy.config
        pictures = await self._pictures(row)
        case = monitor.open_case(row.exchange, pictures, Nobody())
        budget = Budget(config.deadline_ms / 1000, config.max_model_calls)
        started = time.perf_counter()
        try:
            opinion = await tier.assess(case, budget)
        except TierError:
            self.failed[tier.name] = self.failed.get(tier.name, 0) + 1
            return None
        seconds = time.perf_counter() - started
        return Turn(None if opinion.undecided else opinion.score, seconds, total(budget.calls))

    async def _pictures(self, row: Labelled) -> Pictures:
        try:
            return await Pictures.open(row.exchange.images, self.monitor.limits, self.monitor.pool)
        except InvalidExchange as exc:
            raise InvalidExchange(f"row {row.id}: {exc}", field=exc.field, kind=exc.kind) from exc
