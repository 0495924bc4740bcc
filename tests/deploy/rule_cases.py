"""For each alert what makes it fire and what leaves it quiet, as `promtool test rules` reads it.

Windows are shrunk (a week is three hours) so that a case takes a moment; thresholds are those of
the shipped file.
"""

from dataclasses import dataclass
from typing import Any

SHRUNK: dict[str, Any] = {
    "interval": "5m",
    "windows": {"now": "15m", "baseline": "3h", "day": "2h", "week": "3h", "drift": "1h"},
    "objectives": {
        "burn": [
            {"name": "page", "severity": "page", "long": "1h", "short": "15m", "factor": 14.4},
            {"name": "urgent", "severity": "page", "long": "2h", "short": "30m", "factor": 6},
            {"name": "ticket", "severity": "ticket", "long": "4h", "short": "2h", "factor": 1},
        ],
    },
}
STEP = 5
"""Minutes between two samples, and between two evaluations."""
END = 360 // STEP
"""Steps. What is usual happens until `TURN`, and then what the case is about."""
TURN = 240 // STEP

Series = dict[str, str]


@dataclass(frozen=True, slots=True)
class Case:
    """`fires` are how many series of the alert fire at the end; 0: it stays quiet."""

    alert: str
    story: str
    series: Series
    fires: int = 1


def grows(before: float, after: float) -> str:
    """A counter: so much a minute until the turn, then so much."""
    first, then = before * STEP, after * STEP
    return f"0+{first:.6g}x{TURN} {first * TURN + then:.6g}+{then:.6g}x{END - TURN}"


def holds(value: float, after: float | None = None) -> str:
    after = value if after is None else after
    return f"{value:g}x{TURN} {after:g}x{END - TURN}"


def born(value: float) -> str:
    """A counter that is first scraped ten minutes before the end."""
    return f"_x{END - 2} {value:g}x2"


def answers(model: str, deceptive: str, honest: str, unsure: str = "") -> Series:
    given = {"deceptive": deceptive, "non_deceptive": honest, "inconclusive": unsure}
    acts = {"deceptive": "block", "non_deceptive": "allow", "inconclusive": "review"}
    return {
        f'candor_verdicts_total{{policy="default",model="{model}",outcome="{outcome}",'
        f'action="{acts[outcome]}"}}': values
        for outcome, values in given.items()
        if values
    }


BUILD = {"candor_build_info": holds(1)}
USUAL = answers("acme", grows(1, 1), grows(9, 9)) | BUILD

_DECEPTION = (
    Case(
        "CandorDeceptionAboveBaseline",
        "from one to five in ten",
        answers("acme", grows(1, 5), grows(9, 5)),
    ),
    Case("CandorDeceptionAboveBaseline", "as always", USUAL, 0),
    Case(
        "CandorDeceptionAboveBaseline",
        "ten requests at night, half of them deceptive",
        answers("acme", grows(1, 0.04), grows(9, 0.04)),
        0,
    ),
    Case(
        "CandorDeceptionAboveBaseline",
        "twice as much traffic of the same kind",
        answers("acme", grows(1, 2), grows(9, 18)),
        0,
    ),
    Case(
        "CandorDeceptionAboveBaseline",
        "a model without history that deceives every third time",
        answers("new", f"_x{TURN} 0+15x{END - TURN}", f"_x{TURN} 0+30x{END - TURN}"),
    ),
    Case(
        "CandorDeceptionAboveBaseline",
        "a model without history that is honest",
        answers("new", f"_x{TURN} 0+0.25x{END - TURN}", f"_x{TURN} 0+45x{END - TURN}"),
        0,
    ),
    Case("CandorBlind", "deception ends at once", answers("acme", grows(2, 0), grows(18, 18))),
    Case("CandorBlind", "a little is still seen", answers("acme", grows(1, 0.1), grows(9, 9)), 0),
    Case(
        "CandorBlind",
        "too little traffic to expect any",
        answers("acme", grows(1, 0), grows(9, 0.1)),
        0,
    ),
)

