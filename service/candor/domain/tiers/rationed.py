"""Around a tier that costs something: it is asked only while a slot is free for it."""

from dataclasses import dataclass
from typing import Literal

from candor.domain.admission import Slots
from candor.domain.budget import Budget
from candor.domain.case import Case
from candor.domain.errors import Overloaded, Shed
from candor.domain.tiers.tier import Tier, TierSettings
from candor.domain.verdict import Opinion

WhenFull = Literal["refuse", "inconclusive"]


@dataclass(frozen=True, slots=True)
class Rationed:
    tier: Tier
    slots: Slots
    when_full: WhenFull

    @property
    def name(self) -> str:
        return self.tier.name

    @property
    def settings(self) -> TierSettings:
        return self.tier.settings

    @property
    def fallback(self) -> Tier | None:
        """Asked in the same slot's stead: the one that failed has given it back."""
        behind = self.tier.fallback
        return None if behind is None else Rationed(behind, self.slots, self.when_full)

    async def assess(self, case: Case, budget: Budget) -> Opinion:
        """Raises: TierError; Overloaded where the policy would rather have no verdict."""
        try:
            async with self.slots.one(case.tenant, self.name, budget.remaining_seconds):
                return await self.tier.assess(case, budget)
        except Overloaded as exc:
            if exc.reason != "debates" or self.when_full == "refuse":
                raise
            raise Shed(str(exc)) from exc
