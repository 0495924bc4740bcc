"""Second tier: one judge reads the exchange alone."""

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from candor.domain.budget import Budget
from candor.domain.case import Case
from candor.domain.debate.speaker import Arbiter, Brief
from candor.domain.debate.transcript import Role
from candor.domain.ports import Toolbox
from candor.domain.tiers.tier import TierSettings, named
from candor.domain.verdict import Opinion
from candor.domain.vision.instruments import Means


class JudgeConfig(TierSettings):
    kind: Literal["judge"] = "judge"
    model: str = Field(description="Name under `models`.")

    def models(self) -> tuple[str, ...]:
        return (self.model,)

    def build(self, tools: Toolbox) -> "Judge":
        # Not loaded where no model speaks.
        from candor.domain.debate.model_speakers import ModelArbiter  # noqa: PLC0415

        model = named(tools.models, self.model, "model")
        return Judge(self, ModelArbiter(model, means=Means(tools.instruments)))


@dataclass(frozen=True, slots=True)
class Judge:
    settings: JudgeConfig
    arbiter: Arbiter
    name: str = "judge"
    fallback: None = None

    async def assess(self, case: Case, budget: Budget) -> Opinion:
        ruling = await self.arbiter.rule(Brief(Role.JUDGE, 1, 1, case), budget)
        return ruling.as_opinion(self.name)