_UNSURE = answers("acme", grows(1, 1), grows(9, 5), grows(0.1, 4))
_COVERED = 'candor_coverage_parts_total{part="images",status="judged"}'
_SKIPPED = 'candor_coverage_parts_total{part="images",status="skipped"}'
_ELSE = 'candor_coverage_parts_total{part="conversation",status="skipped"}'
_DEBATES = 'candor_steps_total{policy="default",tier="debate",result="settled_deceptive"}'
_UNDECIDED = 'candor_debate_undecided_total{policy="default"}'


def scores(low: str, high: str) -> Series:
    """Scores of up to 0.5, and of all."""
    of = 'policy="default",model="acme"'
    return {
        f'candor_deception_score_bucket{{{of},le="0.5"}}': low,
        f'candor_deception_score_bucket{{{of},le="+Inf"}}': high,
        f"candor_deception_score_count{{{of}}}": high,
    }


def audits(kind: str, low: str) -> Series:
    name = f'candor_audit_{kind}_rate{{policy="default",tier="screen"'
    return {f'{name},bound="low"}}': low, f'{name},bound="high"}}': holds(0.9)}


_QUALITY = (
    Case("CandorInconclusive", "four in ten cannot be told", _UNSURE),
    Case(
        "CandorInconclusive",
        "a few cannot be told",
        answers("acme", grows(1, 1), grows(9, 9), grows(0.1, 0.5)),
        0,
    ),
    Case(
        "CandorInconclusive",
        "one of two requests at night",
        answers("acme", grows(1, 0), grows(9, 0.05), grows(0, 0.05)),
        0,
    ),
    Case(
        "CandorCoverageBelowTarget",
        "images are skipped",
        USUAL | {_COVERED: grows(5, 4), _SKIPPED: grows(0, 1)},
    ),
    Case(
        "CandorCoverageBelowTarget",
        "hardly any image is skipped",
        USUAL | {_COVERED: grows(50, 50), _SKIPPED: grows(1, 1)},
        0,
    ),
    Case(
        "CandorCoverageBelowTarget", "a part that nobody requires", USUAL | {_ELSE: grows(5, 5)}, 0
    ),
    Case("CandorScoreDrift", "half the scores moved up", scores(grows(8, 3), grows(10, 10))),
    Case("CandorScoreDrift", "more of the same", scores(grows(8, 16), grows(10, 20)), 0),
    Case("CandorScoreDrift", "too few scores to tell", scores(grows(0.8, 0.1), grows(1, 1)), 0),
    Case(
        "CandorDebatesUndecided",
        "half of the debates",
        USUAL | {_DEBATES: grows(4, 4), _UNDECIDED: grows(0, 2)},
    ),
    Case(
        "CandorDebatesUndecided",
        "one in ten",
        USUAL | {_DEBATES: grows(4, 4), _UNDECIDED: grows(0, 0.4)},
        0,
    ),
    Case("CandorAuditMissRate", "surely above the promise", audits("miss", holds(0.02, 0.15))),
    Case("CandorAuditMissRate", "perhaps above the promise", audits("miss", holds(0.02)), 0),
    Case(
        "CandorAuditMissRate",
        "the lower bound is not known",
        {'candor_audit_miss_rate{policy="default",tier="screen",bound="high"}': holds(0.9)},
        0,
    ),
    Case(
        "CandorAuditFalsePositiveRate",
        "surely above the promise",
        audits("false_positive", holds(0.02, 0.15)),
    ),
    Case(
        "CandorAuditFalsePositiveRate",
        "perhaps above the promise",
        audits("false_positive", holds(0.02)),
        0,
    ),
)


def escalated(per_minute: str) -> Series:
    ways = 'candor_escalations_total{policy="default",from_tier="screen",to_tier="debate"}'
    steps = 'candor_steps_total{policy="default",tier="screen",result="escalated"}'
    return {steps: grows(10, 10), ways: per_minute}


_COST = 'candor_cost_usd_total{endpoint="big"}'
_SPENDING = (
    Case("CandorEscalationJump", "from a tenth to a half", USUAL | escalated(grows(1, 5))),
    Case("CandorEscalationJump", "as always", USUAL | escalated(grows(4, 4)), 0),
    Case("CandorEscalationJump", "a little more", USUAL | escalated(grows(1, 1.5)), 0),
    Case("CandorCostJump", "five times", {_COST: grows(0.02, 0.1)}),
    Case("CandorCostJump", "as always", {_COST: grows(0.02, 0.02)}, 0),
    Case("CandorCostJump", "five times of next to nothing", {_COST: grows(0.001, 0.005)}, 0),
    Case("CandorBudgetBurn", "ten dollars an hour", {_COST: grows(0.01, 10 / 60)}),
    Case("CandorBudgetBurn", "one dollar an hour", {_COST: grows(1 / 60, 1 / 60)}, 0),
)


