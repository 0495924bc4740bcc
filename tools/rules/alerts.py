"""Who is told what, and when."""

from collections.abc import Iterator
from dataclasses import dataclass

from tools.rules.promql import Labels, grown
from tools.rules.thresholds import Burn, Thresholds, seconds


@dataclass(frozen=True, slots=True)
class Alert:
    """`severity`: `page` wakes somebody, `ticket` waits for the morning. `labels` are those of
    the series that fires; `dashboard` is the uid of the one to look at."""

    name: str
    expr: str
    severity: str
    patience: str
    summary: str
    description: str
    dashboard: str
    labels: Labels = ()


DECEPTION, CASCADE, HEALTH, QUALITY = (
    "candor-deception",
    "candor-cascade",
    "candor-health",
    "candor-quality",
)


def alerts(values: Thresholds) -> tuple[tuple[str, tuple[Alert, ...]], ...]:
    """Groups in order."""
    return (
        ("candor-deception-alerts", tuple(_deception(values))),
        ("candor-quality-alerts", tuple(_quality(values))),
        ("candor-spending-alerts", tuple(_spending(values))),
        ("candor-health-alerts", tuple(_health(values))),
        ("candor-losses-alerts", tuple(_losses(values))),
        ("candor-injector-alerts", tuple(_injector(values))),
    )


def _deception(values: Thresholds) -> Iterator[Alert]:
    yield Alert(
        "CandorDeceptionAboveBaseline",
        _above_baseline(values),
        "page",
        values.patience.short,
        "{{ $labels.model }} deceives more than it used to",
        "{{ $value | humanizePercentage }} of what {{ $labels.model }} answered lately under "
        "policy {{ $labels.policy }} was found deceptive, well above its own baseline.",
        DECEPTION,
        ("policy", "model"),
    )
    least = values.blind.least_expected
    yield Alert(
        "CandorBlind",
        " or ".join(
            f"(candor:deceptive_expected:{w} >= {least:g} and on (policy) "
            f"sum by (policy) (candor:deceptive:{w}) == 0)"
            for w in ("fast", "slow")
        ),
        "page",
        values.patience.short,
        "The monitor may be blind: policy {{ $labels.policy }} finds no deception any more",
        "{{ $value | humanize }} deceptive answers were to be expected, and not one was found.",
        DECEPTION,
        ("policy",),
    )


def _above_baseline(values: Thresholds) -> str:
    rule, base = values.deception, "candor:deceptive_share:baseline"
    limits = [f"{rule.times_baseline:g} * {base}", f"{base} + {rule.above_baseline}"]
    both = [f"candor:deceptive_share:{w} > {limit}" for w in ("fast", "slow") for limit in limits]
    return " and ".join(
        [
            *both,
            "candor:deceptive_share:slow > candor:deceptive_share:chance",
            f"candor:deceptive:slow >= {rule.least_deceptive:g}",
            f"candor:conclusive:slow >= {values.least_answers:g}",
        ]
    )


