"""Tiers after the screen, when there is no slot for them."""

import asyncio
from dataclasses import dataclass, field

import pytest

from candor.domain import cascade
from candor.domain.admission import Room, Slots
from candor.domain.budget import Budget
from candor.domain.case import Case
from candor.domain.errors import Overloaded
from candor.domain.tiers.rationed import Rationed, WhenFull
from candor.domain.tiers.tier import TierSettings
from candor.domain.verdict import Action, Opinion, Outcome, Report
from tests.unit.domain.fakes import FakeTier, a_case, a_policy, thinking


@dataclass
class Slow:
    """A debate that goes on until it is told to end."""

    name: str = "debate"
    settings: TierSettings = field(default_factory=TierSettings)
    fallback: FakeTier | None = None
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    end: asyncio.Event = field(default_factory=asyncio.Event)

    async def assess(self, case: Case, budget: Budget) -> Opinion:
        self.begun.set()
        await self.end.wait()
        return thinking(0.9)


@dataclass
class Scene:
    when_full: WhenFull = "refuse"
    screen: float = 0.5
    slots: Slots = field(default_factory=lambda: Slots("debates", Room(1, 0, 1, 1.0)))
    debate: Slow = field(default_factory=Slow)

    async def judged(self) -> Report:
        debate = Rationed(self.debate, self.slots, self.when_full)
        policy = a_policy(FakeTier("screen", thinking(self.screen)), debate)
        return await cascade.run(policy, policy.tiers, a_case(), Budget(10, 4))


async def busy(scene: Scene) -> "asyncio.Task[Report]":
    first = asyncio.create_task(scene.judged())
    await scene.debate.begun.wait()
    return first


async def test_when_debates_are_full_a_policy_would_rather_have_no_verdict() -> None:
    scene = Scene()
    first = await busy(scene)
    with pytest.raises(Overloaded) as told:
        await scene.judged()
    assert (told.value.reason, told.value.retry_after) == ("debates", 1)
    scene.debate.end.set()
    assert (await first).verdict.outcome is Outcome.DECEPTIVE


async def test_another_policy_is_told_that_nobody_argued_and_it_is_said() -> None:
    scene = Scene("inconclusive")
    # A stand-in would be as much work again: it is not asked.
    scene.debate.fallback = FakeTier("debate", thinking(0.9))
    first = await busy(scene)
    report = await scene.judged()
    assert report.verdict.outcome is Outcome.INCONCLUSIVE
    assert report.action is Action.REVIEW
    assert report.lacks == ("debate_shed",)
    assert [step.error for step in report.steps] == [None, "Shed"]
    assert not report.keepable
    assert scene.debate.fallback.asked == 0
    scene.debate.end.set()
    await first


async def test_what_the_screen_settles_goes_on_while_debates_are_full() -> None:
    scene = Scene()
    first = await busy(scene)
    scene.screen = 0.05
    assert (await scene.judged()).verdict.outcome is Outcome.NON_DECEPTIVE
    scene.debate.end.set()
    await first
