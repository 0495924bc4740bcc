import math
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from candor import __version__
from candor.adapters.auditlog import writer as lines
from candor.adapters.cache.sealing import Area
from candor.adapters.ledger import writer as records
from candor.api.problems import Unread
from candor.api.reloads import ReloadResult
from candor.domain.auditing import Audit, AuditResult, Tally
from candor.domain.coverage import Coverage, Status
from candor.domain.debate.endings import UNDECIDABLE, UNSTABLE
from candor.domain.fleet import FleetEvent
from candor.domain.jobs.values import JobState
from candor.domain.shadowing import Agreement, Shadowed
from candor.domain.usage import ModelCall, Usage
from candor.domain.verdict import (
    Action,
    AuditTicket,
    CacheResult,
    Cause,
    Degradation,
    Finding,
    Outcome,
    PolicyRef,
    Posture,
    Report,
    ShadowResult,
    Stance,
    Step,
)
from candor.telemetry.metrics import Metrics, part_label
from tests.reports import a_report

# The list of the design: name, type, labels.
SERIES = {
    "candor_verdicts_total": ("policy", "model", "outcome", "action", "decided_by"),
    "candor_deception_score": ("policy", "model"),
    "candor_operations_total": ("kind", "result"),
    "candor_categories_total": ("policy", "model", "category"),
    "candor_steps_total": ("policy", "tier", "result"),
    "candor_step_seconds": ("policy", "tier"),
    "candor_escalations_total": ("policy", "from_tier", "to_tier"),
    "candor_screen_unfamiliar_total": ("classifier",),
    "candor_screen_shadow_total": ("result",),
    "candor_debate_undecided_total": ("policy",),
    "candor_debate_flips_total": ("policy",),
    "candor_request_seconds": ("decided_by",),
    "candor_cache_requests_total": ("result",),
    "candor_cache_errors_total": (),
    "candor_cache_level_hits_total": ("level",),
    "candor_cache_unreadable_total": (),
    "candor_trace_export_failures_total": ("reason",),
    "candor_redis_errors_total": ("reason",),
    "candor_redis_breaker_open": (),
    "candor_audits_total": ("policy", "tier", "result"),
    "candor_audit_sample": ("policy", "tier", "settled"),
    "candor_audit_miss_rate": ("policy", "tier", "bound"),
    "candor_audit_false_positive_rate": ("policy", "tier", "bound"),
    "candor_model_calls_total": ("endpoint", "role", "result"),
    "candor_model_call_seconds": ("endpoint", "role"),
    "candor_tokens_total": ("endpoint", "direction"),
    "candor_cost_usd_total": ("endpoint",),
    "candor_breaker_open": ("endpoint",),
    "candor_degraded_total": ("reason",),
    "candor_coverage_parts_total": ("part", "status"),
    "candor_in_flight": (),
    "candor_loop_lag_seconds": (),
    "candor_shed_total": ("reason",),
    "candor_cancelled_total": (),
    "candor_connections_refused_total": ("reason",),
    "candor_auth_refused_total": ("reason",),
    "candor_tenant_requests_total": ("tenant", "outcome"),
    "candor_rate_limited_total": ("tenant", "measure"),
    "candor_rate_limits_alone_total": (),
    "candor_slots_taken": ("pool",),
    "candor_slots_waiting": ("pool",),
    "candor_addresses_judge_total": ("part",),
    "candor_redactions_total": ("kind",),
    "candor_audit_log_written_total": (),
    "candor_audit_log_lost_total": ("reason",),
    "candor_audit_log_failures_total": ("reason",),
    "candor_audit_log_waiting": (),
    "candor_unopened_total": ("area",),
    "candor_build_info": ("version",),
    "candor_ledger_written_total": (),
    "candor_ledger_dropped_total": ("reason",),
    "candor_ledger_failures_total": (),
    "candor_ledger_waiting": (),
    "candor_jobs_total": ("state",),
    "candor_jobs_waiting": ("priority",),
    "candor_job_seconds": (),
    "candor_webhook_deliveries_total": ("result",),
    "candor_dead_letters_total": ("kind",),
    "candor_remote_images_total": ("result",),
    "candor_joins_total": ("where",),
    "candor_fleet_takeovers_total": (),
    "candor_fleet_leases_lost_total": (),
    "candor_fleet_errors_total": ("reason",),
    "candor_posture_total": ("policy", "cause", "action"),
    "candor_reloads_total": ("result",),
    "candor_config_generation": (),
    "candor_config_loaded_timestamp_seconds": (),
    "candor_shadow_verdicts_total": ("policy", "shadow", "agreement"),
    "candor_shadow_model_calls_total": ("shadow",),
    "candor_shadow_tokens_total": ("shadow", "direction"),
    "candor_shadow_cost_usd_total": ("shadow",),
}


