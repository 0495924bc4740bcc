import asyncio
import random

import pytest
from pydantic import ValidationError

from candor.domain.auditing import Audit, AuditConfig, AuditResult, Side, Tally
from candor.domain.auditor import Auditor
from candor.domain.errors import ModelUnavailable
from candor.domain.joins import Joins
from candor.domain.monitor import CacheUse, Monitor, Wishes
from candor.domain.policy import Policy, PolicyConfig
from candor.domain.proportions import clopper_pearson
from candor.domain.tiers import ScreenConfig
from candor.domain.tiers.tier import Band
from candor.domain.verdict import AuditTicket, CacheResult, Outcome, PolicyRef, Report
from candor.domain.vision.image import ImageLimits
from candor.domain.vision.pool import Pool
from tests.unit.domain.fakes import FakeCache, FakeTier, a_policy, an_exchange, thinking

REF = PolicyRef("default", "v1")
BYPASS = Wishes(cache=CacheUse.BYPASS)
BAND = Band(non_deceptive_below=0.4, deceptive_above=0.8)


class Heard(list[tuple[Audit, Tally]]):
    def hear(self, audit: Audit, tally: Tally) -> None:
        self.append((audit, tally))

    @property
    def results(self) -> list[AuditResult]:
        return [audit.result for audit, _ in self]


def auditing(policy: Policy, after_seconds: float = 0) -> tuple[Monitor, Heard]:
    heard, auditor = Heard(), Auditor(random.Random(1), after_seconds)
    auditor.told_to(heard.hear)
    limits, joins = ImageLimits(), Joins[Report]()
    return Monitor({"default": policy}, FakeCache(), Pool(), limits, joins, auditor=auditor), heard


def two_tiers(first: float, second: float | Exception, rate: float = 1.0) -> Policy:
    opinion = second if isinstance(second, Exception) else thinking(second)
    return a_policy(
        FakeTier("screen", thinking(first)), FakeTier("debate", opinion), audit_rate=rate
    )


def an_audit(result: AuditResult, settled: Outcome, probability: float) -> Audit:
    return Audit(AuditTicket("t", probability), REF, "screen", settled, 0.1, result)


# What is drawn, and what comes of it


async def test_an_audit_asks_the_next_tier_after_the_caller_has_the_cheap_answer() -> None:
    policy = two_tiers(0.01, 0.99)
    monitor, heard = auditing(policy, after_seconds=0.05)
    report = await monitor.check(an_exchange(), Wishes())
    assert report.verdict.outcome is Outcome.NON_DECEPTIVE
    assert policy.tiers[1].asked == 0  # type: ignore[attr-defined] # a fake
    await monitor.auditor.settled()
    (audit, _) = heard[0]
    assert audit.result is AuditResult.MISSED
    assert audit.ticket == report.audit
    assert audit.report is not None
    assert audit.report.verdict.decided_by == "debate"


@pytest.mark.parametrize(
    ("first", "second", "result"),
    [
        (0.01, 0.01, AuditResult.AGREES),
        (0.99, 0.99, AuditResult.AGREES),
        (0.01, 0.99, AuditResult.MISSED),
        (0.99, 0.01, AuditResult.FALSE_ALARM),
        (0.01, 0.5, AuditResult.INCONCLUSIVE),
        (0.01, ModelUnavailable("judge answered 503", model="judge"), AuditResult.INCONCLUSIVE),
        (0.01, RuntimeError("a bug"), AuditResult.FAILED),
    ],
)
async def test_an_audit_says_how_the_tiers_compare(
    first: float, second: float | Exception, result: AuditResult
) -> None:
    monitor, heard = auditing(two_tiers(first, second))
    await monitor.check(an_exchange(), BYPASS)
    await monitor.auditor.settled()
    assert heard.results == [result]


async def test_what_the_last_tier_settled_is_not_audited() -> None:
    monitor, heard = auditing(two_tiers(0.5, 0.99))
    report = await monitor.check(an_exchange(), Wishes())
    await monitor.auditor.settled()
    assert (report.audit, heard) == (None, [])


async def test_without_a_rate_nothing_is_audited() -> None:
    monitor, heard = auditing(two_tiers(0.01, 0.99, rate=0))
    assert (await monitor.check(an_exchange(), Wishes())).audit is None
    assert heard == []


