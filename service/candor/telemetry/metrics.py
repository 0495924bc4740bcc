"""Every series Candor exports, declared once.

Labels come from short, fixed lists: names from the configuration, and words from the code.
"""

import functools
import math
import re
from collections import Counter as Counts
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar, cast

import prometheus_client
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from candor import __version__
from candor.domain.auditing import LEAST_AUDITS, LEAST_KNOWN, Audit, Rate, Tally
from candor.domain.debate.endings import UNDECIDABLE, UNSTABLE
from candor.domain.fleet import FleetEvent
from candor.domain.shadowing import Shadowed
from candor.domain.usage import ModelCall
from candor.domain.verdict import CacheResult, Outcome, Report, ShadowResult, Stance, Step

OTHER = "other"
NOBODY = "none"
# The score of a category from which a deceptive verdict counts as one of that kind.
_SHOWS = 0.5
_KNOWN = (CacheResult.HIT, CacheResult.JOINED)
# Two kinds of slots, and the line for work on images.
_SHED = ("admission", "debates", "image_pool")
_PARTS = frozenset(
    {"response", "reasoning", "conversation", "context", "images", "frames", "picture", "marks"}
)
_INDEX = re.compile(r"\[\d+\]")
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 90)
_LAGS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
_OPENMETRICS = "application/openmetrics-text"
_TENTHS = tuple(n / 20 for n in range(1, 20))

M = TypeVar("M", Counter, Gauge, Histogram)

Exemplar = dict[str, str]
"""The labels of a trace."""


def _untraced() -> Exemplar | None:
    return None


class _One(Protocol):
    """The series with these labels. The library takes longer to find it than to count in it."""

    def __call__(self, metric: M, *labels: str) -> M: ...


def _one(metric: M, *labels: str) -> M:
    return metric.labels(*labels)