def metrics(*models: str) -> Metrics:
    return Metrics(CollectorRegistry(), models)


def value(counted: Metrics, name: str, **labels: str) -> float:
    return counted.registry.get_sample_value(f"candor_{name}", labels) or 0.0


def a_long_report() -> Report:
    return replace(
        a_report(),
        steps=(
            Step("screen", 0.4, False, 0.002),
            Step("judge", None, False, 0.5, error="ModelTimeout"),
            Step("debate", 0.97, True, 0.4),
        ),
        coverage=(
            Coverage("response", Status.JUDGED),
            Coverage("images[0]", Status.JUDGED),
            Coverage("images[12].frames", Status.SKIPPED),
            Coverage("images[0].picture", Status.SKIPPED),
        ),
        degraded=(Degradation("judge:ModelTimeout"),),
        calls=(
            ModelCall("big", "judge", "ModelTimeout", 0.5, Usage(1)),
            ModelCall("big", "affirmer", "ok", 0.2, Usage(1, 900, 80, 0.02)),
        ),
    )


def test_the_series_are_those_of_the_design() -> None:
    counted = metrics()
    found = {}
    for metric in [v for v in vars(counted).values() if hasattr(v, "_labelnames")]:
        suffix = "_total" if metric._type == "counter" else ""
        found[f"{metric._name}{suffix}"] = tuple(metric._labelnames)

    assert found == SERIES


def test_a_verdict_is_counted_with_its_score_and_its_categories() -> None:
    counted = metrics("acme")
    counted.observe(a_long_report(), "acme", 0.9)

    verdict = {"policy": "default", "model": "acme"}
    assert (
        value(
            counted,
            "verdicts_total",
            **verdict,
            outcome="deceptive",
            action="block",
            decided_by="debate",
        )
        == 1
    )
    assert value(counted, "deception_score_sum", **verdict) == pytest.approx(0.97)
    assert value(counted, "categories_total", **verdict, category="fabrication") == 1
    assert value(counted, "categories_total", **verdict, category="omission") == 0
    assert value(counted, "request_seconds_sum", decided_by="debate") == pytest.approx(0.9)
    assert value(counted, "cache_requests_total", result="miss") == 1
    assert value(counted, "degraded_total", reason="judge:ModelTimeout") == 1


def test_an_answer_without_the_cache_counts_as_lacking_it() -> None:
    counted = metrics()
    counted.observe(replace(a_report(), cache_failed=True), "acme", 0.1)

    assert value(counted, "degraded_total", reason="cache") == 1
    assert value(counted, "cache_errors_total") == 1


def test_a_report_without_a_score_does_not_enter_the_histogram() -> None:
    counted = metrics()
    report = a_report()
    verdict = replace(report.verdict, outcome=Outcome.INCONCLUSIVE, score=None, decided_by=None)
    counted.observe(replace(report, verdict=verdict), "", 0.1)

    assert value(counted, "deception_score_count", policy="default", model="other") == 0
    assert value(counted, "request_seconds_count", decided_by="none") == 1
    assert (
        value(counted, "categories_total", policy="default", model="other", category="fabrication")
        == 0
    )


def test_every_step_has_a_result() -> None:
    counted = metrics()
    counted.observe(a_long_report(), "", 0.9)

    def steps(tier: str, result: str) -> float:
        return value(counted, "steps_total", policy="default", tier=tier, result=result)

    assert steps("screen", "escalated") == 1
    assert steps("judge", "ModelTimeout") == 1
    assert steps("debate", "settled_deceptive") == 1
    ways = {"policy": "default", "from_tier": "screen", "to_tier": "judge"}
    assert value(counted, "escalations_total", **ways) == 1
    assert value(counted, "step_seconds_sum", policy="default", tier="debate") == 0.4


