"""What the learning loop is worth, shown on labelled traffic that flows through the cascade.

The second tier answers with the true label. Everything else is the service's own: monitor,
cascade, screen, audits, training, thresholds.
"""

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from candor.domain import coverage
from candor.domain.auditing import Audit, AuditConfig, AuditResult, Tally
from candor.domain.auditor import Auditor
from candor.domain.budget import Budget
from candor.domain.case import Case
from candor.domain.errors import ConfigError
from candor.domain.joins import Joins
from candor.domain.monitor import CacheUse, Monitor, Wishes
from candor.domain.policy import Policy, PolicyConfig
from candor.domain.ports import Classifier, VerdictCache
from candor.domain.screening.model import ScreenModel
from candor.domain.screening.vector import FeatureVector
from candor.domain.tiers import DebateConfig
from candor.domain.tiers.screen import Screen, ScreenConfig
from candor.domain.tiers.tier import Band, TierSettings
from candor.domain.verdict import Opinion, Outcome, PolicyRef, Report
from candor.domain.vision.image import ImageLimits
from candor.domain.vision.pool import Pool
from candor.learning.labelled import Labelled
from candor.learning.loop import Charge, LearningLoop, Lesson
from candor.learning.rows import Row

Adopt = Callable[[ScreenModel | None], Classifier]
_TRUTH = "debate"
_WISHES = Wishes(cache=CacheUse.BYPASS)


@dataclass(frozen=True, slots=True)
class Truth:
    """A second tier that knows. `labels` by the digest of the exchange."""

    labels: Mapping[str, bool]
    name: str = _TRUTH
    settings: TierSettings = field(default_factory=TierSettings)
    fallback: None = None

    async def assess(self, case: Case, budget: Budget) -> Opinion:  # noqa: ARG002 - as all tiers
        deceptive = self.labels[case.exchange.digest()]
        looks = coverage.judged(coverage.parts_of(case.exchange))
        return Opinion(float(deceptive), looks=looks)


@dataclass(frozen=True, slots=True)
class Window:
    """Some requests in a row. `missed` are deceptive ones that the screen cleared; `note` is
    what the loop did at the end."""

    source: str
    requests: int = 0
    deceptive: int = 0
    missed: int = 0
    escalated: int = 0
    honest_escalated: int = 0
    audited: int = 0
    unfamiliar: int = 0
    open: bool = False
    note: str = ""

    def then(self, seen: "Window") -> "Window":
        """Both together, as far as they can be added."""
        return replace(
            self,
            requests=self.requests + seen.requests,
            deceptive=self.deceptive + seen.deceptive,
            missed=self.missed + seen.missed,
            escalated=self.escalated + seen.escalated,
            honest_escalated=self.honest_escalated + seen.honest_escalated,
            audited=self.audited + seen.audited,
            unfamiliar=self.unfamiliar + seen.unfamiliar,
        )


