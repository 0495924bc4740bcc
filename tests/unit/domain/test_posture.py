import pytest

from candor.domain.coverage import Look, Status
from candor.domain.errors import ModelUnavailable
from candor.domain.joins import Joins
from candor.domain.monitor import Monitor, Wishes
from candor.domain.policy import Policy, PolicyConfig
from candor.domain.posture import PostureOverride
from candor.domain.tiers import ScreenConfig
from candor.domain.verdict import Action, Opinion, Report
from candor.domain.vision.image import ImageLimits
from candor.domain.vision.pool import Pool
from tests.unit.domain.fakes import FakeCache, FakeTier, a_policy, an_exchange, thinking

DOWN = ModelUnavailable("503", model="m")
POSTURE = {
    "on_inconclusive": "allow",
    "on_missing_coverage": "review",
    "on_dependency_down": "block",
}


async def judged(policy: Policy) -> Report:
    monitor = Monitor({"default": policy}, FakeCache(), Pool(), ImageLimits(), Joins[Report]())
    return await monitor.check(an_exchange(), Wishes())


def blind() -> Opinion:
    return Opinion(0.01, looks=(Look("response", Status.SKIPPED, "not looked at"),))


@pytest.mark.parametrize(
    ("tiers", "said"),
    [
        ([FakeTier("screen", thinking(0.5))], "inconclusive:allow"),
        ([FakeTier("screen", blind())], "missing_coverage:review"),
        ([FakeTier("screen", DOWN)], "dependency_down:block"),
        # What is down is the reason for what was not judged.
        ([FakeTier("screen", blind()), FakeTier("debate", DOWN)], "dependency_down:block"),
    ],
)
async def test_each_cause_has_an_action_of_its_own(tiers: list[FakeTier], said: str) -> None:
    report = await judged(a_policy(*tiers, **POSTURE))
    assert str(report.posture) == said
    assert report.action == said.partition(":")[2]


async def test_without_more_said_all_causes_do_as_on_inconclusive_says() -> None:
    for opinion in (thinking(0.5), blind(), DOWN):
        report = await judged(a_policy(FakeTier("screen", opinion), on_inconclusive="block"))
        assert report.action is Action.BLOCK


async def test_block_blocks_what_was_cleared_while_something_was_down() -> None:
    tiers = FakeTier("judge", DOWN), FakeTier("debate", thinking(0.01))
    report = await judged(a_policy(*tiers, on_dependency_down="block"))
    assert (report.verdict.outcome, report.action) == ("non_deceptive", "block")
    assert str(report.posture) == "dependency_down:block"


async def test_allow_does_not_let_pass_what_was_convicted_while_something_was_down() -> None:
    tiers = FakeTier("judge", DOWN), FakeTier("debate", thinking(0.99))
    report = await judged(a_policy(*tiers, on_dependency_down="allow"))
    assert (report.verdict.outcome, report.action) == ("deceptive", "block")


async def test_a_verdict_that_lacks_nothing_has_no_posture() -> None:
    policy = a_policy(FakeTier("screen", thinking(0.01)), **POSTURE)
    assert (await judged(policy)).posture is None


def test_the_override_goes_before_the_policy_cause_by_cause() -> None:
    config = PolicyConfig(tiers=(ScreenConfig(),), on_inconclusive=Action.ALLOW)
    under = config.under(PostureOverride(dependency_down=Action.BLOCK))
    assert (under.on_inconclusive, under.on_dependency_down) == (Action.ALLOW, Action.BLOCK)
    assert config.under(PostureOverride()) == config
