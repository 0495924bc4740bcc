"""Scores that somebody has already: a JSONL file of scores, or an export of the ledger."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from candor.domain.calibration import Curve, LogisticCurve
from candor.domain.errors import ConfigError, InvalidExchange
from candor.domain.ledger import joined_groups
from candor.domain.usage import Usage
from candor.learning.calibration.sample import ScoredRow, Turn
from candor.learning.evidence import lot
from candor.learning.labelled import invalid, numbered_lines, told

Score = Annotated[float, Field(ge=0, le=1)]


class _ScoredLine(BaseModel):
    """`scores` are raw, by tier, null where a tier was undecided; `score` is that of the tier
    that is calibrated."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    label: Literal["deceptive", "non_deceptive"]
    group: str = Field(min_length=1)
    score: Score | None = None
    scores: dict[str, Score | None] = {}
    reasoning: bool = False
    weight: float = Field(1.0, gt=0, allow_inf_nan=False)
    seconds: dict[str, float] = {}
    id: str = ""
    category: str = ""
    source: str = ""


class _Step(BaseModel):
    tier: str
    score: Score | None = None
    elapsed_ms: float | None = None
    usage: dict[str, Any] = {}


class _Review(BaseModel):
    label: Literal["deceptive", "non_deceptive"]


class _Coverage(BaseModel):
    part: str


class _Audit(BaseModel):
    """What tiers after `tier` found of a verdict on which it had settled."""

    outcome: str
    decided_by: str | None = None
    weight: float = Field(1.0, ge=1, allow_inf_nan=False)

    def label_beyond(self, tier: str) -> str | None:
        settled = self.outcome in {"deceptive", "non_deceptive"}
        return self.outcome if settled and self.decided_by not in {None, tier} else None


class _LedgerLine(BaseModel):
    """What calibration wants of an exported verdict; the rest of it is passed over."""

    steps: tuple[_Step, ...]
    id: str = ""
    groups: tuple[str, ...] = ()
    outcome: str = ""
    decided_by: str | None = None
    review: _Review | None = None
    audit: _Audit | None = None
    policy: dict[str, str] = {}
    coverage: tuple[_Coverage, ...] = ()

    @property
    def with_reasoning(self) -> bool:
        return any(row.part == "reasoning" for row in self.coverage)

    def label_beyond(self, tier: str) -> str | None:
        """A person's word; else what an audit found; else what another tier settled, which this
        one did not."""
        if self.review is not None:
            return self.review.label
        if self.audit is not None and (found := self.audit.label_beyond(tier)):
            return found
        settled = self.outcome in {"deceptive", "non_deceptive"}
        return self.outcome if settled and self.decided_by not in {None, tier} else None

    def chance(self, tier: str) -> float:
        """With which it would have a label however `tier` had settled; 0: a label, if any,
        hangs on what it said."""
        if self.decided_by != tier:
            return 1.0
        return 1 / self.audit.weight if self.audit and self.audit.label_beyond(tier) else 0.0


def holds_scores(path: Path) -> bool:
    """Whether the first line of the file has scores, and so need not be judged.

    Raises: InvalidExchange.
    """
    for number, line in numbered_lines(path):
        try:
            first = json.loads(line)
        except ValueError as exc:
            raise invalid(path, number, "it is not JSON") from exc
        return isinstance(first, dict) and bool({"score", "scores", "steps"} & first.keys())
    raise invalid(path, 1, "the file is empty")


def read_scored(path: Path, tier: str, curves: Mapping[str, Curve]) -> list[ScoredRow]:
    """`curves` are those of the policy in force, by tier: an export of the ledger has calibrated
    scores, which are turned back. Verdicts without a label are passed over; those that share a
    user, a session or a prompt end in one group. What `tier` settled has a label only if an
    audit drew it, what it handed on always: all are thinned to the rate of the audits, since the
    promise knows no weights.

    Raises: InvalidExchange, ConfigError.
    """
    rows: dict[str, ScoredRow] = {}
    shared: dict[str, tuple[str, ...]] = {}
    drawn = _Drawn()
    versions = _Versions(path, curves)
    for number, line in numbered_lines(path):
        try:
            if not _is_verdict(line):
                rows[str(number)] = _from_scores(_ScoredLine.model_validate_json(line), tier)
                continue
            verdict = _LedgerLine.model_validate_json(line)
        except ValidationError as exc:
            raise invalid(path, number, told(exc)) from exc
        versions.check(number, verdict)
        drawn.take(str(number), verdict, tier)
        if found := _from_ledger(verdict, tier, curves):
            rows[str(number)], shared[str(number)] = found, verdict.groups
    kept = drawn.kept(rows, path)
    joined = joined_groups({name: shared[name] for name in kept if name in shared})
    return [replace(row, group=joined.get(name, row.group)) for name, row in kept.items()]