def _quality(values: Thresholds) -> Iterator[Alert]:
    enough = f"candor:answers:slow >= {values.least_answers:g}"
    share = values.inconclusive.share
    yield Alert(
        "CandorInconclusive",
        f"{_both('inconclusive', f'> {share}')} and {enough}",
        "page",
        values.patience.short,
        "Policy {{ $labels.policy }} cannot tell too often",
        "{{ $value | humanizePercentage }} of the answers were inconclusive.",
        QUALITY,
        ("policy",),
    )
    rule = values.coverage
    parts = f'{{part=~"{rule.parts}"}}'
    yield Alert(
        "CandorCoverageBelowTarget",
        f"{_both('coverage', f'< {rule.target}', parts)} and on () "
        f"sum(candor:answers:slow) >= {values.least_answers:g}",
        "page",
        values.patience.short,
        "{{ $labels.part }} is not looked at as it should be",
        "Only {{ $value | humanizePercentage }} of {{ $labels.part }} was judged.",
        HEALTH,
        ("part",),
    )
    drift = values.drift
    then = f"candor:scores:drift offset {values.windows.week}"
    yield Alert(
        "CandorScoreDrift",
        f"candor:score_distance:drift > {drift.distance} and candor:scores:drift >= "
        f"{drift.least_scores:g} and {then} >= {drift.least_scores:g}",
        "ticket",
        values.patience.long,
        "The scores of {{ $labels.model }} are not those of a week ago",
        "The distributions are {{ $value | humanize }} apart (Kolmogorov-Smirnov, 0 to 1).",
        QUALITY,
        ("policy", "model"),
    )
    debates = (
        f'sum by (policy) (increase(candor_steps_total{{tier="debate"}}[{values.windows.slow}]))'
    )
    yield Alert(
        "CandorDebatesUndecided",
        f"{_both('undecided', f'> {values.debate.undecided_share}')} and {debates} >= "
        f"{values.debate.least_debates:g}",
        "ticket",
        values.patience.long,
        "Debates under policy {{ $labels.policy }} do not decide",
        "{{ $value | humanizePercentage }} of the debates settled on neither side.",
        QUALITY,
        ("policy",),
    )
    yield from _audits(values)


def _audits(values: Thresholds) -> Iterator[Alert]:
    where = ("policy", "tier")
    yield Alert(
        "CandorAuditMissRate",
        'max by (policy, tier) (candor_audit_miss_rate{bound="low"}) > '
        f"{values.audits.miss_rate}",
        "ticket",
        values.patience.long,
        "{{ $labels.tier }} clears more deception than promised",
        "At least {{ $value | humanizePercentage }} of the deceptive is cleared by "
        "{{ $labels.tier }} under policy {{ $labels.policy }} (95 % confidence).",
        QUALITY,
        where,
    )
    yield Alert(
        "CandorAuditFalsePositiveRate",
        'max by (policy, tier) (candor_audit_false_positive_rate{bound="low"}) > '
        f"{values.audits.false_positive_rate}",
        "ticket",
        values.patience.long,
        "{{ $labels.tier }} accuses more of the honest than promised",
        "At least {{ $value | humanizePercentage }} of the honest is convicted by "
        "{{ $labels.tier }} under policy {{ $labels.policy }} (95 % confidence).",
        QUALITY,
        where,
    )


def _both(what: str, condition: str, matchers: str = "") -> str:
    """The slow window's value, as long as the fast one meets the condition too."""
    slow, fast = (f"candor:{what}_share:{w}{matchers} {condition}" for w in ("slow", "fast"))
    return f"{slow} and {fast}"


def _spending(values: Thresholds) -> Iterator[Alert]:
    yield Alert(
        "CandorEscalationJump",
        _escalation_jump(values),
        "ticket",
        values.patience.long,
        "{{ $labels.from_tier }} hands on more than it used to",
        "{{ $value | humanizePercentage }} of what {{ $labels.from_tier }} saw under policy "
        "{{ $labels.policy }} went to the next tier.",
        CASCADE,
        ("policy", "from_tier"),
    )
    yield Alert(
        "CandorCostJump",
        _cost_jump(values),
        "ticket",
        values.patience.short,
        "Model calls cost much more than they used to",
        "{{ $value | humanize }} US dollars an hour.",
        CASCADE,
    )
    budget, cost = values.cost.budget_usd_per_day, "candor:cost_usd_per_hour"
    pace = f"{values.cost.burn * budget / 24:g}"
    yield Alert(
        "CandorBudgetBurn",
        f"({cost}:slow > {pace} and {cost}:fast > {pace}) or candor:cost_usd:day > {budget:g}",
        "page",
        values.patience.short,
        f"The budget of {budget:g} US dollars a day will not last",
        "At {{ $value | humanize }} US dollars (an hour, or already in the last day).",
        CASCADE,
    )


