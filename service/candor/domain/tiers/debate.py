"""Last tier: two sides argue over the images, a judge rules.

The method is "Debate with Images" (arXiv 2512.00349, section 4), written from the idea.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

from candor.domain.budget import Budget
from candor.domain.case import Case
from candor.domain.debate import swapped
from candor.domain.debate.panel import Juror, Panel
from candor.domain.debate.protocol import Sides
from candor.domain.debate.seats import DebaterSeat, JudgeSeat
from candor.domain.debate.session import Session
from candor.domain.debate.speaker import Arbiter, Debater
from candor.domain.errors import TierError
from candor.domain.grounding.examination import Examiner
from candor.domain.grounding.speakers import GroundedArbiter, GroundedDebater
from candor.domain.ports import Toolbox
from candor.domain.tiers.debate_settings import DebateSettings
from candor.domain.tiers.tier import named
from candor.domain.verdict import Opinion
from candor.domain.vision.instruments import Means


class DebateConfig(DebateSettings):
    def build(self, tools: Toolbox) -> "Debate":
        means = Means(tools.instruments, self.limits(), self.marked_scale)
        cast = _Cast(self, tools, Examiner(tools.reader), means)
        return Debate(
            settings=self,
            sides={role: tuple(map(cast.debater, side)) for role, side in self.sides().items()},
            arbiter=cast.arbiter(),
            fallback=self._grounded().build(tools) if self.has_fallback() else None,
        )

    def _grounded(self) -> "DebateConfig":
        # The defaults: a curve and a band fitted to models say nothing of the code.
        return DebateConfig(fallback="none")


@dataclass(frozen=True, slots=True)
class _Cast:
    """From seats to speakers."""

    settings: DebateSettings
    tools: Toolbox
    examiner: Examiner
    means: Means

    def debater(self, seat: DebaterSeat) -> Debater:
        if seat.by_code:
            return GroundedDebater(self.examiner)
        # Not loaded where no model speaks.
        from candor.domain.debate.model_speakers import ModelDebater  # noqa: PLC0415

        model = named(self.tools.models, seat.model, "model")
        return ModelDebater(model, seat.temperature, seat.variant, self.means)

    def arbiter(self) -> Arbiter:
        jurors = tuple(Juror(self._judge(s), s.curve) for s in self.settings.judges())
        alone = len(jurors) == 1 and jurors[0].curve is None
        return jurors[0].arbiter if alone else Panel(jurors, self.settings.judges_disagree_above)

    def _judge(self, seat: JudgeSeat) -> Arbiter:
        if seat.by_code:
            return GroundedArbiter(self.examiner)
        from candor.domain.debate.model_speakers import ModelArbiter  # noqa: PLC0415 # as above

        model = named(self.tools.models, seat.model, "model")
        return ModelArbiter(model, seat.temperature, self.settings.blind_judge, self.means)


@dataclass(frozen=True, slots=True)
class Debate:
    """`chance` draws from 0..1 which debates are held again in the other order."""

    settings: DebateSettings
    sides: Sides
    arbiter: Arbiter
    fallback: "Debate | None" = None
    name: str = "debate"
    chance: Callable[[], float] = random.random

    async def assess(self, case: Case, budget: Budget) -> Opinion:
        opinion = await self._heard(self.sides, case, budget)
        if not self._to_be_checked(case):
            return opinion
        if why := self.settings.cannot_swap():
            return swapped.unchecked(opinion, why)
        try:
            again = await self._heard(_in_the_other_order(self.sides), case, budget)
        except TierError as exc:
            return swapped.unchecked(opinion, type(exc).__name__)
        return swapped.compared(opinion, again, self.settings.scale())

    def _to_be_checked(self, case: Case) -> bool:
        return case.swap_check or self.chance() < self.settings.swap_check

    async def _heard(self, sides: Sides, case: Case, budget: Budget) -> Opinion:
        settings = self.settings
        session = Session(
            tier=self.name,
            sides=sides,
            rules=settings.rules(),
            arbiter=self.arbiter,
            watch=settings.stop.watch(self.arbiter, settings.scale()),
            reserve=settings.reserve(),
            seen_by=settings.seen_by(),
        )
        return await session.hold(case, budget)


def _in_the_other_order(sides: Sides) -> Sides:
    """Of roles, or of those who share one."""
    if len(sides) > 1:
        return dict(list(sides.items())[::-1])
    return {role: debaters[::-1] for role, debaters in sides.items()}