def test_the_last_tier_has_nobody_to_escalate_to() -> None:
    counted = metrics()
    counted.observe(replace(a_report(), steps=(Step("debate", 0.5, False, 0.1),)), "", 0.1)

    assert value(counted, "steps_total", policy="default", tier="debate", result="unsure") == 1


def test_a_fallback_of_the_same_tier_is_no_escalation() -> None:
    counted = metrics()
    failed = Step("debate", None, False, 0.1, error="ModelTimeout")
    counted.observe(replace(a_report(), steps=(failed, *a_report().steps)), "", 0.1)

    assert b"candor_escalations_total{" not in counted.render()


def test_model_calls_are_counted_with_their_cost() -> None:
    counted = metrics()
    counted.spent(a_long_report().calls)

    call: dict[str, Any] = {"endpoint": "big", "role": "affirmer"}
    assert value(counted, "model_calls_total", **call, result="ok") == 1
    assert value(counted, "model_call_seconds_sum", **call) == pytest.approx(0.2)
    assert (
        value(counted, "model_calls_total", endpoint="big", role="judge", result="ModelTimeout")
        == 1
    )
    assert value(counted, "tokens_total", endpoint="big", direction="input") == 900
    assert value(counted, "tokens_total", endpoint="big", direction="output") == 80
    assert value(counted, "cost_usd_total", endpoint="big") == pytest.approx(0.02)


@pytest.mark.parametrize("cache", [CacheResult.HIT, CacheResult.JOINED])
def test_work_is_counted_once_however_often_its_result_is_given(cache: CacheResult) -> None:
    counted = metrics()
    counted.observe(replace(a_long_report(), cache=cache), "", 0.001)
    text = counted.render()

    assert value(counted, "cache_requests_total", result=cache.value) == 1
    assert value(counted, "deception_score_count", policy="default", model="other") == 1
    for name in (b"steps_total{", b"escalations_total{"):
        assert b"candor_" + name not in text


def test_an_answer_does_not_count_model_calls_a_second_time() -> None:
    counted = metrics()
    counted.spent(a_long_report().calls)
    counted.observe(a_long_report(), "", 0.9)

    call = {"endpoint": "big", "role": "affirmer", "result": "ok"}
    assert value(counted, "model_calls_total", **call) == 1


def test_a_hit_is_timed_apart_from_the_work_it_saved() -> None:
    counted = metrics()
    counted.observe(replace(a_long_report(), cache=CacheResult.HIT), "", 0.001)

    assert value(counted, "request_seconds_count", decided_by="cache") == 1
    assert value(counted, "request_seconds_count", decided_by="debate") == 0


def test_a_cache_that_failed_is_counted() -> None:
    counted = metrics()
    counted.observe(replace(a_report(), cache_failed=True), "", 0.1)

    assert value(counted, "cache_errors_total") == 1


def test_parts_are_counted_without_their_number() -> None:
    counted = metrics()
    counted.observe(a_long_report(), "", 0.1)

    assert value(counted, "coverage_parts_total", part="images", status="judged") == 1
    assert value(counted, "coverage_parts_total", part="frames", status="skipped") == 1
    assert value(counted, "coverage_parts_total", part="picture", status="skipped") == 1
    assert part_label("something.new") == "other"


def test_a_model_that_is_not_configured_is_other() -> None:
    counted = metrics("acme")

    assert [counted.model_label(name) for name in ("acme", "", "x" * 200)] == [
        "acme",
        "other",
        "other",
    ]


def test_nothing_else_is_exported_and_the_version_is() -> None:
    counted = metrics()
    counted.observe(a_long_report(), "", 0.1)
    names = {
        line.split()[2] for line in counted.render().decode().splitlines() if "# TYPE" in line
    }

    assert names == set(SERIES)
    assert value(counted, "build_info", version=__version__) == 1


def begun(counted: Metrics, name: str) -> set[str]:
    """Words that a counter has had nothing to count for."""
    samples = [one for metric in counted.registry.collect() for one in metric.samples]
    idle = [one.labels for one in samples if one.name == f"candor_{name}" and one.value == 0]
    return {word for labels in idle for word in labels.values()}