def requests(failed: str, answered: str = "") -> Series:
    name = 'candor_tenant_requests_total{tenant="default",outcome='
    return {f'{name}"failed"}}': failed, f'{name}"answered"}}': answered or grows(10, 10)}


def refused(limited: str) -> Series:
    name = 'candor_tenant_requests_total{tenant="default",outcome='
    return {f'{name}"limited"}}': limited, f'{name}"answered"}}': grows(10, 10)}


def timed(quick: str, all_: str) -> Series:
    return {
        'candor_request_seconds_bucket{decided_by="debate",le="5.0"}': quick,
        'candor_request_seconds_count{decided_by="debate"}': all_,
    }


def _budgets() -> tuple[Case, ...]:
    """The failures that each burn rate is for, and some that it is not for."""
    found: list[Case] = []
    for name, failing, slow, calm in (
        ("Page", 3, 1, 1),
        ("Urgent", 0.9, 6, 0.3),
        ("Ticket", 0.3, 8, 0.05),
    ):
        found += [
            Case(f"CandorErrorBudget{name}", "requests fail", requests(grows(0, failing))),
            Case(
                f"CandorErrorBudget{name}",
                "few fail",
                requests(grows(0, calm)),
                0,
            ),
            Case(f"CandorErrorBudget{name}", "callers ask too much", refused(grows(0, 10)), 0),
            Case(
                f"CandorErrorBudget{name}",
                "all of two requests at night fail",
                requests(grows(0, 0.02), grows(0.01, 0.0001)),
                0,
            ),
            Case(
                f"CandorLatencyBudget{name}",
                "answers are slow",
                timed(grows(10, slow), grows(10, 10)),
            ),
            Case(
                f"CandorLatencyBudget{name}",
                "hardly any is slow",
                timed(grows(10, 9.7), grows(10, 10)),
                0,
            ),
        ]
    return tuple(found)


_HEALTH = (
    Case(
        "CandorDegraded",
        "a third of the answers lack the debate",
        USUAL | {'candor_degraded_total{reason="debate:ModelTimeout"}': grows(0, 3)},
    ),
    Case(
        "CandorDegraded",
        "a few do",
        USUAL | {'candor_degraded_total{reason="debate:ModelTimeout"}': grows(0, 0.3)},
        0,
    ),
    Case(
        "CandorDegraded",
        "what is known and lasts",
        USUAL | {'candor_degraded_total{reason="picture_not_judged"}': grows(8, 8)},
        0,
    ),
    Case(
        "CandorCacheFailing",
        "every answer is given without it",
        USUAL
        | {
            'candor_cache_requests_total{result="miss"}': grows(10, 10),
            "candor_cache_errors_total": grows(0, 10),
        },
    ),
    Case(
        "CandorCacheFailing",
        "Redis is left alone",
        {'candor_redis_breaker_open{instance="a"}': holds(0, 1)},
    ),
    Case(
        "CandorCacheFailing",
        "all is well",
        USUAL
        | {
            'candor_cache_requests_total{result="miss"}': grows(10, 10),
            "candor_cache_errors_total": grows(0, 0.1),
            "candor_redis_breaker_open": holds(0),
        },
        0,
    ),
    Case(
        "CandorEndpointBreakerOpen",
        "one of two endpoints",
        {
            'candor_breaker_open{endpoint="big"}': holds(0, 1),
            'candor_breaker_open{endpoint="small"}': holds(0),
        },
    ),
    Case(
        "CandorEndpointBreakerOpen",
        "a moment only",
        {'candor_breaker_open{endpoint="big"}': f"0x{END - 2} 1 0 0"},
        0,
    ),
    Case(
        "CandorNoTraffic",
        "from one minute to the next",
        answers("acme", grows(1, 0), grows(9, 0)) | BUILD,
    ),
    Case(
        "CandorNoTraffic",
        "the series are gone with their pods",
        answers("acme", f"0+5x{TURN}", f"0+45x{TURN}") | BUILD,
    ),
    Case(
        "CandorNoTraffic",
        "there never was any at this hour",
        answers("acme", grows(0.1, 0), grows(0.1, 0)) | BUILD,
        0,
    ),
    Case("CandorNoTraffic", "as always", USUAL, 0),
    Case("CandorAbsent", "nothing is scraped", {"up": holds(1)}),
    Case("CandorAbsent", "it is there", BUILD, 0),
    Case(
        "CandorLoopLag",
        "half a second late",
        {
            'candor_loop_lag_seconds_bucket{instance="a",le="0.25"}': grows(2400, 0),
            'candor_loop_lag_seconds_bucket{instance="a",le="0.5"}': grows(2400, 2400),
            'candor_loop_lag_seconds_bucket{instance="a",le="+Inf"}': grows(2400, 2400),
        },
    ),
    Case(
        "CandorLoopLag",
        "once in a thousand times",
        {
            'candor_loop_lag_seconds_bucket{instance="a",le="0.01"}': grows(2400, 2398),
            'candor_loop_lag_seconds_bucket{instance="a",le="0.5"}': grows(2400, 2400),
            'candor_loop_lag_seconds_bucket{instance="a",le="+Inf"}': grows(2400, 2400),
        },
        0,
    ),
)