@dataclass(slots=True)
class _Drawn:
    """Which of an export's verdicts are a uniform sample of it. Lines of scores are all kept."""

    chances: dict[str, tuple[str, float]] = field(init=False, default_factory=dict)
    settled: list[float] = field(init=False, default_factory=list)

    def take(self, name: str, verdict: _LedgerLine, tier: str) -> None:
        chance = verdict.chance(tier)
        self.chances[name] = (verdict.id or name, chance)
        if verdict.decided_by == tier:
            self.settled.append(chance)

    def kept(self, rows: Mapping[str, ScoredRow], path: Path) -> dict[str, ScoredRow]:
        """Raises: InvalidExchange where nothing of what the tier settled was audited."""
        rate = self._rate()
        if not rate:
            raise InvalidExchange(
                f"{path}: the tier settled verdicts and none of them was audited",
                field="data",
                kind="no-random-sample",
                hint="such labels are no random sample of the traffic: set audit_rate in the "
                "policy and export again, or calibrate from labels drawn at random",
            )
        return {name: row for name, row in rows.items() if self._keeps(name, rate)}

    def _rate(self) -> float:
        """1 where the tier settled nothing, 0 where nothing that it settled was audited."""
        return min(
            (chance for chance in self.settled if chance), default=0.0 if self.settled else 1.0
        )

    def _keeps(self, name: str, rate: float) -> bool:
        verdict, chance = self.chances.get(name, ("", 1.0))
        return not verdict or (chance > 0 and lot(verdict) * chance < rate)


@dataclass(slots=True)
class _Versions:
    """Scores of several versions of a policy may have gone through several curves."""

    path: Path
    curves: Mapping[str, Curve]
    seen: set[str] = field(init=False, default_factory=set)

    def check(self, number: int, verdict: _LedgerLine) -> None:
        """Raises: InvalidExchange."""
        self.seen.add(verdict.policy.get("version", ""))
        curved = any(curve != LogisticCurve() for curve in self.curves.values())
        if len(self.seen) > 1 and curved:
            raise invalid(self.path, number, "policy.version: differs, and so may its curves")


def _is_verdict(line: bytes) -> bool:
    if b'"steps"' not in line:
        return False
    try:
        parsed = json.loads(line)
    except ValueError:
        return False
    return isinstance(parsed, dict) and "steps" in parsed


def _from_scores(line: _ScoredLine, tier: str) -> ScoredRow:
    given = line.model_fields_set
    scores = {**line.scores, **({tier: line.score} if "score" in given else {})}
    turns = {name: Turn(score, line.seconds.get(name)) for name, score in scores.items()}
    return ScoredRow(line.group, line.label == "deceptive", line.reasoning, turns, line.weight)


def _from_ledger(line: _LedgerLine, tier: str, curves: Mapping[str, Curve]) -> ScoredRow | None:
    label = line.label_beyond(tier)
    if label is None:
        return None
    turns = {
        step.tier: Turn(
            _raw(step.score, step.tier, curves),
            None if step.elapsed_ms is None else step.elapsed_ms / 1000,
            _usage(step.usage),
        )
        for step in line.steps
        if step.score is not None
    }
    return ScoredRow("", label == "deceptive", line.with_reasoning, turns)


def _usage(spent: Mapping[str, Any]) -> Usage:
    return Usage(
        int(spent.get("model_calls", 0)),
        int(spent.get("input_tokens", 0)),
        int(spent.get("output_tokens", 0)),
        float(spent.get("cost_usd", 0.0)),
    )


def _raw(score: float, tier: str, curves: Mapping[str, Curve]) -> float:
    """What the curve made the score from.

    Raises: ConfigError for a curve that has flat parts.
    """
    curve = curves.get(tier, LogisticCurve())
    if not isinstance(curve, LogisticCurve) or curve.slope == 0:
        raise ConfigError(
            f"the scores of tier {tier!r} in the ledger went through a curve that cannot be "
            "turned back: calibrate from labelled exchanges, or from a file of raw scores"
        )
    if curve == LogisticCurve():
        return score
    clipped = min(max(score, 1e-15), 1 - 1e-15)
    odds = (math.log(clipped / (1 - clipped)) - curve.intercept) / curve.slope
    return 1 / (1 + math.exp(-max(-700.0, min(700.0, odds))))
