"""What dashboards and alerts read instead of adding it up each time.

A name tells what is counted and over which window of `thresholds.yaml`: `candor:answers:fast`
are the answers in the fast window, `candor:answers:rate` those per second just now.
"""

from tools.rules.promql import Labels, Record, increase, rate, share
from tools.rules.thresholds import Thresholds, seconds

_CONCLUSIVE = 'candor_verdicts_total{outcome=~"deceptive|non_deceptive"}'
_DECEPTIVE = 'candor_verdicts_total{outcome="deceptive"}'
_MODEL: Labels = ("policy", "model")
_POLICY: Labels = ("policy",)
_ERRORS = 'candor_tenant_requests_total{outcome=~"failed|shed"}'
# What a caller did wrong or asked too much of is none of our errors.
_REQUESTS = 'candor_tenant_requests_total{outcome=~"answered|failed|shed"}'


def records(values: Thresholds) -> tuple[tuple[str, tuple[Record, ...]], ...]:
    """Groups in order; a rule may read what stands before it in its group."""
    return (
        ("candor-answers", (*_rates(values), *_answers(values), *_history(values))),
        ("candor-shares", (*_shares(values), *_escalations(values), *_money(values))),
        ("candor-scores", _scores(values)),
        ("candor-objectives", _objectives(values)),
    )


def _rates(values: Thresholds) -> tuple[Record, ...]:
    now = values.windows.now
    verdict: Labels = ("policy", "model", "outcome", "action")
    category: Labels = ("policy", "model", "category")
    return (
        Record("candor:answers:rate", rate("candor_verdicts_total", now, verdict), verdict),
        Record("candor:categories:rate", rate("candor_categories_total", now, category), category),
    )


def _answers(values: Thresholds) -> tuple[Record, ...]:
    found: list[Record] = []
    for name in ("fast", "slow"):
        window = getattr(values.windows, name)
        whole, part = f"candor:conclusive:{name}", f"candor:deceptive:{name}"
        deceptive = f"{increase(_DECEPTIVE, window, _MODEL)} or {whole} * 0"
        found += [
            Record(
                f"candor:answers:{name}",
                increase("candor_verdicts_total", window, _POLICY),
                _POLICY,
            ),
            Record(whole, increase(_CONCLUSIVE, window, _MODEL), _MODEL),
            Record(part, deceptive, _MODEL),
            Record(f"candor:deceptive_share:{name}", f"{part} / ({whole} > 0)", _MODEL),
        ]
    return tuple(found)


def _history(values: Thresholds) -> tuple[Record, ...]:
    """Counts of a week are sums over the recorded rate: over the counters of each pod they would
    be read anew, millions of samples, at every evaluation."""
    rule, whole, part = values.deception, "candor:conclusive:baseline", "candor:deceptive:baseline"
    share_known = f"{part} / ({whole} >= {rule.least_history})"
    return (
        Record(whole, _usual('outcome=~"deceptive|non_deceptive"', values), _MODEL),
        Record(part, _usual('outcome="deceptive"', values) + f" or {whole} * 0", _MODEL),
        Record("candor:deceptive_share:history", share_known, _MODEL),
        Record(
            "candor:deceptive_share:baseline",
            "candor:deceptive_share:history or "
            f"candor:conclusive:slow * 0 + {rule.share_without_history}",
            _MODEL,
        ),
        Record("candor:deceptive_share:chance", _chance(rule.deviations), _MODEL),
        *(_expected(name) for name in ("fast", "slow")),
    )


def _usual(matcher: str, values: Thresholds) -> str:
    windows = values.windows
    series = f"candor:answers:rate{{{matcher}}}"
    summed = f"sum_over_time({series}[{windows.baseline}] offset {windows.slow})"
    return f"sum by (policy, model) ({summed}) * {seconds(values.interval):g}"


def _chance(deviations: float) -> str:
    """How far above the baseline chance alone may take the slow share (binomial)."""
    base = "candor:deceptive_share:baseline"
    return f"{base} + {deviations} * sqrt({base} * (1 - {base}) / (candor:conclusive:slow > 0))"


def _expected(name: str) -> Record:
    usual = f"candor:deceptive_share:history * candor:conclusive:{name}"
    return Record(f"candor:deceptive_expected:{name}", f"sum by (policy) ({usual})", _POLICY)


def _shares(values: Thresholds) -> tuple[Record, ...]:
    found: list[Record] = []
    for name in ("fast", "slow"):
        window, answers = getattr(values.windows, name), f"candor:answers:{name}"
        found += [
            _share("inconclusive", name, _inconclusive(window), answers, _POLICY),
            _degraded(name, window),
            _coverage(name, window),
            _share("undecided", name, _of_debates("undecided", window), _debates(window), _POLICY),
            _share("flips", name, _of_debates("flips", window), _debates(window), _POLICY),
        ]
    asked = increase("candor_cache_requests_total", values.windows.fast)
    failed = increase("candor_cache_errors_total", values.windows.fast)
    return (*found, Record("candor:cache_failed_share:fast", share(failed, asked)))


def _share(what: str, window: str, part: str, whole: str, labels: Labels) -> Record:
    return Record(f"candor:{what}_share:{window}", share(part, whole), labels)