async def test_a_rate_of_a_quarter_draws_about_a_quarter() -> None:
    monitor, heard = auditing(two_tiers(0.01, 0.01, rate=0.25))
    for _ in range(400):
        await monitor.check(an_exchange(), BYPASS)
        await monitor.auditor.settled()
    assert 75 <= len(heard) <= 125
    assert {audit.ticket.probability for audit, _ in heard} == {0.25}


async def test_a_remembered_verdict_is_not_audited_again() -> None:
    monitor, heard = auditing(two_tiers(0.01, 0.01))
    first = await monitor.check(an_exchange(), Wishes())
    again = await monitor.check(an_exchange(), Wishes())
    await monitor.auditor.settled()
    assert first.audit is not None
    assert (again.cache, again.audit, len(heard)) == (CacheResult.HIT, None, 1)


async def test_when_too_many_run_an_audit_is_dropped_and_counted() -> None:
    gate = asyncio.Event()
    slow = FakeTier("debate", thinking(0.01), first=lambda _: gate.wait())
    policy = a_policy(FakeTier("screen", thinking(0.01)), slow, audit={"rate": 1.0, "at_once": 2})
    monitor, heard = auditing(policy)
    for _ in range(5):
        await monitor.check(an_exchange(), BYPASS)
    assert heard.results == [AuditResult.DROPPED] * 3
    gate.set()
    await monitor.auditor.settled()
    assert heard.results[3:] == [AuditResult.AGREES] * 2


async def test_closing_ends_what_still_runs_and_counts_it() -> None:
    never = FakeTier("debate", thinking(0.01), first=lambda _: asyncio.Event().wait())
    monitor, heard = auditing(a_policy(FakeTier("screen", thinking(0.01)), never, audit_rate=1))
    await monitor.check(an_exchange(), Wishes())
    await asyncio.sleep(0.01)
    await monitor.auditor.close()
    await asyncio.sleep(0)
    assert heard.results == [AuditResult.DROPPED]


async def test_an_audit_ends_within_the_time_of_one_request() -> None:
    never = FakeTier("debate", thinking(0.01), first=lambda _: asyncio.Event().wait())
    policy = a_policy(FakeTier("screen", thinking(0.01)), never, audit_rate=1, deadline_ms=30)
    monitor, heard = auditing(policy)
    await monitor.check(an_exchange(), Wishes())
    await asyncio.wait_for(monitor.auditor.settled(), 1)
    assert heard.results == [AuditResult.INCONCLUSIVE]


def test_a_policy_takes_the_rate_or_the_full_form() -> None:
    tiers = (ScreenConfig(),)
    assert PolicyConfig(tiers=tiers, audit_rate=0.1).auditing == AuditConfig(rate=0.1)
    with pytest.raises(ValidationError, match="not both"):
        PolicyConfig(tiers=tiers, audit_rate=0.1, audit=AuditConfig(rate=0.1))


def test_a_verdict_near_the_threshold_is_drawn_more_often() -> None:
    config = AuditConfig(rate=0.02, near_threshold_factor=10)
    cleared, convicted = Outcome.NON_DECEPTIVE, Outcome.DECEPTIVE
    assert config.probability(0.0, cleared, BAND) == pytest.approx(0.02)
    assert config.probability(0.2, cleared, BAND) == pytest.approx(0.11)
    assert config.probability(0.4, cleared, BAND) == pytest.approx(0.2)
    assert config.probability(0.8, convicted, BAND) == pytest.approx(0.2)
    assert config.probability(1.0, convicted, BAND) == pytest.approx(0.02)
    assert AuditConfig(rate=0.5, near_threshold_factor=9).probability(0.4, cleared, BAND) == 1


# What is estimated from it


def test_the_interval_is_that_of_clopper_and_pearson() -> None:
    # Exact values: the rule of three's exact form, and a table (Newcombe 1998, 81 of 263).
    assert clopper_pearson(0, 59, 0.90).high == pytest.approx(1 - 0.05 ** (1 / 59))
    got = clopper_pearson(81, 263, 0.95)
    assert got.low == pytest.approx(0.2527, abs=1e-4)
    assert got.high == pytest.approx(0.3676, abs=1e-4)
    assert clopper_pearson(5, 5, 0.95).high == 1


