"""The numbers that the rules are made from."""

import re
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

FILE = Path(__file__).parents[2] / "deploy" / "prometheus" / "thresholds.yaml"

Duration = Annotated[str, StringConstraints(pattern=r"^([0-9]+(ms|[smhdw]))+$")]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[float, Field(ge=0)]
Goal = Annotated[float, Field(ge=0, lt=1)]
"""What is missing to 1 is the budget, which others are divided by."""
Names = Annotated[str, StringConstraints(pattern=r"^[\w:|.*]*$")]
"""A regular expression, as it stands between quotes in a matcher."""
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def seconds(duration: str) -> float:
    """Of a duration as Prometheus writes it."""
    parts = re.findall(r"([0-9]+)(ms|[smhdw])", duration)
    return float(sum(int(number) * _SECONDS[unit] for number, unit in parts))


class _Part(BaseModel):
    """The Helm chart has the same names in its values, in camel case."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )


class Links(_Part):
    grafana: str
    candor: str
    runbook: str


class Windows(_Part):
    now: Duration
    fast: Duration
    slow: Duration
    baseline: Duration
    day: Duration
    week: Duration
    drift: Duration


class Patience(_Part):
    short: Duration
    long: Duration


class Deception(_Part):
    times_baseline: Count
    above_baseline: Share
    deviations: Count
    least_deceptive: Count
    least_history: Count
    share_without_history: Share


class Blind(_Part):
    least_expected: Count


class Inconclusive(_Part):
    share: Share


class Degraded(_Part):
    share: Share
    excluded: Names = Field(alias="except")


class CoverageTarget(_Part):
    target: Share
    parts: Names


class Escalation(_Part):
    times_baseline: Count
    above_baseline: Share


class Cost(_Part):
    times_baseline: Count
    least_usd_per_hour: Count
    budget_usd_per_day: Count
    burn: Count


class Drift(_Part):
    distance: Share
    least_scores: Count


class Debate(_Part):
    undecided_share: Share
    least_debates: Count


class Audits(_Part):
    miss_rate: Share
    false_positive_rate: Share


class Burn(_Part):
    """One pair of windows, and how many times faster than evenly the error budget goes."""

    name: str
    severity: str
    long: Duration
    short: Duration
    factor: float


class Objectives(_Part):
    answered: Goal
    quick: Goal
    quick_seconds: float
    least_requests: Count
    burn: tuple[Burn, ...]


class Cache(_Part):
    failed_share: Share


class Loop(_Part):
    lag_seconds: float


class Traffic(_Part):
    least_expected: Count


class Injector(_Part):
    certificate_days: Count


class Thresholds(_Part):
    """The whole file."""

    interval: Duration
    links: Links
    windows: Windows
    patience: Patience
    least_answers: Count
    deception: Deception
    blind: Blind
    inconclusive: Inconclusive
    degraded: Degraded
    coverage: CoverageTarget
    escalation: Escalation
    cost: Cost
    drift: Drift
    debate: Debate
    audits: Audits
    objectives: Objectives
    cache: Cache
    loop: Loop
    traffic: Traffic
    injector: Injector

    @classmethod
    def read(cls, file: Path = FILE) -> Self:
        """Raises: OSError, yaml.YAMLError, pydantic.ValidationError."""
        return cls.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))

    def with_changes(self, changes: dict[str, Any]) -> Self:
        """The same with other values at some places, named as the fields are; mappings are
        merged."""
        return type(self).model_validate(_merged(self.model_dump(), changes))


def _merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    both = {k: _merged(old[k], v) for k, v in new.items() if isinstance(v, dict) and k in old}
    return old | new | both