def _inconclusive(window: str) -> str:
    return increase('candor_verdicts_total{outcome="inconclusive"}', window, _POLICY)


def _degraded(name: str, window: str) -> Record:
    part = increase("candor_degraded_total", window, ("reason",))
    expr = f"{part} / on () group_left () (sum(candor:answers:{name}) > 0)"
    return Record(f"candor:degraded_share:{name}", expr, ("reason",))


def _coverage(name: str, window: str) -> Record:
    judged = increase('candor_coverage_parts_total{status="judged"}', window, ("part",))
    whole = increase("candor_coverage_parts_total", window, ("part",))
    return _share("coverage", name, judged, whole, ("part",))


def _of_debates(what: str, window: str) -> str:
    return increase(f"candor_debate_{what}_total", window, _POLICY)


def _debates(window: str) -> str:
    return increase('candor_steps_total{tier="debate"}', window, _POLICY)


def _escalations(values: Thresholds) -> tuple[Record, ...]:
    windows, way = values.windows, ("policy", "from_tier")
    rates = (
        Record("candor:steps:rate", _steps_rate(windows.now), way),
        Record("candor:escalations:rate", _escalations_rate(windows.now), way),
    )
    shares = tuple(
        Record(f"candor:escalation_share:{name}", _escalated(window), way)
        for name, window in (("fast", windows.fast), ("slow", windows.slow))
    )
    usual = [
        f"sum_over_time({series}[{windows.baseline}] offset {windows.slow})"
        for series in ("candor:escalations:rate", "candor:steps:rate")
    ]
    return (*rates, *shares, Record("candor:escalation_share:baseline", share(*usual), way))


def _as_origin(steps: str) -> str:
    return f'label_replace({steps}, "from_tier", "$1", "tier", "(.+)")'


def _steps_rate(window: str) -> str:
    steps = _as_origin(rate("candor_steps_total", window, ("policy", "tier")))
    return f"sum by (policy, from_tier) ({steps})"


def _escalations_rate(window: str) -> str:
    part = rate("candor_escalations_total", window, ("policy", "from_tier"))
    return f"{part} or candor:steps:rate * 0"


def _escalated(window: str) -> str:
    part = increase("candor_escalations_total", window, ("policy", "from_tier"))
    steps = _as_origin(increase("candor_steps_total", window, ("policy", "tier")))
    return share(part, f"sum by (policy, from_tier) ({steps})")


def _money(values: Thresholds) -> tuple[Record, ...]:
    windows = values.windows
    rates = tuple(
        Record(f"candor:cost_usd_per_hour:{name}", f"3600 * {rate('candor_cost_usd_total', w)}")
        for name, w in (("now", windows.now), ("fast", windows.fast), ("slow", windows.slow))
    )
    usual = (
        f"avg_over_time(candor:cost_usd_per_hour:now[{windows.baseline}] offset {windows.slow})"
    )
    return (
        *rates,
        Record("candor:cost_usd_per_hour:baseline", usual),
        Record("candor:cost_usd:day", increase("candor_cost_usd_total", windows.day)),
    )


def _scores(values: Thresholds) -> tuple[Record, ...]:
    """Each bucket's share of the scores now beside that of a week ago; the largest difference
    is the Kolmogorov-Smirnov distance, as far as the buckets can tell it."""
    windows, bucket = values.windows, ("policy", "model", "le")
    shares = (
        f"{increase('candor_deception_score_bucket', windows.drift, bucket)} / "
        "ignoring (le) group_left () (candor:scores:drift > 0)"
    )
    now = "candor:score_share:drift"
    apart = f"abs({now} - {now} offset {windows.week})"
    scores = increase("candor_deception_score_count", windows.drift, _MODEL)
    return (
        Record("candor:scores:drift", scores, _MODEL),
        Record(now, shares, bucket),
        Record("candor:score_distance:drift", f"max by (policy, model) ({apart})", _MODEL),
    )


def _objectives(values: Thresholds) -> tuple[Record, ...]:
    found: list[Record] = []
    quick = f'candor_request_seconds_bucket{{le="{values.objectives.quick_seconds}"}}'
    for burn in values.objectives.burn:
        for kind in ("long", "short"):
            window, name = getattr(burn, kind), f"{burn.name}_{kind}"
            asked, timed = f"candor:requests:{name}", f"candor:timed:{name}"
            slow = f"1 - {increase(quick, window)} / ({timed} > 0)"
            found += [
                Record(asked, increase(_REQUESTS, window)),
                Record(f"candor:error_share:{name}", share(increase(_ERRORS, window), asked)),
                _burn("error", name, values.objectives.answered),
                Record(timed, increase("candor_request_seconds_count", window)),
                Record(f"candor:slow_share:{name}", slow),
                _burn("slow", name, values.objectives.quick),
            ]
    return tuple(found)


def _burn(what: str, name: str, objective: float) -> Record:
    """How many times faster than evenly the error budget goes."""
    budget = f"{1 - objective:.6g}"
    return Record(f"candor:{what}_burn:{name}", f"candor:{what}_share:{name} / {budget}")
