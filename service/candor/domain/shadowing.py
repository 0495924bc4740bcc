"""Shadow policies: a second policy judges a share of the traffic, and nobody acts on it.

It judges after the answer, within a budget of its own, and what it says goes to metrics and logs
only: neither into the verdict cache nor to the caller. It is the first to be dropped under load.
"""

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from candor.domain import cascade
from candor.domain.afterwards import Afterwards, Room
from candor.domain.budget import Budget
from candor.domain.case import Case
from candor.domain.errors import CandorError
from candor.domain.events import Nobody
from candor.domain.policy import Policy, ShadowConfig
from candor.domain.posture import stricter
from candor.domain.tiers.screen import Screen
from candor.domain.usage import ModelCall
from candor.domain.verdict import PolicyRef, Report


class Agreement(StrEnum):
    """The shadow beside the policy that acted."""

    AGREES = "agrees"
    DIFFERS = "differs"
    """Another outcome, and the same action."""
    STRICTER = "stricter"
    LAXER = "laxer"
    FAILED = "failed"
    DROPPED = "dropped"
    """No room was left, the service was busy, or it was closing."""


@dataclass(frozen=True, slots=True)
class Shadowed:
    """What became of one drawn verdict. `report` is the shadow's, None where there is none;
    `calls` are those that it made, also where nothing came of them."""

    policy: PolicyRef
    shadow: PolicyRef
    agreement: Agreement
    report: Report | None = None
    calls: tuple[ModelCall, ...] = ()


Hears = Callable[[Shadowed], object]


def _never() -> bool:
    return False


@dataclass(slots=True)
class Shadows:
    """One per monitor; `policies` are all that it knows, and `busy` says whether the processor
    is wanted elsewhere."""

    policies: Mapping[str, Policy] = field(default_factory=dict)
    busy: Callable[[], bool] = _never
    dice: random.Random = field(default_factory=random.SystemRandom)
    afterwards: Afterwards = field(default_factory=Afterwards)
    _hearers: list[Hears] = field(default_factory=list)

    def told_to(self, hears: Hears) -> None:
        """`hears` is called once for every drawn verdict, in the event loop."""
        self._hearers.append(hears)

    def consider(self, policy: Policy, case: Case, report: Report) -> None:
        """Of a verdict that was just worked out. Returns at once."""
        config = policy.config.shadow
        if config is None or self.dice.random() >= config.rate:
            return
        drawn = _Drawn(_apart(self.policies[config.policy].now()), case, report)
        room = Room(config.at_once, config.max_waiting)
        if self.busy() or not self._begin(drawn, config, room):
            self._tell(drawn.shadowed(Agreement.DROPPED))

    async def settled(self) -> None:
        await self.afterwards.settled()

    async def close(self) -> None:
        """What still runs is counted as dropped."""
        await self.afterwards.close()

    def _begin(self, drawn: "_Drawn", config: ShadowConfig, room: Room) -> bool:
        # One line for each policy that casts a shadow.
        name = f"{drawn.report.policy.name}:{config.policy}"
        return self.afterwards.begin(
            name, room, lambda: self._judge(drawn), lambda done: self._end(done, drawn)
        )

    async def _judge(self, drawn: "_Drawn") -> None:
        if self.busy():
            self._tell(drawn.shadowed(Agreement.DROPPED))
            return
        try:
            report = await drawn.judge()
        except CandorError:
            self._tell(drawn.shadowed(Agreement.FAILED))
            return
        self._tell(drawn.shadowed(compare(drawn.report, report), report))

    def _end(self, task: asyncio.Task[None], drawn: "_Drawn") -> None:
        if task.cancelled():
            self._tell(drawn.shadowed(Agreement.DROPPED))
        # A bug in a tier must not end the service: it is counted, and looked at here.
        elif task.exception() is not None:
            self._tell(drawn.shadowed(Agreement.FAILED))

    def _tell(self, shadowed: Shadowed) -> None:
        for hears in self._hearers:
            hears(shadowed)


def compare(acted: Report, shadow: Report) -> Agreement:
    if acted.action is shadow.action:
        same = acted.verdict.outcome is shadow.verdict.outcome
        return Agreement.AGREES if same else Agreement.DIFFERS
    strict = stricter(acted.action, shadow.action) is shadow.action
    return Agreement.STRICTER if strict else Agreement.LAXER


@dataclass(frozen=True, slots=True)
class _Drawn:
    shadow: Policy
    case: Case
    report: Report
    calls: list[ModelCall] = field(default_factory=list)

    async def judge(self) -> Report:
        """With the pictures of the request, and nothing else of what was found there."""
        config = self.shadow.config
        budget = Budget(
            config.deadline_ms / 1000,
            config.max_model_calls,
            tokens=config.max_tokens,
            cost_usd=config.max_cost_usd,
        )
        case = replace(self.case, listener=Nobody(), noted=[])
        try:
            return await cascade.run(self.shadow, self.shadow.tiers, case, budget)
        finally:
            self.calls.extend(budget.calls)

    def shadowed(self, agreement: Agreement, report: Report | None = None) -> Shadowed:
        acted, shadow = self.report.policy, self.shadow.ref
        return Shadowed(acted, shadow, agreement, report, tuple(self.calls))


def _apart(policy: Policy) -> Policy:
    """What is judged twice is not twice the traffic: watches of it are left alone."""
    tiers = [tier.apart() if isinstance(tier, Screen) else tier for tier in policy.tiers]
    return replace(policy, tiers=tuple(tiers))
