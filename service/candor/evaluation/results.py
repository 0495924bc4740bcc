"""What came of each case under each policy, kept line by line so that a run can be continued."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from candor.domain.errors import CandorError, ConfigError, InvalidExchange
from candor.domain.exchange import Exchange
from candor.domain.verdict import Outcome, PolicyRef, Report
from candor.evaluation.case import BenchmarkCase


class StepTaken(BaseModel):
    """One tier's turn."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tier: str
    score: float | None = None
    settled: bool = False
    seconds: float = 0.0
    error: str | None = None


class Result(BaseModel):
    """One case under one policy; no content of the exchange.

    `error` names what went wrong where there is no verdict: such a result counts in no metric.
    `degraded`: a dependency failed, and somebody else spoke the verdict.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    case: str
    digest: str
    policy: str
    version: str
    deceptive: bool
    target: str = ""
    category: str = ""
    source: str = ""
    group: str
    weight: float = Field(1.0, gt=0, allow_inf_nan=False)
    reasoning: bool
    outcome: Outcome | None = None
    score: float | None = None
    decided_by: str | None = None
    steps: tuple[StepTaken, ...] = ()
    model_calls: int = 0
    cost_usd: float = 0.0
    seconds: float = 0.0
    degraded: bool = False
    error: str = ""

    @property
    def key(self) -> tuple[str, str, str, str]:
        return (self.policy, self.version, self.case, self.digest)

    @property
    def settled(self) -> bool:
        return self.outcome in (Outcome.DECEPTIVE, Outcome.NON_DECEPTIVE)

    @property
    def escalated(self) -> bool:
        """Whether a second tier was asked."""
        return len({step.tier for step in self.steps}) > 1


def key_of(ref: PolicyRef, case: BenchmarkCase, digest: str) -> tuple[str, str, str, str]:
    """As `Result.key`."""
    return (ref.name, ref.version, case.id, digest)


def digest_of(case: BenchmarkCase, exchange: Exchange) -> str:
    """Changes when the exchange or what is said of it changes."""
    known = (exchange.digest(), str(case.deceptive), case.target, case.category, case.source)
    weighed = () if case.weight == 1 else (repr(case.weight),)
    told = "\n".join((*known, case.group, *weighed))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Trial:
    """One case that is being put to one policy."""

    case: BenchmarkCase
    ref: PolicyRef
    digest: str
    reasoning: bool

    def judged(self, report: Report, seconds: float) -> Result:
        """A cascade that ends open because a tier failed is an error, not a doubt."""
        verdict, usage = report.verdict, report.usage
        failed = any(one.transient for one in report.degraded)
        is_open = verdict.outcome is Outcome.INCONCLUSIVE
        return self._blank(seconds).model_copy(
            update={
                "outcome": None if failed and is_open else verdict.outcome,
                "score": None if failed and is_open else verdict.score,
                "decided_by": verdict.decided_by,
                "steps": tuple(_taken(report)),
                "model_calls": usage.model_calls,
                "cost_usd": usage.cost_usd,
                "degraded": failed and not is_open,
                "error": _errors(report) if failed and is_open else "",
            }
        )

    def failed(self, error: CandorError, seconds: float) -> Result:
        return self._blank(seconds).model_copy(update={"error": type(error).__name__})

    def _blank(self, seconds: float) -> Result:
        case = self.case
        return Result(
            case=case.id,
            digest=self.digest,
            policy=self.ref.name,
            version=self.ref.version,
            deceptive=bool(case.deceptive),
            target=case.target,
            category=case.category,
            source=case.source,
            group=case.group,
            weight=case.weight,
            reasoning=self.reasoning,
            seconds=seconds,
        )


def _taken(report: Report) -> Iterator[StepTaken]:
    for step in report.steps:
        yield StepTaken(
            tier=step.tier,
            score=step.score,
            settled=step.settled,
            seconds=step.elapsed_seconds,
            error=step.error,
        )


def _errors(report: Report) -> str:
    return ", ".join(dict.fromkeys(one.reason for one in report.degraded if one.transient))


class ResultsFile:
    """JSON lines; the last line may be torn, because the run that wrote it was killed."""

    def __init__(self, path: Path, known: Sequence[Result]) -> None:
        self.path = path
        self.known = {result.key: result for result in known}

    @classmethod
    def begin(cls, path: Path, *, resume: bool) -> Self:
        """Raises: ConfigError when there are results that nobody wants to continue;
        InvalidExchange when they cannot be read."""
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            return cls(path, ())
        if not resume:
            raise ConfigError(f"{path} exists: continue it with --resume, or name another --out")
        return cls(path, _whole_lines(path))

    def add(self, result: Result) -> None:
        """Written at once, so that a run that is stopped here has lost nothing."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(result.model_dump_json() + "\n")
        self.known[result.key] = result


def _whole_lines(path: Path) -> list[Result]:
    """What was written in full; the rest is cut off, so that new lines begin at the margin."""
    data = path.read_bytes()
    end = data.rfind(b"\n") + 1
    if end < len(data):
        path.write_bytes(data[:end])
    lines = data[:end].splitlines()
    return [_result(path, number, line) for number, line in enumerate(lines, start=1)]


def _result(path: Path, number: int, line: bytes) -> Result:
    try:
        return Result.model_validate_json(line)
    except ValidationError:
        raise InvalidExchange(
            f"{path}, line {number}: not a result of this version",
            field="out",
            hint="name another --out",
        ) from None