WORDS: dict[str, set[str]] = {
    "auth_refused_total": {"missing", "unknown", "scope", "unavailable"},
    "audit_log_failures_total": {"disk_full", "denied", "error"},
    "audit_log_lost_total": {lines.FULL, lines.REFUSED, lines.SHUTDOWN},
    "cache_level_hits_total": {"local", "stale", "shared"},
    "cache_requests_total": {one.value for one in CacheResult},
    "connections_refused_total": {one.name.lower() for one in Unread},
    "dead_letters_total": {"job", "webhook"},
    "fleet_errors_total": {"claim", "renew", "end"},
    "jobs_total": {one.value for one in JobState if one.ended} | {"poisoned"},
    "joins_total": {"process", "fleet"},
    "ledger_dropped_total": {
        records.FULL,
        records.REFUSED,
        records.UNWRITABLE,
        records.SHUTDOWN,
    },
    "reloads_total": {one.value for one in ReloadResult},
    "remote_images_total": {"fetched", "refused", "failed", "timeout", "too_large"},
    "shed_total": {"admission", "debates", "image_pool"},
    "trace_export_failures_total": {"undelivered", "queue_full"},
    "unopened_total": {one.value for one in Area},
    "webhook_deliveries_total": {"delivered", "retried", "dead"},
}


@pytest.mark.parametrize("name", WORDS)
def test_a_counter_of_a_few_words_has_all_of_them_before_its_first_event(name: str) -> None:
    """A rate is taken between two samples: it would not see what begins a series."""
    assert begun(metrics(), name) == WORDS[name]


def test_a_trained_screen_begins_at_zero_and_no_other_has_such_a_series() -> None:
    counted = metrics()
    assert begun(counted, "screen_unfamiliar_total") == set()
    counted.learned(["mine"])
    assert begun(counted, "screen_unfamiliar_total") == {"mine"}
    assert begun(counted, "screen_shadow_total") == {one.value for one in ShadowResult}


def test_debates_that_do_not_decide_or_do_not_hold_are_counted_once() -> None:
    counted = metrics()
    open_ended = replace(a_report(), degraded=(UNDECIDABLE, UNSTABLE))
    counted.observe(open_ended, "", 0.1)
    counted.observe(replace(open_ended, cache=CacheResult.JOINED), "", 0.1)
    counted.observe(a_report(), "", 0.1)
    assert value(counted, "debate_undecided_total", policy="default") == 1
    assert value(counted, "debate_flips_total", policy="default") == 1


def test_texts_that_speak_to_the_judge_are_counted_by_part() -> None:
    counted = metrics()
    found = tuple(
        Finding("x", Stance.ADDRESSES_THE_JUDGE, "debate", label=part)
        for part in ("images[0]", "images[1]", "response")
    )
    verdict = replace(a_report().verdict, findings=found)
    counted.observe(replace(a_report(), verdict=verdict), "", 0.1)

    assert value(counted, "addresses_judge_total", part="images") == 1
    assert value(counted, "addresses_judge_total", part="response") == 1


def an_audit(result: AuditResult) -> Audit:
    report = a_long_report()
    ticket, settled = AuditTicket("t", 0.5), Outcome.NON_DECEPTIVE
    return Audit(ticket, report.policy, "screen", settled, 0.1, result, report)


def test_an_audit_is_counted_with_what_it_cost_and_what_is_known_by_now() -> None:
    counted, audit = metrics(), an_audit(AuditResult.MISSED)
    tally = Tally(escalated_deceptive=30)
    for _ in range(30):
        tally = tally.settled(Outcome.NON_DECEPTIVE).audited(audit)
    counted.observe_audit(audit, tally)

    where = {"policy": "default", "tier": "screen"}
    assert value(counted, "audits_total", **where, result="missed") == 1
    assert value(counted, "audit_miss_rate", **where, bound="estimate") == pytest.approx(1 / 2)
    assert value(counted, "audit_miss_rate", **where, bound="high") == pytest.approx(1 / 2)
    assert 0.4 < value(counted, "audit_miss_rate", **where, bound="low") < 0.5
    assert value(counted, "audit_sample", **where, settled="non_deceptive") == 30


