import asyncio
import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from candor.domain.budget import Budget
from candor.domain.errors import ModelUnavailable
from candor.domain.joins import Joins
from candor.domain.monitor import CacheUse, Monitor, Wishes
from candor.domain.policy import Policy
from candor.domain.shadowing import Agreement, Shadowed, Shadows
from candor.domain.verdict import PolicyRef, Report
from candor.domain.vision.image import ImageLimits
from candor.domain.vision.pool import Pool
from tests.unit.domain.fakes import FakeCache, FakeTier, a_policy, an_exchange, thinking

BYPASS = Wishes(cache=CacheUse.BYPASS)


def named(name: str, policy: Policy) -> Policy:
    return replace(policy, ref=PolicyRef(name, "v1"))


def shadowed_by(
    tier: FakeTier, score: float = 0.01, busy: Callable[[], bool] = lambda: False, **shadow: object
) -> tuple[Monitor, list[Shadowed]]:
    """`default` settles on `score`, and `strict` asks `tier`."""
    told = {"policy": "strict", "rate": 1.0, **shadow}
    policies = {
        "default": a_policy(FakeTier("screen", thinking(score)), shadow=told),
        "strict": named("strict", a_policy(tier)),
    }
    shadows, heard = Shadows(policies, busy, random.Random(1)), list[Shadowed]()
    shadows.told_to(heard.append)
    monitor = Monitor(
        policies, FakeCache(), Pool(), ImageLimits(), Joins[Report](), shadows=shadows
    )
    return monitor, heard


@pytest.mark.parametrize(
    ("score", "shadows", "agreement"),
    [
        (0.01, 0.01, Agreement.AGREES),
        (0.01, 0.99, Agreement.STRICTER),
        (0.99, 0.01, Agreement.LAXER),
        (0.01, 0.5, Agreement.STRICTER),
    ],
)
async def test_a_shadow_is_compared_with_the_policy_that_acted(
    score: float, shadows: float, agreement: Agreement
) -> None:
    monitor, heard = shadowed_by(FakeTier("screen", thinking(shadows)), score)
    await monitor.check(an_exchange(), Wishes())
    await monitor.settled()
    [one] = heard
    assert (one.policy.name, one.shadow.name, one.agreement) == ("default", "strict", agreement)


async def test_a_shadow_changes_neither_the_answer_nor_its_time_nor_the_cache() -> None:
    async def forever(_: Budget) -> None:
        await asyncio.Event().wait()

    monitor, heard = shadowed_by(FakeTier("screen", thinking(0.99), first=forever))
    async with asyncio.timeout(1):
        report = await monitor.check(an_exchange(), Wishes())
    assert report.verdict.score == 0.01
    await asyncio.sleep(0.05)
    assert isinstance(monitor.cache, FakeCache)
    assert [kept.policy.name for kept in monitor.cache.reports.values()] == ["default"]
    await monitor.close()
    assert [one.agreement for one in heard] == [Agreement.DROPPED]


async def test_what_was_known_is_not_judged_by_the_shadow_again() -> None:
    monitor, heard = shadowed_by(FakeTier("screen", thinking(0.01)))
    for _ in range(3):
        await monitor.check(an_exchange(), Wishes())
    await monitor.settled()
    assert len(heard) == 1


async def test_a_share_of_the_traffic_is_drawn() -> None:
    monitor, heard = shadowed_by(FakeTier("screen", thinking(0.01)), rate=0.25, max_waiting=1000)
    for _ in range(200):
        await monitor.check(an_exchange(), BYPASS)
    await monitor.settled()
    assert 30 < len(heard) < 70


async def test_what_does_not_fit_into_the_line_is_dropped() -> None:
    tier = FakeTier("screen", thinking(0.01))
    monitor, heard = shadowed_by(tier, at_once=1, max_waiting=1)
    for _ in range(5):
        await monitor.check(an_exchange(), BYPASS)
    await monitor.settled()
    assert sorted(one.agreement for one in heard) == ["agrees"] * 2 + ["dropped"] * 3


async def test_under_load_shadows_go_first() -> None:
    tier = FakeTier("screen", thinking(0.01))
    monitor, heard = shadowed_by(tier, busy=lambda: True)
    await monitor.check(an_exchange(), Wishes())
    await monitor.settled()
    assert (tier.asked, [one.agreement for one in heard]) == (0, [Agreement.DROPPED])


async def test_what_a_shadow_spends_is_told_apart_even_when_a_bug_ends_it() -> None:
    async def calls(budget: Budget) -> None:
        async with budget.model_call("small", "judge") as spending:
            spending.tokens(10, 2, 0.5)

    tier = FakeTier("screen", RuntimeError("a bug"), first=calls)
    monitor, heard = shadowed_by(tier)
    report = await monitor.check(an_exchange(), Wishes())
    await monitor.settled()
    [one] = heard
    assert (report.calls, one.agreement, len(one.calls)) == ((), Agreement.FAILED, 1)


async def test_a_shadow_whose_model_is_down_is_inconclusive_and_not_a_failure() -> None:
    tier = FakeTier("screen", ModelUnavailable("503", model="m"))
    monitor, heard = shadowed_by(tier)
    await monitor.check(an_exchange(), Wishes())
    await monitor.settled()
    assert heard[0].agreement is Agreement.STRICTER
    assert heard[0].report is not None
    assert heard[0].report.posture is not None