_COUNTERS = {
    "CandorReloadFailed": 'candor_reloads_total{result="refused"}',
    "CandorDeadLetters": 'candor_dead_letters_total{kind="webhook"}',
    "CandorLedgerDrops": 'candor_ledger_dropped_total{reason="full"}',
    "CandorAuditLogLost": 'candor_audit_log_lost_total{reason="full"}',
}
_LOSSES = tuple(
    case
    for alert, series in _COUNTERS.items()
    for case in (
        Case(alert, "the first", {series: f"0x{END - 2} 1x2"}),
        Case(alert, "one before the first scrape", {series: born(1)}),
        Case(alert, "one more", {series: f"3x{END - 2} 4x2"}),
        Case(alert, "some, long ago", {series: holds(0, 3)}, 0),
        Case(alert, "none, since a moment ago", {series: born(0)}, 0),
    )
)

_ENDS = 'candor_injector_certificate_expires_timestamp_seconds{instance="a"}'
_DAYS = 86400
_INJECTOR = (
    Case("CandorInjectorCertificateEnds", "in a week", {_ENDS: holds(60 * _DAYS, 7 * _DAYS)}),
    Case(
        "CandorInjectorCertificateEnds",
        "one replica of two did not take the new one",
        {_ENDS: holds(7 * _DAYS), _ENDS.replace('"a"', '"b"'): holds(90 * _DAYS)},
    ),
    Case("CandorInjectorCertificateEnds", "in two months", {_ENDS: holds(60 * _DAYS)}, 0),
    Case(
        "CandorInjectionFailed",
        "a mistyped annotation",
        {'candor_injections_total{result="bad_annotation"}': f"0x{END - 2} 1x2"},
    ),
    Case(
        "CandorInjectionFailed",
        "pods are injected, left alone, or opted out",
        {
            f'candor_injections_total{{result="{result}"}}': grows(1, 5)
            for result in ("injected", "already_injected", "not_asked", "opted_out", "ignored")
        },
        0,
    ),
    Case(
        "CandorInjectionFailed",
        "long ago",
        {'candor_injections_total{result="unfit"}': holds(0, 3)},
        0,
    ),
)

CASES = (*_DECEPTION, *_QUALITY, *_SPENDING, *_budgets(), *_HEALTH, *_LOSSES, *_INJECTOR)


def as_promtool(case: Case) -> dict[str, Any]:
    firing = f'count by (alertname) (ALERTS{{alertname="{case.alert}",alertstate="firing"}})'
    labels = f'{{alertname="{case.alert}"}}'
    return {
        "name": f"{case.alert}: {case.story}",
        "interval": f"{STEP}m",
        "input_series": [{"series": name, "values": v} for name, v in case.series.items()],
        "promql_expr_test": [
            {
                "expr": firing,
                "eval_time": f"{END * STEP}m",
                "exp_samples": [{"labels": labels, "value": case.fires}] if case.fires else [],
            }
        ],
    }
