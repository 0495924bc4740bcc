import asyncio
from dataclasses import dataclass, field

from candor.api.readiness import CheckStatus
from candor.domain.errors import CacheUnavailable
from candor.readiness import Departing, Dependency, Readiness


@dataclass
class Sick:
    """Unwell until it is told otherwise."""

    well: bool = False
    looked: int = 0
    now: float = field(default=0.0)

    async def look(self) -> None:
        self.looked += 1
        if not self.well:
            raise CacheUnavailable("nobody answers at redis:6379")

    def clock(self) -> float:
        return self.now


async def test_a_vital_dependency_that_is_away_fails_the_check() -> None:
    [check] = await Readiness([Dependency("cache", Sick().look, vital=True)]).check()
    assert check.status is CheckStatus.FAILED
    assert check.detail == "nobody answers at redis:6379"


async def test_an_optional_one_degrades_it() -> None:
    [check] = await Readiness([Dependency("cache", Sick().look, vital=False)]).check()
    assert check.status is CheckStatus.DEGRADED


async def test_good_news_is_kept_for_a_while_and_bad_news_is_not() -> None:
    sick = Sick()
    readiness = Readiness([Dependency("cache", sick.look, vital=True)], sick.clock)
    await readiness.check()
    sick.well = True
    [recovered] = await readiness.check()
    assert recovered.status is CheckStatus.OK
    await readiness.check()
    assert sick.looked == 2
    sick.now = 10.0
    await readiness.check()
    assert sick.looked == 3


async def test_a_look_that_hangs_does_not_hang_the_probe() -> None:
    async def hang() -> None:
        await asyncio.sleep(60)

    judge = Dependency("models.judge", hang, vital=True)
    async with asyncio.timeout(5):
        [check] = await Readiness([judge], look_seconds=0.05).check()
    assert check.status is CheckStatus.FAILED
    assert check.detail == "no answer within 0.05 s"


async def test_a_process_that_was_told_to_go_is_not_ready_however_well_it_is() -> None:
    sick = Sick(well=True)
    departing = Departing(Readiness([Dependency("cache", sick.look, vital=True)]))
    assert [check.status for check in await departing.check()] == [CheckStatus.OK]

    departing.leave()
    [check] = await departing.check()
    assert (check.name, check.status) == ("shutdown", CheckStatus.FAILED)