def test_the_miss_rate_is_a_share_of_the_deceptive_not_of_the_cleared() -> None:
    tally = Tally()
    for _ in range(1000):
        tally = tally.settled(Outcome.NON_DECEPTIVE)
    for _ in range(30):
        tally = tally.escalated(Outcome.DECEPTIVE)
    for n in range(100):
        result = AuditResult.MISSED if n == 0 else AuditResult.AGREES
        tally = tally.audited(an_audit(result, Outcome.NON_DECEPTIVE, 0.1))
    missed = tally.miss_rate()
    assert missed is not None
    # 1 % of 1,000 cleared is 10 missed beside 30 found.
    assert missed.bounds.estimate == pytest.approx(10 / 40)
    assert missed.bounds.low < 0.25 < missed.bounds.high
    assert missed.enough


def test_before_the_first_audit_nothing_is_claimed() -> None:
    tally = Tally().settled(Outcome.NON_DECEPTIVE).escalated(Outcome.DECEPTIVE)
    assert tally.miss_rate() is None


def test_a_tier_that_settled_nothing_has_missed_nothing() -> None:
    missed = Tally().escalated(Outcome.DECEPTIVE).miss_rate()
    assert missed is not None
    assert (missed.bounds.estimate, missed.bounds.high) == (0, 0)
    assert not missed.enough


def test_few_audits_give_bounds_but_no_estimate() -> None:
    even, targeted = Tally(escalated_deceptive=20), Tally(escalated_deceptive=20)
    for n in range(30):
        before = even.miss_rate()
        assert n == 0 or (before is not None and not before.enough)
        for _ in range(10):
            even = even.settled(Outcome.NON_DECEPTIVE)
            targeted = targeted.settled(Outcome.NON_DECEPTIVE)
        even = even.audited(an_audit(AuditResult.AGREES, Outcome.NON_DECEPTIVE, 0.1))
        odds = 0.9 if n % 2 else 0.01
        targeted = targeted.audited(an_audit(AuditResult.AGREES, Outcome.NON_DECEPTIVE, odds))
    told, told_of_targeted = even.miss_rate(), targeted.miss_rate()
    assert told is not None
    assert told.enough
    assert (even.cleared.audits, told.bounds.estimate) == (30, 0)
    # Thirty of very unequal weight are worth fewer.
    assert told_of_targeted is not None
    assert not told_of_targeted.enough


def test_a_share_of_hardly_anything_is_no_estimate() -> None:
    few = Tally(escalated_deceptive=9).miss_rate()
    some = Tally(escalated_deceptive=10).miss_rate()
    assert few is not None
    assert some is not None
    assert (few.enough, some.enough) == (False, True)


def test_audits_without_a_conclusion_are_not_taken_for_agreement() -> None:
    tally = Tally().settled(Outcome.NON_DECEPTIVE)
    for result in (AuditResult.INCONCLUSIVE, AuditResult.FAILED, AuditResult.DROPPED):
        assert tally.audited(an_audit(result, Outcome.NON_DECEPTIVE, 0.5)) == tally


def test_unequal_weights_cost_certainty() -> None:
    even, uneven = Side(), Side()
    for n in range(100):
        even = even.audited(0.5, wrong=n < 10)
        uneven = uneven.audited(0.05 if n % 2 else 0.95, wrong=n < 10)
    wide, narrow = uneven.share_wrong(), even.share_wrong()
    assert wide is not None
    assert narrow is not None
    assert narrow.estimate == pytest.approx(0.1)
    assert wide.high - wide.low > narrow.high - narrow.low


def test_the_bounds_hold_the_truth_as_often_as_they_say_with_targeted_draws() -> None:
    dice, config, held = random.Random(7), AuditConfig(rate=0.05, near_threshold_factor=8), 0
    runs = 200
    for _ in range(runs):
        tally, missed, deceptive = Tally(), 0, 0
        for _ in range(1500):
            score, lies = dice.random(), dice.random()
            is_deceptive = lies < score**2
            deceptive += is_deceptive
            if score >= BAND.non_deceptive_below:
                found = Outcome.DECEPTIVE if is_deceptive else Outcome.NON_DECEPTIVE
                tally = tally.escalated(found)
                continue
            missed += is_deceptive
            tally = tally.settled(Outcome.NON_DECEPTIVE)
            p = config.probability(score, Outcome.NON_DECEPTIVE, BAND)
            if dice.random() < p:
                result = AuditResult.MISSED if is_deceptive else AuditResult.AGREES
                tally = tally.audited(an_audit(result, Outcome.NON_DECEPTIVE, p))
        rate = tally.miss_rate()
        true = missed / deceptive
        held += rate is not None and rate.bounds.low <= true <= rate.bounds.high
    assert held >= 0.95 * runs
