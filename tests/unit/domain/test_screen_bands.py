"""Which band of the screen holds for which exchange."""

from dataclasses import replace

import pytest

from candor.domain import cascade
from candor.domain.budget import Budget
from candor.domain.exchange import Exchange, Speaker, Utterance
from candor.domain.screening.features import features
from candor.domain.tiers import DebateConfig, ScreenConfig
from candor.domain.tiers.tier import Band
from candor.domain.verdict import Outcome
from tests.unit.domain.fakes import FakeTier, a_case, a_policy, thinking

SILENT = Exchange((Utterance(Speaker.USER, ("How much?",)),), "12.40")
THOUGHTFUL = replace(SILENT, reasoning="The total is 48.20.")
WIDE = Band(non_deceptive_below=0.0, deceptive_above=1.0)
NARROW = Band(non_deceptive_below=0.4, deceptive_above=0.6)


def test_an_exchange_without_reasoning_may_have_a_band_of_its_own() -> None:
    screen = ScreenConfig(band=NARROW, without_reasoning=WIDE)
    assert screen.band_for(SILENT) == WIDE
    assert screen.band_for(THOUGHTFUL) == NARROW


@pytest.mark.parametrize("blank", ["", "  \n", "...", "_ _", "☃"])
def test_blank_reasoning_is_none_for_the_band_as_for_the_head(blank: str) -> None:
    screen = ScreenConfig(band=NARROW, without_reasoning=WIDE)
    exchange = replace(SILENT, reasoning=blank)
    assert screen.band_for(exchange) == WIDE
    assert not features(exchange).has_reasoning
    assert features(THOUGHTFUL).has_reasoning is THOUGHTFUL.has_reasoning is True


def test_one_band_holds_for_all_where_no_other_is_set() -> None:
    assert ScreenConfig(band=NARROW).band_for(SILENT) == NARROW
    assert DebateConfig(band=NARROW).band_for(SILENT) == NARROW


async def test_the_cascade_settles_by_the_band_of_the_exchange() -> None:
    screen = FakeTier(
        "screen", thinking(0.9), settings=ScreenConfig(band=NARROW, without_reasoning=WIDE)
    )
    policy = a_policy(screen)
    outcomes = [
        (await cascade.run(policy, policy.tiers, a_case(exchange), Budget(10, 10))).verdict.outcome
        for exchange in (SILENT, THOUGHTFUL)
    ]
    assert outcomes == [Outcome.INCONCLUSIVE, Outcome.DECEPTIVE]
