"""Two replicas in one process, with a board in the place of Redis."""

import asyncio
import time
from dataclasses import dataclass, field

import pytest

from candor.domain.budget import Budget
from candor.domain.errors import ModelUnavailable, Overloaded
from candor.domain.fleet import FleetEvent, Leases, Told
from candor.domain.joins import Joins
from candor.domain.monitor import CacheUse, Monitor, Wishes
from candor.domain.verdict import CacheResult, Outcome, Report
from candor.domain.vision.image import ImageLimits
from candor.domain.vision.pool import Pool
from tests.leases import Board, BoardLeases, BrokenLeases
from tests.unit.domain.fakes import DownCache, FakeCache, FakeTier, a_policy, an_exchange, thinking

EXCHANGE = an_exchange()


@dataclass
class Gate:
    """A tier makes a call here, then waits inside its budget until the gate is opened."""

    open: asyncio.Event = field(default_factory=asyncio.Event)
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, budget: Budget) -> None:
        self.reached.set()
        async with budget.model_call("small", "judge"):
            await self.open.wait()


@dataclass
class Replica:
    board: Board
    cache: FakeCache = field(default_factory=FakeCache)
    gate: Gate = field(default_factory=Gate)
    score: float = 0.99

    def __post_init__(self) -> None:
        self.tier = FakeTier("debate", thinking(self.score), first=self.gate)
        self.leases = BoardLeases(self.board)
        self.monitor = a_monitor(self.tier, self.cache, self.leases)

    def asked(self, **wishes: object) -> "asyncio.Task[Report]":
        return asyncio.create_task(self.monitor.check(EXCHANGE, Wishes(**wishes)))  # type: ignore[arg-type]


def a_monitor(tier: FakeTier, cache: FakeCache | DownCache, leases: Leases) -> Monitor:
    joins = Joins[Report]()
    policies = {"default": a_policy(tier)}
    return Monitor(policies, cache, Pool(), ImageLimits(), joins, leases=leases)


async def a_moment() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def two_replicas(score: float = 0.99) -> tuple[Replica, Replica]:
    board, cache = Board(), FakeCache()
    return Replica(board, cache, score=score), Replica(board, cache, score=score)


async def test_a_hundred_requests_at_two_replicas_are_one_piece_of_work() -> None:
    here, there = two_replicas()
    first = here.asked()
    await here.gate.reached.wait()
    others = [replica.asked() for replica in (here, there) for _ in range(50)]
    await a_moment()
    here.gate.open.set()
    reports = [await first, *(await asyncio.gather(*others))]
    assert (here.tier.asked, there.tier.asked) == (1, 0)
    assert [r.cache for r in reports] == [CacheResult.MISS] + [CacheResult.JOINED] * 100
    assert sum(r.usage.model_calls for r in reports) == 1, "paid for once, counted once"
    assert there.leases.heard == [FleetEvent.JOINED], "one waits for all in its process"
    assert len(here.cache.put_keys) == 1


async def test_what_could_not_be_settled_is_shared_but_not_remembered() -> None:
    here, there = two_replicas(score=0.5)
    first = here.asked()
    await here.gate.reached.wait()
    other = there.asked()
    await a_moment()
    here.gate.open.set()
    there.gate.open.set()
    assert (await first).verdict.outcome is Outcome.INCONCLUSIVE
    assert (await other).cache is CacheResult.JOINED
    assert there.tier.asked == 0
    assert (await there.asked()).cache is CacheResult.MISS, "who comes later asks anew"
    assert there.tier.asked == 1


async def test_a_request_with_more_time_than_the_leader_tries_again() -> None:
    here, there = two_replicas()
    hasty = here.asked(deadline_ms=50)
    await here.gate.reached.wait()
    patient = [there.asked() for _ in range(20)]
    there.gate.open.set()
    assert (await hasty).verdict.outcome is Outcome.INCONCLUSIVE
    reports = await asyncio.gather(*patient)
    assert {r.verdict.outcome for r in reports} == {Outcome.DECEPTIVE}
    assert there.tier.asked == 1


async def test_a_request_with_less_time_gets_out_in_time() -> None:
    here, there = two_replicas()
    leader = here.asked()
    await here.gate.reached.wait()
    started = time.monotonic()
    hasty = await there.asked(deadline_ms=30)
    assert time.monotonic() - started < 1
    assert (hasty.cache, hasty.steps[0].error) == (CacheResult.JOINED, "BudgetExhausted")
    here.gate.open.set()
    assert (await leader).verdict.outcome is Outcome.DECEPTIVE


