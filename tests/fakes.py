"""Stand-ins for the outside world. They follow the ports and keep what they were asked."""

from dataclasses import dataclass, field

from candor.api.readiness import Check
from candor.api.reloads import Reloaded, ReloadResult
from candor.domain import coverage
from candor.domain.budget import Budget
from candor.domain.case import Case
from candor.domain.errors import CacheUnavailable
from candor.domain.exchange import Exchange
from candor.domain.ports import Reading
from candor.domain.tiers.tier import TierSettings
from candor.domain.verdict import Opinion, Report


@dataclass
class FakeClassifier:
    """Gives the same reading to everybody."""

    reading: Reading = field(default_factory=lambda: Reading(0.5))
    asked: list[Exchange] = field(default_factory=list)

    async def read(self, exchange: Exchange) -> Reading:
        self.asked.append(exchange)
        return self.reading


@dataclass
class FakeTier:
    """Is of one opinion, or fails with one error; looks at every part unless the opinion says
    otherwise."""

    opinion: Opinion | Exception
    name: str = "screen"
    settings: TierSettings = field(default_factory=TierSettings)
    fallback: "FakeTier | None" = None
    asked: list[Case] = field(default_factory=list)

    async def assess(self, case: Case, budget: Budget) -> Opinion:
        self.asked.append(case)
        if isinstance(self.opinion, Exception):
            raise self.opinion
        return self.opinion


def sees_all(
    score: float, exchange_parts: tuple[str, ...] = ("response", "conversation")
) -> Opinion:
    return Opinion(score, looks=coverage.judged(exchange_parts))


@dataclass
class FakeCache:
    """Remembers in a dict."""

    known: dict[str, Report] = field(default_factory=dict)

    waited: list[str] = field(default_factory=list)

    async def get(self, key: str) -> Report | None:
        self.waited.append(key)
        return self.known.get(key)

    def at_hand(self, key: str) -> Report | None:
        return self.known.get(key)

    async def put(self, key: str, report: Report) -> None:
        self.known[key] = report

    async def ping(self) -> None:
        return


class BrokenCache:
    """Never answers."""

    async def get(self, key: str) -> Report | None:
        raise CacheUnavailable("down")

    async def put(self, key: str, report: Report) -> None:
        raise CacheUnavailable("down")

    async def ping(self) -> None:
        raise CacheUnavailable("down")


@dataclass
class FakeReloads:
    """Does as it was told, and counts."""

    done: Reloaded = field(default_factory=lambda: Reloaded(ReloadResult.UNCHANGED, 1))
    note: str = ""
    asked: int = 0
    told: int = 0

    async def reload(self) -> Reloaded:
        self.asked += 1
        return self.done

    def tell_others(self) -> None:
        self.told += 1


@dataclass
class FakeReadiness:
    """Says what it was told to say."""

    checks: list[Check] = field(default_factory=list)

    async def check(self) -> list[Check]:
        return self.checks