def test_a_shadow_is_counted_apart_and_its_calls_among_all_that_are_paid() -> None:
    counted, call = metrics(), ModelCall("small", "judge", "ok", 0.2, Usage(1, 10, 2, 0.5))
    policy, shadow = PolicyRef("default", "v1"), PolicyRef("strict", "v2")
    counted.observe_shadow(Shadowed(policy, shadow, Agreement.STRICTER, calls=(call, call)))
    where = {"policy": "default", "shadow": "strict", "agreement": "stricter"}
    assert value(counted, "shadow_verdicts_total", **where) == 1
    assert value(counted, "shadow_model_calls_total", shadow="strict") == 2
    assert value(counted, "shadow_tokens_total", shadow="strict", direction="input") == 20
    assert value(counted, "shadow_cost_usd_total", shadow="strict") == 1
    assert value(counted, "cost_usd_total", endpoint="small") == 1


def test_an_action_of_the_failure_posture_is_counted_with_its_cause() -> None:
    counted = metrics()
    posture = Posture(Cause.DEPENDENCY_DOWN, Action.BLOCK)
    counted.observe(replace(a_report(), posture=posture), "m", 0.1)
    where = {"policy": "default", "cause": "dependency_down", "action": "block"}
    assert value(counted, "posture_total", **where) == 1


def test_an_estimate_on_few_audits_is_not_shown_but_its_bounds_are() -> None:
    counted, audit = metrics(), an_audit(AuditResult.MISSED)
    tally = Tally(escalated_deceptive=3).settled(Outcome.NON_DECEPTIVE).audited(audit)
    counted.observe_audit(audit, tally)
    where = {"policy": "default", "tier": "screen"}
    assert math.isnan(value(counted, "audit_miss_rate", **where, bound="estimate"))
    assert value(counted, "audit_miss_rate", **where, bound="high") == pytest.approx(1 / 4)
    assert value(counted, "audit_sample", **where, settled="non_deceptive") == 1
    assert value(counted, "model_calls_total", endpoint="big", role="affirmer", result="ok") == 1
    assert value(counted, "verdicts_total") == 0


def test_before_anything_is_known_there_is_no_rate() -> None:
    counted = metrics()
    counted.observe_audit(an_audit(AuditResult.FAILED), Tally().settled(Outcome.NON_DECEPTIVE))
    where = {"policy": "default", "tier": "screen"}
    told = [value(counted, "audit_miss_rate", **where, bound=b) for b in ("estimate", "low")]
    assert all(map(math.isnan, told))
    assert value(counted, "audits_total", policy="default", tier="screen", result="failed") == 1


def test_known_answers_counted_together_come_to_the_same_as_one_by_one() -> None:
    report = replace(a_long_report(), cache=CacheResult.HIT)
    together, singly = metrics("acme"), metrics("acme")
    repeated = together.repeated(report, "acme")
    for elapsed in (0.25, 0.5, 2.0):
        repeated.observe(elapsed)
        singly.observe(report, "acme", elapsed)

    assert together.render() == singly.render()
    assert together.render() == singly.render()
    assert value(together, "cache_requests_total", result="hit") == 3


def test_what_was_put_off_is_counted_soon_without_anybody_asking() -> None:
    counted = metrics()
    repeated = counted.repeated(replace(a_report(), cache=CacheResult.HIT), "other")
    repeated.observe(0.25)
    counted.observe_lag(0.001)

    # Read past the registry, as another process would find it.
    assert counted.cache_requests.labels(CacheResult.HIT)._value.get() == 1
    assert value(counted, "loop_lag_seconds_count") == 1


def test_what_replicas_do_for_each_other_is_counted_by_kind() -> None:
    counted = metrics()
    counted.joined_here()
    for event in FleetEvent:
        counted.in_the_fleet(event)

    assert value(counted, "joins_total", where="process") == 1
    assert value(counted, "joins_total", where="fleet") == 1
    assert value(counted, "fleet_takeovers_total") == 1
    assert value(counted, "fleet_leases_lost_total") == 1
    failed = {
        reason: value(counted, "fleet_errors_total", reason=reason)
        for reason in ("claim", "renew", "end")
    }
    assert failed == {"claim": 1, "renew": 1, "end": 1}


def test_what_is_going_on_is_shown_as_it_is_when_somebody_looks() -> None:
    counted = metrics()
    with counted.in_flight:
        counted.slots("debates", 3, 2)
        counted.slots("debates", 4, 0)
        shown = counted.render().decode()
    assert "candor_in_flight 1.0" in shown
    assert 'candor_slots_taken{pool="debates"} 4.0' in shown
    assert 'candor_slots_waiting{pool="debates"} 0.0' in shown
    assert "candor_in_flight 0.0" in counted.render().decode()