async def test_requests_that_may_spend_differently_do_not_share() -> None:
    here, there = two_replicas()
    leader = here.asked()
    await here.gate.reached.wait()
    there.gate.open.set()
    assert (await there.asked(max_model_calls=3)).cache is CacheResult.MISS
    here.gate.open.set()
    await leader


@pytest.mark.parametrize("use", [CacheUse.BYPASS, CacheUse.REFRESH])
async def test_who_wants_it_judged_anew_waits_for_nobody(use: CacheUse) -> None:
    here, there = two_replicas()
    leader = here.asked()
    await here.gate.reached.wait()
    there.gate.open.set()
    assert (await there.asked(cache=use)).cache.value == use.value
    assert there.leases.claimed == []
    here.gate.open.set()
    await leader


async def test_when_all_callers_of_the_leader_leave_another_replica_goes_on() -> None:
    here, there = two_replicas()
    leader = here.asked()
    await here.gate.reached.wait()
    other = there.asked()
    await a_moment()
    there.gate.open.set()
    leader.cancel()
    assert (await other).verdict.outcome is Outcome.DECEPTIVE
    assert there.leases.heard == [FleetEvent.TAKEN_OVER]
    assert there.board.held == {}


async def test_a_leader_that_has_no_capacity_hands_the_work_over() -> None:
    here, there = two_replicas()
    here.tier.opinion = Overloaded("full", reason="image_pool")
    leader = here.asked()
    await here.gate.reached.wait()
    other = there.asked()
    await a_moment()
    here.gate.open.set()
    there.gate.open.set()
    with pytest.raises(Overloaded):
        await leader
    assert (await other).verdict.outcome is Outcome.DECEPTIVE


async def test_a_leader_that_lost_its_lease_answers_its_callers_and_writes_nothing() -> None:
    here, there = two_replicas()
    late = here.asked()
    await here.gate.reached.wait()
    there.monitor.policies["default"].tiers[0].opinion = thinking(0.01)  # type: ignore[attr-defined]
    other = there.asked()
    await a_moment()
    (key,) = here.board.held
    del here.board.held[key]
    here.board.change()
    await there.gate.reached.wait()
    here.gate.open.set()
    assert (await late).verdict.outcome is Outcome.DECEPTIVE
    assert here.cache.put_keys == [], "the one that took over decides what is remembered"
    there.gate.open.set()
    assert (await other).verdict.outcome is Outcome.NON_DECEPTIVE
    assert (await here.asked()).verdict.outcome is Outcome.NON_DECEPTIVE


async def test_without_the_others_every_replica_works_for_itself() -> None:
    tier = FakeTier("debate", thinking(0.99))
    monitor = a_monitor(tier, FakeCache(), BrokenLeases())
    report = await monitor.check(EXCHANGE, Wishes())
    assert (report.verdict.outcome, report.cache) == (Outcome.DECEPTIVE, CacheResult.MISS)
    assert (await monitor.check(EXCHANGE, Wishes())).cache is CacheResult.HIT


async def test_a_cache_that_is_down_does_not_stop_sharing() -> None:
    leases = BoardLeases()
    tier = FakeTier("debate", thinking(0.99))
    report = await a_monitor(tier, DownCache(), leases).check(EXCHANGE, Wishes())
    assert (report.cache_failed, leases.board.held) == (True, {})


async def test_what_waits_elsewhere_learns_nothing_that_belongs_to_one_request() -> None:
    here, there = two_replicas()
    here.gate.open.set()
    own = await here.asked()
    said = await there.leases.claim(here.leases.claimed[0])
    assert isinstance(said, Told)
    assert (len(own.calls), said.report.calls) == (1, ())


async def test_a_failing_tier_is_shared_as_it_is() -> None:
    here, there = two_replicas()
    here.tier.opinion = ModelUnavailable("503", model="judge")
    first = here.asked()
    await here.gate.reached.wait()
    others = [there.asked() for _ in range(10)]
    await a_moment()
    here.gate.open.set()
    await first
    reports = await asyncio.gather(*others)
    assert {r.steps[0].error for r in reports} == {"ModelUnavailable"}
    assert there.tier.asked == 0
