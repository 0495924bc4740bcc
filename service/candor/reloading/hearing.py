"""Who hears of what a generation does: metrics, the ledger, the log, and readiness."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog

from candor.adapters.vlm.breaker import Breaker
from candor.api.reloads import Reloaded, ReloadResult
from candor.building import Built
from candor.domain.auditing import Audit
from candor.domain.generations import Generations
from candor.domain.ledger import Ledger
from candor.domain.ports import Replaceable
from candor.domain.shadowing import Shadowed
from candor.readiness import Dependency, Readiness
from candor.telemetry.metrics import Metrics


@dataclass(slots=True)
class Hearing:
    """`looks` are at what all generations share."""

    metrics: Metrics
    ledger: Ledger
    readiness: Readiness
    looks: Sequence[Dependency]
    _breakers: Mapping[str, Breaker] = field(init=False, default_factory=dict)

    def take(self, built: Built) -> None:
        """From now on this one counts."""
        monitor, metrics = built.monitor, self.metrics
        monitor.joins.told_to(metrics.joined_here)
        monitor.auditor.told_to(metrics.observe_audit)
        monitor.auditor.told_to(lambda audit, _: self._keep(audit))
        monitor.shadows.told_to(self._shadowed)
        self._show_breakers(built.breakers)
        metrics.learned(n for n, one in built.classifiers.items() if isinstance(one, Replaceable))
        self.readiness.look_at((*self.looks, *built.looks))
        metrics.config_loaded.set(time.time())

    def _show_breakers(self, breakers: Mapping[str, Breaker]) -> None:
        """Those that have gone are open no more, whatever becomes of their last calls."""
        for name, gone in self._breakers.items():
            if breakers.get(name) is not gone:
                gone.told_to(_unheard)
                self.metrics.breaker_open.labels(name).set(0)
        for name, breaker in breakers.items():
            breaker.told_to(self.metrics.breaker_open.labels(name).set)
        self._breakers = breakers

    def reloaded(self, done: Reloaded, generations: Generations) -> None:
        self.metrics.reloads.labels(done.result).inc()
        self.metrics.config_generation.set(done.generation)
        log = structlog.get_logger("candor")
        told = {
            "generation": done.generation,
            "open_generations": generations.open,
            "changed": list(done.changed),
            "needs_restart": list(done.needs_restart),
        }
        if done.result is ReloadResult.REFUSED:
            log.error("reload refused", problem=done.problem, **told)
        else:
            log.info("reload", result=done.result.value, **told)

    def _keep(self, audit: Audit) -> None:
        found = audit.found(datetime.now(UTC)) if self.ledger.keeps else None
        if found is not None:
            self.ledger.audited(found)

    def _shadowed(self, shadowed: Shadowed) -> None:
        self.metrics.observe_shadow(shadowed)
        report = shadowed.report
        structlog.get_logger("candor").info(
            "shadow verdict",
            policy=shadowed.policy.name,
            shadow=shadowed.shadow.name,
            version=shadowed.shadow.version,
            agreement=shadowed.agreement.value,
            outcome=report.verdict.outcome.value if report else None,
            action=report.action.value if report else None,
            score=report.verdict.score if report else None,
        )


def _unheard(_: bool) -> None: ...
