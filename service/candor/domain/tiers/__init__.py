"""The tiers of the cascade, cheapest first.

To add one: write a module with a config model (`kind`, `build()`) and a class that follows
`tier.Tier`, and name the config in `TierConfig` below.
"""

from typing import Annotated

from pydantic import Field

from candor.domain.tiers.debate import DebateConfig
from candor.domain.tiers.judge import JudgeConfig
from candor.domain.tiers.reask_settings import ReaskConfig
from candor.domain.tiers.screen import ScreenConfig

TierConfig = Annotated[
    ScreenConfig | JudgeConfig | ReaskConfig | DebateConfig, Field(discriminator="kind")
]

__all__ = ["DebateConfig", "JudgeConfig", "ReaskConfig", "ScreenConfig", "TierConfig"]
