"""Who hears what is to be counted."""

import functools
from collections.abc import Callable, Sequence

from candor.adapters.auditlog import AuditLogTally
from candor.adapters.cache.tally import CacheTally
from candor.adapters.ledger.tally import Tally
from candor.domain.admission import Admission
from candor.settings import Settings
from candor.telemetry.metrics import Metrics
from candor.telemetry.tracing import Tracing
from candor.wiring.parts import Parts


def labelled(settings: Settings) -> Sequence[str]:
    """Monitored models with a label of their own, whosever they are."""
    lists = (settings.metrics.models, *(t.models or () for t in settings.tenants.values()))
    return tuple(dict.fromkeys(name for models in lists for name in models))


def counted_admission(settings: Settings, metrics: Metrics) -> Admission:
    asks_models = any(policy.models() for policy in settings.policies.values())
    # Whose keys are in a file is not known for good: it changes while we run.
    tenants = len(settings.tenant_names) + 2 * (settings.auth.keys_file is not None)
    admission = Admission.of(settings.admission, tenants, asks_models, settings.work.threads)
    for name, slots in (("judging", admission.judging), ("debates", admission.debates)):
        if slots is not None:
            slots.told_to(functools.partial(metrics.slots, name))
    return admission


def cache_tally(metrics: Metrics) -> CacheTally:
    # Looked up once: this is counted with every known verdict.
    level_hits = functools.cache(metrics.cache_level_hits.labels)
    return CacheTally(
        hit=lambda level: level_hits(level).inc(),
        unreadable=metrics.cache_unreadable.inc,
        unopened=lambda area: metrics.unopened.labels(area).inc(),
    )


def ledger_tally(metrics: Metrics) -> Tally:
    return Tally(
        written=metrics.ledger_written.inc,
        dropped=lambda reason, count: metrics.ledger_dropped.labels(reason).inc(count),
        failed=metrics.ledger_failures.inc,
        waiting=metrics.ledger_waiting.set,
    )


def audit_tally(metrics: Metrics) -> AuditLogTally:
    return AuditLogTally(
        written=metrics.audit_log_written.inc,
        lost=lambda reason, count: metrics.audit_log_lost.labels(reason).inc(count),
        failed=lambda reason: metrics.audit_log_failures.labels(reason).inc(),
        waiting=metrics.audit_log_waiting.set,
    )


def count_parts(parts: Parts, metrics: Metrics, tracing: Tracing) -> None:
    if tracing.on:
        metrics.traced_by(tracing.exemplar)
    if parts.redis is not None:
        parts.redis.told_to(redis_failures(metrics), metrics.redis_breaker_open.set)
    parts.monitor.leases.told_to(metrics.in_the_fleet)


def redis_failures(metrics: Metrics) -> Callable[[str], object]:
    return lambda reason: metrics.redis_errors.labels(reason).inc()