class Metrics:
    """`models` are the monitored models that get a label of their own.

    `multiprocess_dir` is where several worker processes keep their counts
    (`PROMETHEUS_MULTIPROC_DIR`, which must be set before the process starts).
    """

    def __init__(
        self,
        registry: CollectorRegistry,
        models: Sequence[str] = (),
        multiprocess_dir: str | None = None,
    ) -> None:
        # Half as many series: nobody asks when a counter was made.
        prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call] # no types there
        self.registry = registry
        self._models = frozenset(models)
        self._multiprocess_dir = multiprocess_dir
        self._put_off: list[Repeated] = []
        self._slots_now: dict[str, tuple[int, int]] = {}
        self._exemplar: Callable[[], Exemplar | None] = _untraced
        self._one = cast(_One, functools.cache(_one))
        registry.register(_SettledFirst(self.settle))
        self._declare_verdicts()
        self._declare_steps()
        self._declare_audits()
        self._declare_models()
        self._declare_service()
        self._declare_ledger()
        self._declare_audit_log()
        self._declare_redis()
        self._declare_jobs()
        self._declare_sharing()
        self._declare_reloads()
        self._declare_shadows()
        self._declare_tracing()

    def _declare_verdicts(self) -> None:
        self.verdicts = self._counter(
            "verdicts", "Answers given.", "policy", "model", "outcome", "action", "decided_by"
        )
        self.score = Histogram(
            "candor_deception_score",
            "Calibrated scores of answers that have one, 0..1.",
            ["policy", "model"],
            registry=self.registry,
            buckets=_TENTHS,
        )
        self.operations = self._counter(
            "operations", "Visual operations that debaters asked for.", "kind", "result"
        )
        self.posture = self._counter(
            "posture",
            "Answers whose action the failure posture had a say in.",
            "policy",
            "cause",
            "action",
        )
        self.categories = self._counter(
            "categories", "Deceptive answers that show a behaviour.", "policy", "model", "category"
        )
        self.degraded = self._counter("degraded", "Answers that lack something.", "reason")
        self.coverage_parts = self._counter(
            "coverage_parts", "Parts of exchanges by what became of them.", "part", "status"
        )

        self.redactions = self._counter(
            "redactions", "Secrets and personal data taken out of reports.", "kind"
        )
        self.addresses_judge = self._counter(
            "addresses_judge", "Answers with a text that speaks to the judge.", "part"
        )

    def _declare_steps(self) -> None:
        self.steps = self._counter("steps", "Turns of tiers.", "policy", "tier", "result")
        self.step_seconds = self._seconds("step_seconds", "Turns of tiers.", "policy", "tier")
        self.escalations = self._counter(
            "escalations", "Exchanges handed to the next tier.", "policy", "from_tier", "to_tier"
        )

        self.screen_unfamiliar = self._counter(
            "screen_unfamiliar",
            "Exchanges unlike all that a trained classifier learned from.",
            "classifier",
        )
        self.screen_shadow = self._counter(
            "screen_shadow", "What a candidate did where the one in charge decided.", "result"
        )
        self.debate_undecided = self._counter(
            "debate_undecided", "Debates that settled on neither side.", "policy"
        )
        self.debate_flips = self._counter(
            "debate_flips", "Debates that turned with the order of sides.", "policy"
        )

    def _declare_audits(self) -> None:
        self.audits = self._counter(
            "audits", "Settled verdicts drawn to be judged again.", "policy", "tier", "result"
        )
        self.audit_sample = Gauge(
            "candor_audit_sample",
            "Audits with a conclusion that the rates of the present policy rest on, by what the "
            "tier had settled.",
            ["policy", "tier", "settled"],
            registry=self.registry,
            multiprocess_mode="livemostrecent",
        )
        self.audit_miss_rate = self._rate(
            "audit_miss_rate", "Share of the deceptive that a tier cleared, as audits tell it."
        )
        self.audit_false_positive_rate = self._rate(
            "audit_false_positive_rate",
            "Share of the honest that a tier convicted, as audits tell it.",
        )

    def _declare_models(self) -> None:
        self.model_calls = self._counter(
            "model_calls", "Attempts at calls to models.", "endpoint", "role", "result"
        )
        self.model_call_seconds = self._seconds(
            "model_call_seconds", "Calls to models.", "endpoint", "role"
        )
        self.tokens = self._counter("tokens", "Tokens as billed.", "endpoint", "direction")
        self.cost = self._counter("cost_usd", "US dollars at configured prices.", "endpoint")
        self.breaker_open = Gauge(
            "candor_breaker_open",
            "1 while an endpoint is left alone because it did not answer; over several worker "
            "processes, how many of them do.",
            ["endpoint"],
            registry=self.registry,
            multiprocess_mode="livesum",
        )

    def _declare_service(self) -> None:
        self.request_seconds = self._seconds(
            "request_seconds", "Answered requests; `cache` decided what was known.", "decided_by"
        )
        self.cache_requests = self._counter(
            "cache_requests", "Answers by cache use.", "result", words=CacheResult
        )
        self.cache_errors = self._counter("cache_errors", "Answers given without the cache.")
        self.shed = self._counter("shed", "Requests turned away.", "reason", words=_SHED)
        self.auth_refused = self._counter(
            "auth_refused",
            "Requests of nobody we know: `missing` or `unknown` key, wrong `scope`, or keys that "
            "cannot be checked (`unavailable`).",
            "reason",
            words=("missing", "unknown", "scope", "unavailable"),
        )
        self.tenant_requests = self._counter(
            "tenant_requests",
            "Requests by what became of them: `answered`, `refused`, `limited`, `shed` or "
            "`failed`.",
            "tenant",
            "outcome",
        )
        self.rate_limited = self._counter(
            "rate_limited", "Requests over what a tenant may use.", "tenant", "measure"
        )
        self.rate_limits_alone = self._counter(
            "rate_limits_alone", "Times that usage was counted without the other replicas."
        )
        self.slots_taken = self._slots("taken", "Slots in which work is done now.")
        self.slots_waiting = self._slots("waiting", "Requests in line for a slot.")
        self.cancelled = self._counter("cancelled", "Requests whose caller hung up early.")
        self.connections_refused = self._counter(
            "connections_refused",
            "Connections that were hung up on before there was a request: `malformed`, "
            "`head_too_long`, `too_many_headers`, `slow_head` or `slow_body`.",
            "reason",
            words=("malformed", "head_too_long", "too_many_headers", "slow_head", "slow_body"),
        )
        self.shown_in_flight = Gauge(
            "candor_in_flight",
            "Requests being answered now.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self.in_flight = InFlight(self.shown_in_flight)
        self.loop_lag = Histogram(
            "candor_loop_lag_seconds",
            "How much later than asked for the event loop came back, 10 times a second. In "
            "seconds.",
            registry=self.registry,
            buckets=_LAGS,
        )
        self.build_info = Gauge(
            "candor_build_info",
            "Always 1; the version is in the label.",
            ["version"],
            registry=self.registry,
            multiprocess_mode="livemax",
        )
        self.build_info.labels(__version__).set(1)
        self.remote_images = self._counter(
            "remote_images",
            "Images named by URL: `fetched`, `refused`, `failed`, `timeout` or `too_large`.",
            "result",
            words=("fetched", "refused", "failed", "timeout", "too_large"),
        )

    def _declare_ledger(self) -> None:
        self.ledger_written = self._counter("ledger_written", "Verdicts written to the ledger.")
        self.ledger_dropped = self._counter(
            "ledger_dropped",
            "Verdicts that did not get into the ledger.",
            "reason",
            words=("full", "refused", "unwritable", "shutdown"),
        )
        self.ledger_failures = self._counter(
            "ledger_failures", "Writes that the ledger did not take; they are tried again."
        )
        self.ledger_waiting = Gauge(
            "candor_ledger_waiting",
            "Verdicts in line to be written.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )

    def _declare_audit_log(self) -> None:
        self.audit_log_written = self._counter(
            "audit_log_written", "Lines written to the audit log."
        )
        self.audit_log_lost = self._counter(
            "audit_log_lost",
            "Lines that did not get into the audit log; `refused`: their request was turned away.",
            "reason",
            words=("full", "refused", "shutdown"),
        )
        self.audit_log_failures = self._counter(
            "audit_log_failures",
            "Writes that the audit log's disk did not take.",
            "reason",
            words=("disk_full", "denied", "error"),
        )
        self.audit_log_waiting = Gauge(
            "candor_audit_log_waiting",
            "Lines of the audit log that wait to be written.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )

    def _declare_sharing(self) -> None:
        self.joins = self._counter(
            "joins",
            "Waits for work that somebody else had begun: in this `process`, or in the `fleet` "
            "(one for all who wait in this process).",
            "where",
            words=("process", "fleet"),
        )
        self.fleet_takeovers = self._counter(
            "fleet_takeovers", "Work begun anew after waiting for a replica that gave none."
        )
        self.fleet_leases_lost = self._counter(
            "fleet_leases_lost", "Leases that ran out while their holder still worked."
        )
        self.fleet_errors = self._counter(
            "fleet_errors",
            "What could not be agreed with other replicas.",
            "reason",
            words=(FleetEvent.CLAIM_FAILED, FleetEvent.RENEW_FAILED, FleetEvent.END_FAILED),
        )

    def _declare_reloads(self) -> None:
        self.reloads = self._counter(
            "reloads",
            "Times the configuration was loaded again: `replaced`, `unchanged` or `refused`.",
            "result",
            words=("replaced", "unchanged", "refused"),
        )
        self.config_generation = Gauge(
            "candor_config_generation",
            "Which configuration is in force, counted from 1 in each process; over several "
            "worker processes, the lowest.",
            registry=self.registry,
            multiprocess_mode="livemin",
        )
        self.config_generation.set(1)
        self.config_loaded = Gauge(
            "candor_config_loaded_timestamp_seconds",
            "When the configuration in force was loaded, in seconds since 1970; over several "
            "worker processes, the oldest.",
            registry=self.registry,
            multiprocess_mode="livemin",
        )

    def _declare_shadows(self) -> None:
        self.shadow_verdicts = self._counter(
            "shadow_verdicts",
            "Verdicts that a shadow policy was drawn to give too: `agrees`, `differs` (in the "
            "outcome alone), `stricter`, `laxer` (in the action), `failed` or `dropped`.",
            "policy",
            "shadow",
            "agreement",
        )
        self.shadow_calls = self._counter(
            "shadow_model_calls", "Of candor_model_calls_total, those of shadows.", "shadow"
        )
        self.shadow_tokens = self._counter(
            "shadow_tokens", "Of candor_tokens_total, those of shadows.", "shadow", "direction"
        )
        self.shadow_cost = self._counter(
            "shadow_cost_usd", "Of candor_cost_usd_total, that of shadows.", "shadow"
        )

    def _declare_redis(self) -> None:
        self.cache_level_hits = self._counter(
            "cache_level_hits",
            "Verdicts found: `local` in this process, `stale` there while Redis was away, "
            "`shared` in Redis.",
            "level",
            words=("local", "stale", "shared"),
        )
        self.cache_unreadable = self._counter(
            "cache_unreadable", "Entries found in Redis that this version cannot read."
        )
        self.unopened = self._counter(
            "unopened",
            "Sealed entries in Redis that no key opens: `cache`, `lease` or `job`.",
            "area",
            words=("cache", "lease", "job"),
        )
        self.redis_errors = self._counter(
            "redis_errors", "Operations on Redis that failed or were not tried.", "reason"
        )
        self.redis_breaker_open = Gauge(
            "candor_redis_breaker_open",
            "1 while Redis is left alone because it did not answer; over several worker "
            "processes, how many of them do.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )

    def _declare_jobs(self) -> None:
        self.jobs = self._counter(
            "jobs",
            "Jobs that ended: `done`, `failed`, `cancelled`, or `poisoned` (given up because "
            "workers went down with them).",
            "state",
            words=("done", "failed", "cancelled", "poisoned"),
        )
        self.jobs_waiting = Gauge(
            "candor_jobs_waiting",
            "Jobs in line. Every process that shares a queue shows the same number.",
            ["priority"],
            registry=self.registry,
            multiprocess_mode="livemostrecent",
        )
        self.job_seconds = self._seconds("job_seconds", "Time a worker took for one job.")
        self.webhook_deliveries = self._counter(
            "webhook_deliveries",
            "Sends of webhooks: `delivered`, `retried` or `dead`.",
            "result",
            words=("delivered", "retried", "dead"),
        )
        self.dead_letters = self._counter(
            "dead_letters",
            "What was given up: `job` or `webhook`.",
            "kind",
            words=("job", "webhook"),
        )

    def _declare_tracing(self) -> None:
        self.trace_spans_lost = self._counter(
            "trace_export_failures",
            "Spans that never got to the collector: `undelivered` because it did not take them, "
            "`queue_full` because too many waited.",
            "reason",
            words=("undelivered", "queue_full"),
        )

    def traced_by(self, exemplar: Callable[[], Exemplar | None]) -> None:
        """`exemplar` gives labels for what is measured from now on: those of the trace that is
        open. The library keeps none where several processes count together."""
        self._exemplar = exemplar

    def _counter(self, name: str, what: str, *labels: str, words: Iterable[str] = ()) -> Counter:
        """`words` are all values of the only label: each is there from the start, as 0. A rate
        is taken between two samples, and would not see a first event that begins its series."""
        counter = Counter(f"candor_{name}", what, labels, registry=self.registry)
        for word in words:
            counter.labels(word)
        return counter

    def _seconds(self, name: str, what: str, *labels: str) -> Histogram:
        told = f"{what} In seconds."
        return Histogram(f"candor_{name}", told, labels, registry=self.registry, buckets=_SECONDS)

    def _slots(self, name: str, what: str) -> Gauge:
        return Gauge(
            f"candor_slots_{name}",
            what,
            ["pool"],
            registry=self.registry,
            multiprocess_mode="livesum",
        )

    def _rate(self, name: str, what: str) -> Gauge:
        """`bound` is `estimate`, `low` or `high`. A rate cannot be added up over worker
        processes: shown is that of the process that audited last."""
        return Gauge(
            f"candor_{name}",
            f"{what} `low` and `high` hold the true one with 95 % confidence; `estimate` is NaN "
            f"below {LEAST_AUDITS} audits or {LEAST_KNOWN} exchanges that it is a share of.",
            ["policy", "tier", "bound"],
            registry=self.registry,
            multiprocess_mode="livemostrecent",
        )

    def learned(self, classifiers: Iterable[str]) -> None:
        """These trained classifiers may meet what is unfamiliar, and be held against others."""
        for name in classifiers:
            self.screen_unfamiliar.labels(name)
            for result in ShadowResult:
                self.screen_shadow.labels(result)

    def model_label(self, model: str) -> str:
        return model if model in self._models else OTHER

    def observe(self, report: Report, model: str, elapsed_seconds: float) -> None:
        """Count one answer. `model` is the monitored model as the caller named it."""
        self._count_verdict(report, self.model_label(model))
        self._count_request(report, elapsed_seconds)
        # What was known or shared was counted when it was worked out.
        if report.cache not in _KNOWN:
            self._count_steps(report)
            self._count_screening(report)
            self._count_operations(report)
            for kind, count in report.redactions.items():
                self.redactions.labels(kind).inc(count)

    def observe_audit(self, audit: Audit, tally: Tally) -> None:
        """Count one audit, what it cost, and what is known of the tier by now."""
        policy, tier = audit.policy.name, audit.tier
        self.audits.labels(policy, tier, audit.result).inc()
        for call in audit.report.calls if audit.report else ():
            self._count_call(call)
        for settled, side in tally.sides.items():
            self.audit_sample.labels(policy, tier, settled).set(side.audits)
        self._show(self.audit_miss_rate, policy, tier, tally.miss_rate())
        self._show(self.audit_false_positive_rate, policy, tier, tally.false_positive_rate())

    def observe_shadow(self, shadowed: Shadowed) -> None:
        """Count what a shadow said and what it cost, which is paid like all other calls."""
        name = shadowed.shadow.name
        self.shadow_verdicts.labels(shadowed.policy.name, name, shadowed.agreement).inc()
        for call in shadowed.calls:
            self._count_call(call)
            self.shadow_calls.labels(name).inc()
            self.shadow_tokens.labels(name, "input").inc(call.usage.input_tokens)
            self.shadow_tokens.labels(name, "output").inc(call.usage.output_tokens)
            self.shadow_cost.labels(name).inc(call.usage.cost_usd)

    @staticmethod
    def _show(gauge: Gauge, policy: str, tier: str, rate: Rate | None) -> None:
        """What is not known is not a number, and replaces what was known of an older version."""
        low, high = (rate.bounds.low, rate.bounds.high) if rate else (math.nan, math.nan)
        estimate = rate.bounds.estimate if rate and rate.enough else math.nan
        for name, value in {"estimate": estimate, "low": low, "high": high}.items():
            gauge.labels(policy, tier, name).set(value)

    def _count_verdict(self, report: Report, model: str) -> None:
        for counter in self._counters_of_verdict(report, model):
            counter.inc()
        if report.verdict.score is not None:
            self._one(self.score, report.policy.name, model).observe(report.verdict.score)

    def _counters_of_verdict(self, report: Report, model: str) -> Iterator[Counter]:
        """Each is to be counted up by one."""
        verdict, policy, one = report.verdict, report.policy.name, self._one
        decided_by = verdict.decided_by or NOBODY
        yield one(self.verdicts, policy, model, verdict.outcome, report.action, decided_by)
        if report.posture is not None:
            yield one(self.posture, policy, report.posture.cause, report.posture.action)
        if verdict.outcome is Outcome.DECEPTIVE:
            for category, score in verdict.categories.items():
                if score >= _SHOWS:
                    yield one(self.categories, policy, model, category)
        for reason in report.lacks:
            yield one(self.degraded, reason)
        found = [f for f in verdict.findings if f.finding is Stance.ADDRESSES_THE_JUDGE]
        for part in {part_label(finding.label or "") for finding in found}:
            yield one(self.addresses_judge, part)
        for row in report.coverage:
            yield one(self.coverage_parts, part_label(row.part), row.status)

    def _count_request(self, report: Report, elapsed_seconds: float) -> None:
        for counter in self._counters_of_request(report):
            counter.inc()
        self._seconds_of_request(report).observe(elapsed_seconds, self._exemplar())

    def _seconds_of_request(self, report: Report) -> Histogram:
        decided_by = report.verdict.decided_by or NOBODY
        by = "cache" if report.cache is CacheResult.HIT else decided_by
        return self._one(self.request_seconds, by)

    def _counters_of_request(self, report: Report) -> Iterator[Counter]:
        yield self._one(self.cache_requests, report.cache)
        if report.cache_failed:
            yield self.cache_errors

    def repeated(self, report: Report, model: str) -> "Repeated":
        """For a report that is given again and again and was known each time: as `observe`,
        with the series looked up once. `model` is a label as `model_label` gives it."""
        counters = Counts(self._counters_of_verdict(report, model))
        counters.update(self._counters_of_request(report))
        score = report.verdict.score
        scores = None if score is None else self.score.labels(report.policy.name, model)
        return Repeated(
            tuple(counters.items()),
            self._seconds_of_request(report),
            scores,
            score or 0.0,
            self._put_off,
        )

    def observe_lag(self, seconds: float) -> None:
        """Comes 10 times a second, so it is also the moment for what was put off."""
        self.loop_lag.observe(seconds)
        self.settle()

    def settle(self) -> None:
        """Counts what was put off. Whoever reads the registry sees it counted in any case;
        where several processes count together, the others see it only afterwards."""
        self.in_flight.settle()
        while self._slots_now:
            pool, (taken, waiting) = self._slots_now.popitem()
            self.slots_taken.labels(pool).set(taken)
            self.slots_waiting.labels(pool).set(waiting)
        while self._put_off:
            self._put_off.pop().settle()

    def _count_steps(self, report: Report) -> None:
        policy = report.policy.name
        following: list[Step | None] = [*report.steps[1:], None]
        for step, after in zip(report.steps, following, strict=True):
            self._one(self.steps, policy, step.tier, _result(step, after, report)).inc()
            seconds = self._one(self.step_seconds, policy, step.tier)
            seconds.observe(step.elapsed_seconds, self._exemplar())
            # A tier's fallback goes by the tier's own name.
            if after is not None and after.tier != step.tier:
                self._one(self.escalations, policy, step.tier, after.tier).inc()

        reasons = {d.reason for d in report.degraded}
        if UNDECIDABLE.reason in reasons:
            self.debate_undecided.labels(policy).inc()
        if UNSTABLE.reason in reasons:
            self.debate_flips.labels(policy).inc()

    def _count_screening(self, report: Report) -> None:
        screened = report.screened
        if screened is not None and screened.unfamiliar:
            self.screen_unfamiliar.labels(screened.classifier).inc()
        if screened is not None and screened.shadow is not None:
            self.screen_shadow.labels(screened.shadow).inc()

    def _count_operations(self, report: Report) -> None:
        """Kinds and reasons are fixed words of the code."""
        for turn in report.transcript.turns if report.transcript else ():
            for operation in turn.operations:
                self.operations.labels(operation.kind, "drawn").inc()
            for repeat in turn.repeats:
                self.operations.labels(repeat.kind, "repeated").inc()
            for refusal in turn.refusals:
                self.operations.labels(refusal.kind, refusal.reason).inc()

    def spent(self, calls: Sequence[ModelCall]) -> None:
        """Count model calls when the work is over: they are paid for even if the caller has hung
        up, and no answer will tell of them."""
        for call in calls:
            self._count_call(call)

    def _count_call(self, call: ModelCall) -> None:
        self.model_calls.labels(call.endpoint, call.role, call.result).inc()
        seconds = self.model_call_seconds.labels(call.endpoint, call.role)
        seconds.observe(call.seconds, self._exemplar())
        self.tokens.labels(call.endpoint, "input").inc(call.usage.input_tokens)
        self.tokens.labels(call.endpoint, "output").inc(call.usage.output_tokens)
        self.cost.labels(call.endpoint).inc(call.usage.cost_usd)

    def slots(self, pool: str, taken: int, waiting: int) -> None:
        """They change with every request: the series follow a moment later."""
        self._slots_now[pool] = (taken, waiting)

    def joined_here(self) -> None:
        self.joins.labels("process").inc()

    def in_the_fleet(self, event: FleetEvent) -> None:
        match event:
            case FleetEvent.JOINED:
                self.joins.labels("fleet").inc()
            case FleetEvent.TAKEN_OVER:
                self.fleet_takeovers.inc()
            case FleetEvent.LOST:
                self.fleet_leases_lost.inc()
            case _:
                self.fleet_errors.labels(event).inc()

    def render(self) -> bytes:
        """The text that Prometheus scrapes, over all worker processes where there are several."""
        self.settle()
        return generate_latest(self._together())

    def scraped(self, accepted: str) -> "Scraped":
        """The same in the form that the Accept header wants: exemplars are in OpenMetrics
        alone."""
        if _OPENMETRICS not in accepted:
            return Scraped(self.render(), CONTENT_TYPE_LATEST)
        self.settle()
        encode, content_type = choose_encoder(accepted)
        return Scraped(encode(self._together()), content_type)

    def _together(self) -> Collector:
        if self._multiprocess_dir is None:
            return self.registry
        together = CollectorRegistry()
        MultiProcessCollector(together, path=self._multiprocess_dir)  # type: ignore[no-untyped-call] # the library has no types here
        return together


class InFlight:
    """To be entered for as long as a request is being answered. The series follows a moment
    later, like what `Repeated` counts, and for the same reason."""

    __slots__ = ("_gauge", "_now", "_told")

    def __init__(self, gauge: Gauge) -> None:
        self._gauge = gauge
        self._now = self._told = 0

    def __enter__(self) -> None:
        self._now += 1

    def __exit__(self, *_: object) -> None:
        self._now -= 1

    def settle(self) -> None:
        if self._told != self._now:
            self._told = self._now
            self._gauge.set(self._told)


@dataclass(frozen=True, slots=True)
class Scraped:
    text: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Repeated:
    """What one more answer with the same report adds to the metrics."""

    counters: tuple[tuple[Counter, int], ...]
    seconds: Histogram
    scores: Histogram | None
    score: float
    put_off: list["Repeated"]
    elapsed: list[tuple[float, Exemplar | None]] = field(default_factory=list)
    """Seconds of answers that are not counted yet."""

    def observe(self, elapsed_seconds: float, exemplar: Exemplar | None = None) -> None:
        """One more. It is counted a moment later, together with others: ten series each time
        would cost a third of what a known verdict does."""
        if not self.elapsed:
            self.put_off.append(self)
        self.elapsed.append((elapsed_seconds, exemplar))

    def settle(self) -> None:
        given = len(self.elapsed)
        for counter, times in self.counters:
            counter.inc(times * given)
        for elapsed, exemplar in self.elapsed:
            self.seconds.observe(elapsed, exemplar)
            if self.scores is not None:
                self.scores.observe(self.score)
        self.elapsed.clear()


@dataclass(frozen=True, slots=True)
class _SettledFirst(Collector):
    """Registered before all others, so that it is asked before them."""

    settle: Callable[[], None]

    def collect(self) -> Iterable[Metric]:
        self.settle()
        return ()


def _result(step: Step, after: Step | None, report: Report) -> str:
    if step.error is not None:
        return step.error
    if step.settled:
        return f"settled_{report.verdict.outcome}"
    return "escalated" if after is not None else "unsure"


def part_label(part: str) -> str:
    """`images[0]` as `images`, `images[0].frames` as `frames`; what is not known as `other`."""
    name = _INDEX.sub("", part).rpartition(".")[2]
    return name if name in _PARTS else OTHER
