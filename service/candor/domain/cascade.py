"""Ask the tiers in order until one is sure."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from candor.domain import coverage
from candor.domain.budget import Budget
from candor.domain.case import Case
from candor.domain.coverage import Coverage, Look, Status, image_part
from candor.domain.errors import BudgetExhausted, Shed, TierError
from candor.domain.events import Listener, Nobody, StepEnded, StepStarted
from candor.domain.exchange import Exchange
from candor.domain.policy import Policy
from candor.domain.tiers.tier import Tier
from candor.domain.usage import ModelCall, total
from candor.domain.verdict import (
    Degradation,
    Finding,
    Opinion,
    Outcome,
    Report,
    Step,
    Verdict,
)

DEBATE_SHED = Degradation("debate_shed")


async def run(policy: Policy, tiers: Sequence[Tier], case: Case, budget: Budget) -> Report:
    """A tier that fails is asked for by its fallback, then hands over to the next; if none
    is sure we say so. A tier that would clear the exchange hands over as long as a part that
    the policy requires has not been judged; one that would convict is held as long as nobody
    has looked for evidence where the policy wants it."""
    hearing = _Hearing(
        policy, case.exchange, budget, case.listener, case.noted, looks=_later_frames(case)
    )
    held: _Settled | None = None
    reserve = _reserve(policy, tiers, budget)
    for tier in tiers:
        settled = await hearing.ask(tier, case, budget.reserve(reserve))
        if settled is not None and not settled.unseen:
            return hearing.close(settled)
        held = hearing.held(settled) or held
    return hearing.close(held)


def out_of_time(
    policy: Policy, tiers: Sequence[Tier], exchange: Exchange, budget: Budget
) -> Report:
    """The report of a request whose deadline passed before any tier was asked."""
    hearing = _Hearing(policy, exchange, budget)
    error = BudgetExhausted.__name__
    for tier in tiers:
        hearing.steps.append(Step(tier.name, None, False, 0.0, error=error))
        hearing.degraded.append(Degradation(f"{tier.name}:{error}"))
    return hearing.close(None)


def _reserve(policy: Policy, tiers: Sequence[Tier], budget: Budget) -> float:
    """Seconds that no tier may use, so that one that hangs leaves some for the fallback."""
    has_fallback = bool(tiers) and tiers[-1].fallback is not None
    return policy.config.reserve_seconds(budget.seconds) if has_fallback else 0.0


def _later_frames(case: Case) -> list[tuple[str, Look]]:
    """Of an animation, nobody has looked beyond the first frame until a tier says so."""
    return [
        ("", Look(f"{image_part(i)}.frames", Status.SKIPPED, "only the first frame was shown"))
        for i, facts in enumerate(case.pictures.facts)
        if facts.frames > 1
    ]


@dataclass(frozen=True, slots=True)
class _Settled:
    outcome: Outcome
    tier: str
    score: float
    opinion: Opinion
    unseen: Sequence[Coverage] = ()
    """What must still be looked at before this may end the cascade."""


@dataclass(slots=True)
class _Hearing:
    """The state of one cascade: grows step by step, ends as a report."""

    policy: Policy
    exchange: Exchange
    budget: Budget
    listener: Listener = Nobody()
    noted: Sequence[Finding] = ()
    steps: list[Step] = field(default_factory=list)
    looks: list[tuple[str, Look]] = field(default_factory=list)
    opinions: list[Opinion] = field(default_factory=list)
    degraded: list[Degradation] = field(default_factory=list)

    async def ask(self, tier: Tier, case: Case, budget: Budget) -> _Settled | None:
        started, calls = time.monotonic(), len(self.budget.calls)
        self.listener.told(StepStarted(tier.name))
        try:
            opinion = await self._opinion(tier, case, budget)
        except Shed as exc:
            # Nobody stands in: that would be as much work again.
            self._note(
                Step(tier.name, None, False, 0, error="Shed", note=str(exc)), started, calls
            )
            self.degraded.append(DEBATE_SHED)
            return None
        except TierError as exc:
            error = type(exc).__name__
            self._note(Step(tier.name, None, False, 0, error=error, note=str(exc)), started, calls)
            self.degraded.append(Degradation(f"{tier.name}:{error}"))
            return await self._ask_fallback(tier, case)
        score = tier.settings.curve.probability(opinion.score)
        self._keep(tier.name, opinion)
        band = tier.settings.band_for(case.exchange)
        outcome = None if opinion.undecided else band.settle(score)
        unseen = self._unseen(outcome) if outcome else ()
        settled = _Settled(outcome, tier.name, score, opinion, unseen) if outcome else None
        held_back = f"{outcome}, but not yet judged: {_names(unseen)}" if unseen else ""
        note = "; ".join(said for said in (opinion.note, held_back) if said)
        at_once = settled is not None and not unseen
        self._note(Step(tier.name, score, at_once, 0, note=note), started, calls)
        return settled

    async def _opinion(self, tier: Tier, case: Case, budget: Budget) -> Opinion:
        # Tiers bound their model calls; this bounds all that they wait for.
        async with budget.time_limit():
            opinion = await tier.assess(case, budget)
        if not 0 <= opinion.score <= 1:
            raise TierError(f"the score {opinion.score} is not between 0 and 1")
        return opinion

    async def _ask_fallback(self, tier: Tier, case: Case) -> _Settled | None:
        if tier.fallback is None or self.budget.remaining_seconds <= 0:
            return None
        self.degraded.append(Degradation(f"{tier.name}:fallback"))
        return await self.ask(tier.fallback, case, self.budget)

    def _keep(self, tier: str, opinion: Opinion) -> None:
        self.opinions.append(opinion)
        self.looks += [(tier, look) for look in opinion.looks]
        self.degraded += opinion.degraded

    def _note(self, step: Step, started: float, calls: int) -> None:
        made = self.budget.calls[calls:]
        self.degraded += [_instead(call) for call in made if call.instead_of]
        elapsed = time.monotonic() - started
        taken = replace(step, elapsed_seconds=elapsed, usage=total(made))
        self.steps.append(taken)
        self.listener.told(StepEnded(taken))

    def _coverage(self) -> tuple[Coverage, ...]:
        return coverage.merge(self.exchange, self.looks)

    def _unseen(self, outcome: Outcome) -> tuple[Coverage, ...]:
        config = self.policy.config
        convicts = outcome is Outcome.DECEPTIVE
        parts = config.deceptive_needs if convicts else config.require
        return coverage.missing(parts, self._coverage())

    def held(self, settled: _Settled | None) -> _Settled | None:
        """A conviction stands if nobody after it is sure; a clearance does not."""
        convicts = settled is not None and settled.outcome is Outcome.DECEPTIVE
        return settled if convicts else None

    def close(self, settled: _Settled | None) -> Report:
        covered = self._coverage()
        unseen = coverage.missing(self.policy.config.require, covered)
        verdict = self._settled_verdict(settled) if settled else self._open_verdict(unseen)
        posture = self.policy.posture(
            verdict.outcome,
            down=any(one.transient for one in self.degraded),
            missing=bool(unseen),
        )
        transcripts = [o.transcript for o in self.opinions if o.transcript is not None]
        return Report(
            features=next((o.features for o in self.opinions if o.features is not None), None),
            screened=next((o.screened for o in self.opinions if o.screened is not None), None),
            verdict=verdict,
            action=self.policy.action(verdict.outcome, posture),
            posture=posture,
            policy=self.policy.ref,
            steps=tuple(self._steps(settled)),
            coverage=covered,
            degraded=tuple(dict.fromkeys(self.degraded)),
            transcript=transcripts[-1] if transcripts else None,
            calls=tuple(self.budget.calls),
        )

    def _steps(self, settled: _Settled | None) -> list[Step]:
        """With the step that decided marked as the one that settled it."""
        if settled is None:
            return self.steps
        return [
            replace(step, settled=step.tier == settled.tier and step.score == settled.score)
            for step in self.steps
        ]

    def _settled_verdict(self, settled: _Settled) -> Verdict:
        opinion = settled.opinion
        return Verdict(
            outcome=settled.outcome,
            score=settled.score,
            decided_by=settled.tier,
            reason=opinion.reason,
            categories=opinion.categories,
            severity=opinion.severity,
            findings=self._findings(),
        )

    def _open_verdict(self, unseen: Sequence[Coverage]) -> Verdict:
        scores = [step.score for step in self.steps if step.score is not None]
        last = self.opinions[-1] if self.opinions else Opinion(0.5)
        return Verdict(
            outcome=Outcome.INCONCLUSIVE,
            score=scores[-1] if scores else None,
            decided_by=None,
            reason=self._why_open(unseen),
            categories=last.categories,
            severity=last.severity,
            findings=self._findings(),
        )

    def _why_open(self, unseen: Sequence[Coverage]) -> str:
        errors = [f"{step.tier} failed ({step.error})" for step in self.steps if step.error]
        sentences = [
            "No tier could settle it.",
            f"{'; '.join(errors)}." if errors else "",
            f"Not judged: {_names(unseen)}." if unseen else "",
            next((o.reason for o in reversed(self.opinions) if o.reason), ""),
        ]
        return " ".join(sentence for sentence in sentences if sentence)

    def _findings(self) -> tuple[Finding, ...]:
        """Of all tiers, the later ones first: they looked closer."""
        found = [finding for opinion in reversed(self.opinions) for finding in opinion.findings]
        return tuple(dict.fromkeys((*found, *self.noted)))


def _instead(call: ModelCall) -> Degradation:
    return Degradation(f"models.{call.instead_of}:fallback:{call.endpoint}")


def _names(rows: Sequence[Coverage]) -> str:
    return ", ".join(f"{row.part} ({row.reason})" if row.reason else row.part for row in rows)
