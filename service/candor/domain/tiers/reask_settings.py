"""How the images are asked again, as an operator writes it."""

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from candor.domain.ports import Toolbox
from candor.domain.reask import MOST_QUESTIONS
from candor.domain.tiers.tier import Band, TierSettings, named

if TYPE_CHECKING:
    from candor.domain.tiers.reask import Reask


class ReaskConfig(TierSettings):
    kind: Literal["reask"] = "reask"
    model: str = Field(description="Name under `models`: looks at the images and nothing else.")
    comparer: str | None = Field(
        None,
        description=(
            "Name under `models`: writes the questions and compares the answers, and sees no "
            "image; by default the same as `model`."
        ),
    )
    questions: int = Field(6, ge=1, le=MOST_QUESTIONS, description="Most questions asked.")
    # Claims borne out say nothing of what was left out: clears only where nearly all are sure.
    band: Band = Band(non_deceptive_below=0.15, deceptive_above=0.65)

    def models(self) -> tuple[str, ...]:
        return (self.model,) if self.comparer is None else (self.model, self.comparer)

    def build(self, tools: Toolbox) -> "Reask":
        looker = named(tools.models, self.model, "model")
        reader = named(tools.models, self.comparer or self.model, "model")
        # Not loaded where no policy has it.
        from candor.domain.reask.interview import Interview  # noqa: PLC0415
        from candor.domain.tiers.reask import Reask  # noqa: PLC0415

        return Reask(self, Interview(looker, reader))
