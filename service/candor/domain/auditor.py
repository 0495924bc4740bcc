"""Runs audits after the answer, a few at a time, and keeps the tallies."""

import asyncio
import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from candor.domain import cascade
from candor.domain.afterwards import AFTER_THE_ANSWER, Afterwards, Room
from candor.domain.auditing import Audit, AuditResult, Tally, compare
from candor.domain.budget import Budget
from candor.domain.case import Case
from candor.domain.errors import CandorError
from candor.domain.events import Nobody
from candor.domain.policy import Policy
from candor.domain.tiers.tier import Tier
from candor.domain.verdict import AuditTicket, Outcome, PolicyRef, Report

Hears = Callable[[Audit, Tally], object]
Tallies = dict[tuple[str, str], tuple[PolicyRef, Tally]]


@dataclass(slots=True)
class Auditor:
    """One per monitor; `close` it before what the tiers stand on.

    `dice` draws the sample. Tallies are of this process, and begin anew with each version of a
    policy.
    """

    dice: random.Random = field(default_factory=random.SystemRandom)
    after_seconds: float = AFTER_THE_ANSWER
    _hearers: list[Hears] = field(default_factory=list)
    _tallies: Tallies = field(default_factory=dict)
    _work: Afterwards = field(init=False)

    def __post_init__(self) -> None:
        self._work = Afterwards(self.after_seconds)

    def successor(self) -> "Auditor":
        """For a monitor that takes the place of this one's: it goes on with the tallies."""
        return Auditor(self.dice, self.after_seconds, _tallies=self._tallies)

    def told_to(self, hears: Hears) -> None:
        """`hears` is called once for every drawn verdict, in the event loop."""
        self._hearers.append(hears)

    def consider(self, policy: Policy, case: Case, report: Report) -> Report:
        """Counts a verdict that was just worked out; one that is drawn comes back with its
        ticket, and is judged again in the background within a budget of its own."""
        if not policy.config.audits:
            return report
        self._count(policy, report)
        settled_by = _settled_by(policy, report)
        score, outcome = report.verdict.score, report.verdict.outcome
        if settled_by is None or score is None:
            return report
        band = settled_by.settings.band_for(case.exchange)
        probability = policy.config.auditing.probability(score, outcome, band)
        if self.dice.random() >= probability:
            return report
        ticket = AuditTicket(secrets.token_hex(8), probability)
        self._begin(
            _Drawn(policy, replace(case, listener=Nobody()), settled_by, outcome, score, ticket)
        )
        return replace(report, audit=ticket)

    def tally(self, policy: PolicyRef, tier: str) -> Tally:
        ref, tally = self._tallies.get((policy.name, tier), (policy, Tally()))
        return tally if ref == policy else Tally()

    async def settled(self) -> None:
        """Waits for the audits that run now."""
        await self._work.settled()

    async def close(self) -> None:
        """What still runs is counted as dropped."""
        await self._work.close()

    def _count(self, policy: Policy, report: Report) -> None:
        verdict = report.verdict
        asked = {step.tier for step in report.steps if step.score is not None}
        for tier in policy.tiers[:-1]:
            if tier.name not in asked:
                continue
            before = self.tally(policy.ref, tier.name)
            mine = verdict.decided_by == tier.name
            after = before.settled(verdict.outcome) if mine else before.escalated(verdict.outcome)
            self._tallies[policy.ref.name, tier.name] = (policy.ref, after)
            if mine:
                break

    def _begin(self, drawn: "_Drawn") -> None:
        name, room = drawn.policy.ref.name, Room(drawn.policy.config.auditing.at_once)
        work, ended = lambda: self._audit(drawn), lambda done: self._end(done, drawn)
        if not self._work.begin(name, room, work, ended):
            self._tell(drawn.audit(AuditResult.DROPPED))

    async def _audit(self, drawn: "_Drawn") -> None:
        try:
            report = await drawn.judge()
        except CandorError:
            self._tell(drawn.audit(AuditResult.FAILED))
            return
        result = compare(drawn.outcome, report.verdict.outcome)
        self._tell(drawn.audit(result, report))

    def _end(self, task: asyncio.Task[None], drawn: "_Drawn") -> None:
        if task.cancelled():
            self._tell(drawn.audit(AuditResult.DROPPED))
        # A bug in a tier must not end the service: it is counted, and looked at here.
        elif task.exception() is not None:
            self._tell(drawn.audit(AuditResult.FAILED))

    def _tell(self, audit: Audit) -> None:
        tally = self.tally(audit.policy, audit.tier).audited(audit)
        key = (audit.policy.name, audit.tier)
        # What is said of a version that was replaced meanwhile says nothing of the new one.
        if key in self._tallies and self._tallies[key][0] == audit.policy:
            self._tallies[key] = (audit.policy, tally)
        for hears in self._hearers:
            hears(audit, tally)


@dataclass(frozen=True, slots=True)
class _Drawn:
    policy: Policy
    case: Case
    tier: Tier
    outcome: Outcome
    score: float
    ticket: AuditTicket

    async def judge(self) -> Report:
        """By the tiers after the one that settled it."""
        names = [tier.name for tier in self.policy.tiers]
        rest = self.policy.tiers[names.index(self.tier.name) + 1 :]
        return await cascade.run(self.policy, rest, self.case, _budget(self.policy))

    def audit(self, result: AuditResult, report: Report | None = None) -> Audit:
        ref, tier = self.policy.ref, self.tier.name
        return Audit(self.ticket, ref, tier, self.outcome, self.score, result, report)


def _budget(policy: Policy) -> Budget:
    """What a request of the policy may spend, once more."""
    config = policy.config
    seconds, calls = config.deadline_ms / 1000, config.max_model_calls
    return Budget(seconds, calls, tokens=config.max_tokens, cost_usd=config.max_cost_usd)


def _settled_by(policy: Policy, report: Report) -> Tier | None:
    """The tier that ended the cascade before the last one was asked, where there was one."""
    decided_by = report.verdict.decided_by
    if not report.steps or report.steps[-1].tier != decided_by:
        return None
    return next((tier for tier in policy.tiers[:-1] if tier.name == decided_by), None)
