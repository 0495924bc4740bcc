import asyncio

import pytest

from candor.domain.generations import Generation, Generations
from candor.domain.joins import Joins
from candor.domain.monitor import Monitor, Wishes
from candor.domain.policy import Policy
from candor.domain.verdict import Report
from candor.domain.vision.image import ImageLimits
from candor.domain.vision.pool import Pool
from tests.unit.domain.fakes import FakeCache, FakeTier, a_policy, an_exchange, thinking


def a_monitor(policy: Policy | None = None) -> Monitor:
    known = policy or a_policy(FakeTier("screen", thinking(0.99)))
    joins = Joins[Report]()
    return Monitor({"default": known}, FakeCache(), Pool(), ImageLimits(), joins)


async def a_moment() -> None:
    await asyncio.sleep(0.01)


async def test_who_began_on_a_generation_ends_on_it() -> None:
    generations = Generations(Generation(1, a_monitor()))
    with generations.in_use() as mine:
        generations.replace(a_monitor())
        assert mine.number == 1
        with generations.in_use() as others:
            assert others.number == 2


async def test_an_old_generation_is_closed_when_its_last_user_has_gone() -> None:
    generations = Generations(Generation(1, a_monitor()))
    with generations.in_use():
        with generations.in_use():
            generations.replace(a_monitor())
        await a_moment()
        assert generations.open == 2
    await a_moment()
    assert generations.open == 1


async def test_a_generation_that_nobody_uses_is_closed_when_it_is_replaced() -> None:
    generations = Generations(Generation(1, a_monitor()))
    for _ in range(5):
        generations.replace(a_monitor())
    await a_moment()
    assert (generations.open, generations.current.number) == (1, 6)


@pytest.mark.parametrize(("linger", "results"), [(5.0, ["missed"]), (0.0, ["dropped"])])
async def test_an_old_generation_ends_its_audits_as_long_as_that_does_not_take_too_long(
    linger: float, results: list[str]
) -> None:
    async def slowly(_: object) -> None:
        await asyncio.sleep(0.05)

    tiers = (
        FakeTier("screen", thinking(0.01)),
        FakeTier("debate", thinking(0.99), first=slowly),
    )
    monitor, heard = a_monitor(a_policy(*tiers, audit_rate=1.0)), list[str]()
    monitor.auditor.told_to(lambda audit, _: heard.append(audit.result.value))
    generations = Generations(Generation(1, monitor), linger)
    with generations.in_use() as mine:
        await mine.monitor.check(an_exchange(), Wishes())
        generations.replace(a_monitor())
    await asyncio.sleep(0.15)
    assert heard == results
    assert generations.open == 1


async def test_closing_closes_them_all() -> None:
    generations = Generations(Generation(1, a_monitor()))
    with generations.in_use():
        generations.replace(a_monitor())
        await generations.close()
    assert generations.open == 0