@dataclass(slots=True)
class Simulation:
    """`every`: requests after which the loop learns again; a window of the story is as long.
    `audit_rate`: share of what the screen clears that the second tier sees all the same."""

    loop: LearningLoop
    adopt: Adopt
    labels: Mapping[str, bool]
    cache: VerdictCache
    every: int = 500
    audit_rate: float = 0.1
    seed: int = 0
    _audits: list[Audit] = field(default_factory=list)
    _broken: bool = False
    _strange: bool = False
    _version: int = 0
    _dice: random.Random = field(init=False)
    _auditor: Auditor = field(init=False)
    _monitor: Monitor = field(init=False)
    _policies: dict[str, Policy] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)  # noqa: S311 - no secret
        self._auditor = Auditor(random.Random(self.seed + 1), after_seconds=0)  # noqa: S311
        self._auditor.told_to(self._hear)
        parts = (self.cache, Pool(), ImageLimits(), Joins[Report]())
        self._monitor = Monitor(self._policies, *parts, auditor=self._auditor)
        self._put_in_charge(self.loop.charge)

    async def run(
        self, traffic: Iterable[Labelled], advance: Callable[[], None] = lambda: None
    ) -> list[Window]:
        """One window after another, in the order of the traffic; `advance` is called after each
        request."""
        windows: list[Window] = []
        now = Window("")
        for one in traffic:
            if now.source not in ("", one.source):
                windows.append(replace(now, note="the traffic changes"))
                now = Window("")
            before = now if now.source else Window(one.source, open=self.loop.charge.open)
            now = before.then(await self._request(one))
            advance()
            alarm = self._alarm()
            if alarm or now.requests >= self.every:
                windows.append(replace(now, note=alarm or self._learn()))
                now = Window("")
        return [*windows, now] if now.requests else windows

    async def _request(self, one: Labelled) -> Window:
        report = await self._monitor.check(one.exchange, _WISHES)
        await self._auditor.settled()
        row = _row(one, report)
        self._lesson(row, report)
        return self._seen(row, report)

    def _lesson(self, row: Row, report: Report) -> None:
        """Only what the second tier has seen brings a label."""
        if not self.loop.charge.open:
            self.loop.take(Lesson(row, sampled=True))
        elif report.verdict.decided_by == _TRUTH:
            self.loop.take(Lesson(row, sampled=self._dice.random() < self.audit_rate))
        elif report.audit is not None and self._audits:
            found = self._audits.pop().result is AuditResult.MISSED
            weight = 1 / report.audit.probability
            self.loop.take(Lesson(replace(row, deceptive=found, weight=weight), sampled=True))

    def _seen(self, row: Row, report: Report) -> Window:
        open_now, screened = self.loop.charge.open, report.screened
        unfamiliar = open_now and screened is not None and screened.unfamiliar
        self._strange = open_now and self.loop.notices(unfamiliar)
        escalated = report.verdict.decided_by == _TRUTH
        cleared = not escalated and report.verdict.outcome is Outcome.NON_DECEPTIVE
        return Window(
            row.source,
            requests=1,
            deceptive=int(row.deceptive),
            missed=int(row.deceptive and cleared),
            escalated=int(escalated),
            honest_escalated=int(escalated and not row.deceptive),
            audited=int(report.audit is not None),
            unfamiliar=int(unfamiliar),
        )

    def _alarm(self) -> str:
        """Why the screen is taken out of charge now; empty while there is no reason."""
        why = ""
        if self._strange:
            why = "closed: the traffic is strange to the screen"
        elif self._broken:
            why = "closed: audits find more misses than promised"
        if why:
            self.loop.begin_anew()
            self._put_in_charge(self.loop.charge)
        return why

    def _learn(self) -> str:
        before = self.loop.charge
        told = self.loop.relearn()
        if self.loop.charge is not before:
            self._put_in_charge(self.loop.charge)
        return told

    def _put_in_charge(self, charge: Charge) -> None:
        self._version += 1
        self._broken = self._strange = False
        band = Band(non_deceptive_below=charge.clears_below, deceptive_above=1.0)
        screen = Screen(ScreenConfig(band=band), self.adopt(charge.model))
        audit = AuditConfig(rate=self.audit_rate)
        tiers = (screen.settings, DebateConfig())
        config = PolicyConfig(tiers=tiers, require=("response",), audit=audit)
        ref = PolicyRef("default", str(self._version))
        self._policies["default"] = Policy(ref, config, (screen, Truth(self.labels)))

    def _hear(self, audit: Audit, tally: Tally) -> None:
        self._audits.append(audit)
        missed = tally.miss_rate()
        self._broken = missed is not None and missed.bounds.low > self.loop.goal.miss_rate


def _row(one: Labelled, report: Report) -> Row:
    """From what a ledger keeps of a report: no content."""
    if report.features is None:
        raise ConfigError("the classifier of the simulation gives no features to learn from")
    vector = FeatureVector.from_bytes(report.features)
    has_reasoning = bool(one.exchange.reasoning)
    return Row(vector, has_reasoning, one.deceptive, 1.0, one.group, one.source)


def labels_of(traffic: Iterable[Labelled]) -> dict[str, bool]:
    """What `Truth` answers with."""
    return {one.exchange.digest(): one.deceptive for one in traffic}