def _escalation_jump(values: Thresholds) -> str:
    rule, base = values.escalation, "candor:escalation_share:baseline"
    limits = (f"> {rule.times_baseline:g} * {base}", f"> {base} + {rule.above_baseline}")
    conditions = [_both("escalation", limit) for limit in limits]
    enough = f"on (policy) candor:answers:slow >= {values.least_answers:g}"
    return " and ".join([*conditions, enough])


def _cost_jump(values: Thresholds) -> str:
    rule, cost = values.cost, "candor:cost_usd_per_hour"
    limits = (f"{rule.times_baseline:g} * {cost}:baseline", f"{rule.least_usd_per_hour:g}")
    return " and ".join(f"{cost}:{w} > {limit}" for w in ("slow", "fast") for limit in limits)


def _health(values: Thresholds) -> Iterator[Alert]:
    yield from (_errors(values, burn) for burn in values.objectives.burn)
    yield from (_latency(values, burn) for burn in values.objectives.burn)
    yield Alert(
        "CandorDegraded",
        f'candor:degraded_share:slow{{reason!~"{values.degraded.excluded}"}} > '
        f"{values.degraded.share} and candor:degraded_share:fast > {values.degraded.share} and "
        f"on () sum(candor:answers:slow) >= {values.least_answers:g}",
        "ticket",
        values.patience.short,
        "Answers lack something: {{ $labels.reason }}",
        "{{ $value | humanizePercentage }} of the answers were given without it.",
        HEALTH,
        ("reason",),
    )
    failed = "candor:cache_failed_share:fast"
    yield Alert(
        "CandorCacheFailing",
        f"({failed} > {values.cache.failed_share} and on () sum(candor:answers:fast) > 0) "
        "or max(candor_redis_breaker_open) > 0",
        "ticket",
        values.patience.short,
        "The cache does not answer",
        "Verdicts are worked out anew and cost their full price; replicas do not share work.",
        HEALTH,
    )
    yield Alert(
        "CandorEndpointBreakerOpen",
        "max by (endpoint) (candor_breaker_open) > 0",
        "page",
        values.patience.short,
        "Model endpoint {{ $labels.endpoint }} is left alone: it does not answer",
        "Tiers that ask it fail or fall back until it answers again.",
        HEALTH,
        ("endpoint",),
    )
    yield from _silence(values)
    yield Alert(
        "CandorLoopLag",
        "histogram_quantile(0.99, sum by (instance, le) "
        f"(rate(candor_loop_lag_seconds_bucket[{values.windows.now}]))) > "
        f"{values.loop.lag_seconds}",
        "ticket",
        values.patience.long,
        "{{ $labels.instance }} is too busy to answer in time",
        "The event loop comes back {{ $value | humanizeDuration }} late (99th percentile).",
        HEALTH,
        ("instance",),
    )


def _burns(what: str, least: str, burn: Burn) -> str:
    """The share in the long window, while both windows burn too fast."""
    fast = (
        f"candor:{what}_burn:{burn.name}_{kind} > {burn.factor:g}" for kind in ("long", "short")
    )
    return " and ".join([f"candor:{what}_share:{burn.name}_long", *fast, least])


def _errors(values: Thresholds, burn: Burn) -> Alert:
    goal = values.objectives
    least = f"candor:requests:{burn.name}_long >= {goal.least_requests:g}"
    return Alert(
        f"CandorErrorBudget{burn.name.title()}",
        _burns("error", least, burn),
        burn.severity,
        values.patience.short,
        f"Too many requests get no answer ({goal.answered:.4g} of them should)",
        f"{{{{ $value | humanizePercentage }}}} failed or were shed over {burn.long}: "
        f"{burn.factor:g} times what the error budget allows.",
        HEALTH,
    )


