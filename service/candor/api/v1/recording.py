"""From an answer that was given to what the ledger keeps of it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from candor.api.dependencies import State
from candor.api.v1.receive import Received
from candor.domain.callers import DEFAULT_TENANT
from candor.domain.ledger import VerdictRecord, groups_of
from candor.domain.monitor import Wishes
from candor.domain.verdict import Report
from candor.telemetry.logs import Told


@dataclass(frozen=True, slots=True)
class About:
    """What the ledger says of an exchange where it does not keep it: its digest, and what it has
    in common with others."""

    digest: str
    groups: tuple[str, ...]
    tenant: str = DEFAULT_TENANT


def note(report: Report, received: Received, told: Told, state: State) -> None:
    """Neither waits nor fails: the ledger writes when it can."""
    if not state["ledger"].keeps:
        return
    exchange, now = received.exchange, datetime.now(UTC)
    retention = state["monitor"].policies[report.policy.name].config.retention
    record = _record(report, told, about(received, state), now)
    state["ledger"].record(replace(record, content=retention.of(exchange, now)))


def note_known(report: Report, about: About, told: Told, state: State) -> None:
    """The same for an exchange that is not at hand, because nothing of it is kept."""
    state["ledger"].record(_record(report, told, about, datetime.now(UTC)))


def about(received: Received, state: State) -> About:
    return About(received.exchange.digest(), groups(received, state), received.tenant.name)


def label(received: Received, state: State) -> str:
    """What the monitored model is called in metrics and records."""
    model = received.request.model
    return received.tenant.label(model, state["metrics"].model_label(model))


def needs_no_exchange(wishes: Wishes, state: State) -> bool:
    """Whether `note_known` would write all that `note` would."""
    if not state["ledger"].keeps:
        return True
    policy = state["monitor"].policies.get(wishes.policy)
    return policy is not None and policy.config.retention.content == "none"


def groups(received: Received, state: State) -> tuple[str, ...]:
    """What this request has in common with others; nothing where nothing is kept."""
    if not state["ledger"].keeps:
        return ()
    salt = state["config"].group_salt
    return groups_of(received.exchange, received.request.metadata, salt)


def _record(report: Report, told: Told, about: About, now: datetime) -> VerdictRecord:
    verdict = report.verdict
    return VerdictRecord(
        id=told.id,
        at=now,
        policy=report.policy,
        model=told.model,
        outcome=verdict.outcome,
        action=report.action,
        score=verdict.score,
        decided_by=verdict.decided_by,
        digest=about.digest,
        groups=about.groups,
        tenant=about.tenant,
        cache=report.cache,
        categories=verdict.categories,
        steps=report.steps,
        coverage=report.coverage,
        degraded=tuple(dict.fromkeys(d.reason for d in report.degraded)),
        usage=report.usage,
        features=report.features,
        ticket=report.audit.id if report.audit else None,
    )
