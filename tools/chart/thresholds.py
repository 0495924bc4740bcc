"""The numbers of the alerts, as values of the chart: those of `deploy/prometheus/thresholds.yaml`
without its windows, which are in the names of what is recorded."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from tools.rules import thresholds as rules

QUICK_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 90.0)
"""Buckets of `candor_request_seconds`: between two of them nothing is known."""
Quick = Annotated[float, Field(json_schema_extra={"enum": list(QUICK_SECONDS)})]
Factor = Annotated[float, Field(gt=0)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel)


class Burn(_Part):
    page: Factor
    urgent: Factor
    ticket: Factor


class Objectives(_Part):
    answered: rules.Goal
    quick: rules.Goal
    quick_seconds: Quick
    least_requests: rules.Count
    burn: Burn


class Thresholds(_Part):
    patience: rules.Patience
    least_answers: rules.Count
    deception: rules.Deception
    blind: rules.Blind
    inconclusive: rules.Inconclusive
    degraded: rules.Degraded
    coverage: rules.CoverageTarget
    escalation: rules.Escalation
    cost: rules.Cost
    drift: rules.Drift
    debate: rules.Debate
    audits: rules.Audits
    objectives: Objectives
    cache: rules.Cache
    loop: rules.Loop
    traffic: rules.Traffic
    injector: rules.Injector