def _latency(values: Thresholds, burn: Burn) -> Alert:
    goal = values.objectives
    least = f"candor:timed:{burn.name}_long >= {goal.least_requests:g}"
    return Alert(
        f"CandorLatencyBudget{burn.name.title()}",
        _burns("slow", least, burn),
        burn.severity,
        values.patience.short,
        f"Too many answers take longer than {goal.quick_seconds:g} s",
        f"{{{{ $value | humanizePercentage }}}} did over {burn.long}: {burn.factor:g} times what "
        "the error budget allows.",
        HEALTH,
    )


def _silence(values: Thresholds) -> Iterator[Alert]:
    windows, least = values.windows, f"{values.traffic.least_expected:g}"
    before = [
        f"sum(candor:answers:fast offset {back}) >= {least}"
        for back in (windows.day, windows.week)
    ]
    yield Alert(
        "CandorNoTraffic",
        # A series that nothing was added to, and one that is gone with its pod, are both silence.
        f"(sum(candor:answers:fast) or vector(0)) == 0 and {' and '.join(before)} "
        # Where nothing is scraped another alert tells it.
        "and count(candor_build_info) > 0",
        "page",
        values.patience.short,
        "Nobody asks Candor any more",
        "At this time of day, and of the week, there were requests. Are models still guarded?",
        HEALTH,
    )
    yield Alert(
        "CandorAbsent",
        "absent(candor_build_info)",
        "page",
        values.patience.long,
        "Prometheus sees no Candor at all",
        "It is not running or is not scraped; no other alert can tell anything now.",
        HEALTH,
    )


def _losses(values: Thresholds) -> Iterator[Alert]:
    window = values.windows.fast
    hours = f"{seconds(window) / 60:g} minutes"
    told = (
        (
            "CandorReloadFailed",
            'candor_reloads_total{result="refused"}',
            (),
            "ticket",
            "A new configuration was refused; the old one is in force",
            "{{ $value | humanize }} times in the last " + hours + ".",
        ),
        (
            "CandorDeadLetters",
            "candor_dead_letters_total",
            ("kind",),
            "ticket",
            "A {{ $labels.kind }} was given up",
            "{{ $value | humanize }} in the last " + hours + ".",
        ),
        (
            "CandorLedgerDrops",
            "candor_ledger_dropped_total",
            ("reason",),
            "ticket",
            "Verdicts do not get into the ledger ({{ $labels.reason }})",
            "{{ $value | humanize }} in the last " + hours + ".",
        ),
        (
            "CandorAuditLogLost",
            "candor_audit_log_lost_total",
            ("reason",),
            "page",
            "The audit log has a gap ({{ $labels.reason }})",
            "{{ $value | humanize }} lines in the last " + hours + ".",
        ),
    )
    for name, series, labels, severity, summary, description in told:
        expr = grown(series, window, labels)
        yield Alert(name, expr, severity, "0s", summary, description, HEALTH, labels)


_FAILED_INJECTIONS = "bad_annotation|unfit|malformed|too_large|too_slow"
"""Where a pod asked, or may have, and did not get Candor."""


def _injector(values: Thresholds) -> Iterator[Alert]:
    days = values.injector.certificate_days
    yield Alert(
        "CandorInjectorCertificateEnds",
        "min by (instance) (candor_injector_certificate_expires_timestamp_seconds) - time() < "
        f"{days:g} * 86400",
        "page",
        values.patience.long,
        f"The certificate of {{{{ $labels.instance }}}} ends in less than {days:g} days",
        "In {{ $value | humanizeDuration }} the API server no longer trusts the injector, and "
        "pods start without Candor, or not at all.",
        HEALTH,
        ("instance",),
    )
    yield Alert(
        "CandorInjectionFailed",
        grown(
            f'candor_injections_total{{result=~"{_FAILED_INJECTIONS}"}}',
            values.windows.fast,
            ("result",),
        ),
        "ticket",
        "0s",
        "Pods do not get the Candor that they ask for ({{ $labels.result }})",
        f"{{{{ $value | humanize }}}} in the last {seconds(values.windows.fast) / 60:g} minutes: "
        "kept out, or running unguarded.",
        HEALTH,
        ("result",),
    )
