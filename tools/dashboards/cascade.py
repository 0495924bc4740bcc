"""Cascade and cost: which tiers did the work, and what it cost."""

from tools.dashboards.frame import Page, Section
from tools.dashboards.panels import (
    COUNT,
    PER_SECOND,
    SECONDS,
    SHARE,
    USD,
    About,
    Query,
    graph,
    number,
)

_P = 'policy=~"$policy"'
_W = "$__rate_interval"


def cascade() -> Page:
    return Page(
        "candor-cascade",
        "Cascade and cost",
        "How far exchanges went through the tiers, what models were asked, and what it cost.",
        ("policy",),
        (_spent(), _tiers(), _models(), _cache()),
    )


def _spent() -> Section:
    known = 'result=~"hit|joined"'
    asked = "sum(rate(candor_cache_requests_total[5m]))"
    return Section(
        "Spent",
        (
            number(
                About(
                    "Cost now",
                    "US dollars an hour, at the pace of the last minutes.",
                    USD,
                    "CandorCostJump",
                ),
                Query("candor:cost_usd_per_hour:now"),
            ),
            number(
                About(
                    "Cost of a day",
                    "US dollars in the last 24 hours, of all endpoints.",
                    USD,
                    "CandorBudgetBurn",
                ),
                Query("candor:cost_usd:day"),
            ),
            number(
                About(
                    "Model calls",
                    "Attempts at calls per second, failed ones too.",
                    PER_SECOND,
                    "CandorCostJump",
                    nothing="no model was asked",
                ),
                Query("sum(rate(candor_model_calls_total[5m]))"),
            ),
            number(
                About(
                    "Known already",
                    "Share of the answers that came out of the cache or of work "
                    "that somebody else had begun.",
                    SHARE,
                    "CandorCacheFailing",
                ),
                Query(
                    f"(sum(rate(candor_cache_requests_total{{{known}}}[5m])) or {asked} * 0) / "
                    f"({asked} > 0)"
                ),
            ),
            number(
                About(
                    "Cost per 1,000 answers",
                    "US dollars, over the time shown.",
                    USD,
                    "CandorCostJump",
                ),
                Query(
                    "1000 * sum(increase(candor_cost_usd_total[$__range])) / "
                    "(sum(increase(candor_verdicts_total[$__range])) > 0)"
                ),
            ),
            number(
                About(
                    "Tokens",
                    "Tokens read and written in the time shown.",
                    COUNT,
                    "CandorBudgetBurn",
                    nothing="no model was asked",
                ),
                Query("sum(increase(candor_tokens_total[$__range]))"),
            ),
        ),
    )


def _tiers() -> Section:
    return Section(
        "Tiers",
        (
            graph(
                About(
                    "Escalation",
                    "Share of what each tier saw that it handed to the next one.",
                    SHARE,
                    "CandorEscalationJump",
                ),
                Query(f"candor:escalation_share:fast{{{_P}}}", "{{policy}}: from {{from_tier}}"),
            ),
            graph(
                About(
                    "Ways of escalation",
                    "Exchanges handed on per second.",
                    PER_SECOND,
                    "CandorEscalationJump",
                    nothing="nothing was handed on",
                ),
                Query(
                    f"sum by (from_tier, to_tier) (rate(candor_escalations_total{{{_P}}}[{_W}]))",
                    "{{from_tier}} to {{to_tier}}",
                ),
            ),
            graph(
                About(
                    "What tiers came to",
                    "Turns of tiers per second by result; an error stands by its name.",
                    PER_SECOND,
                    "CandorInconclusive",
                ),
                Query(
                    f"sum by (tier, result) (rate(candor_steps_total{{{_P}}}[{_W}]))",
                    "{{tier}}: {{result}}",
                ),
                stacked=True,
            ),
            graph(
                About(
                    "Answers by who decided",
                    "Answers per second; `none` are those in which nobody was sure.",
                    PER_SECOND,
                    "CandorInconclusive",
                ),
                Query(
                    f"sum by (decided_by) (rate(candor_verdicts_total{{{_P}}}[{_W}]))",
                    "{{decided_by}}",
                ),
                stacked=True,
            ),
            graph(
                About(
                    "Time of a turn",
                    "95th percentile of the time that each tier took.",
                    SECONDS,
                    "CandorLatencyBudgetUrgent",
                ),
                Query(
                    "histogram_quantile(0.95, sum by (tier, le) "
                    f"(rate(candor_step_seconds_bucket{{{_P}}}[{_W}]))) >= 0",
                    "{{tier}}",
                ),
            ),
            graph(
                About(
                    "Visual operations",
                    "Operations that debaters asked for, per second: drawn, "
                    "repeated, or why they were refused.",
                    PER_SECOND,
                    "CandorDebatesUndecided",
                    nothing="nobody pointed at anything",
                ),
                Query(
                    f"sum by (kind, result) (rate(candor_operations_total[{_W}]))",
                    "{{kind}}: {{result}}",
                ),
            ),
        ),
    )


def _models() -> Section:
    return Section(
        "Models",
        (
            graph(
                About(
                    "Model calls by endpoint",
                    "Attempts per second by result.",
                    PER_SECOND,
                    "CandorEndpointBreakerOpen",
                    nothing="no model was asked",
                ),
                Query(
                    f"sum by (endpoint, result) (rate(candor_model_calls_total[{_W}]))",
                    "{{endpoint}}: {{result}}",
                ),
            ),
            graph(
                About(
                    "Model calls by role",
                    "Attempts per second by the part that was played.",
                    PER_SECOND,
                    "CandorCostJump",
                    nothing="no model was asked",
                ),
                Query(f"sum by (role) (rate(candor_model_calls_total[{_W}]))", "{{role}}"),
                stacked=True,
            ),
            graph(
                About(
                    "Time of a call",
                    "Median and 95th percentile by endpoint.",
                    SECONDS,
                    "CandorEndpointBreakerOpen",
                    nothing="no model was asked",
                ),
                *(
                    Query(
                        f"histogram_quantile({q}, sum by (endpoint, le) "
                        f"(rate(candor_model_call_seconds_bucket[{_W}]))) >= 0",
                        f"{{{{endpoint}}}} {q}",
                    )
                    for q in (0.5, 0.95)
                ),
            ),
            graph(
                About(
                    "Tokens",
                    "Tokens per second as billed, by endpoint and direction.",
                    COUNT,
                    "CandorBudgetBurn",
                    nothing="no model was asked",
                ),
                Query(
                    f"sum by (endpoint, direction) (rate(candor_tokens_total[{_W}]))",
                    "{{endpoint}} {{direction}}",
                ),
                stacked=True,
            ),
            graph(
                About(
                    "Money",
                    "US dollars an hour by endpoint, at configured prices.",
                    USD,
                    "CandorBudgetBurn",
                    nothing="no model was asked",
                ),
                Query(
                    f"3600 * sum by (endpoint) (rate(candor_cost_usd_total[{_W}]))", "{{endpoint}}"
                ),
                Query("candor:cost_usd_per_hour:baseline", "usual, all endpoints"),
            ),
            graph(
                About(
                    "Shadow policies",
                    "What shadows said beside the policy that acted, per second.",
                    PER_SECOND,
                    "CandorBudgetBurn",
                    nothing="no policy has a shadow",
                ),
                Query(
                    "sum by (shadow, agreement) "
                    f"(rate(candor_shadow_verdicts_total{{{_P}}}[{_W}]))",
                    "{{shadow}}: {{agreement}}",
                ),
            ),
        ),
    )


def _cache() -> Section:
    return Section(
        "Cache and shared work",
        (
            graph(
                About(
                    "Answers by cache use", "Answers per second.", PER_SECOND, "CandorCacheFailing"
                ),
                Query(f"sum by (result) (rate(candor_cache_requests_total[{_W}]))", "{{result}}"),
                stacked=True,
            ),
            graph(
                About(
                    "Where verdicts were found",
                    "Finds per second: in the process, there while "
                    "Redis was away (`stale`), in Redis (`shared`).",
                    PER_SECOND,
                    "CandorCacheFailing",
                ),
                Query(f"sum by (level) (rate(candor_cache_level_hits_total[{_W}]))", "{{level}}"),
            ),
            graph(
                About(
                    "Joined work",
                    "Waits for work that somebody else had begun, per second.",
                    PER_SECOND,
                    "CandorCacheFailing",
                ),
                Query(f"sum by (where) (rate(candor_joins_total[{_W}]))", "{{where}}"),
                Query(
                    f"sum(rate(candor_fleet_takeovers_total[{_W}]))",
                    "in vain: the replica gave none",
                ),
                Query(
                    f"sum(rate(candor_fleet_leases_lost_total[{_W}]))",
                    "leases that ran out at work",
                ),
            ),
            graph(
                About(
                    "Shadow cost",
                    "US dollars an hour for shadows, part of the money above.",
                    USD,
                    "CandorBudgetBurn",
                    nothing="no policy has a shadow",
                ),
                Query(
                    f"3600 * sum by (shadow) (rate(candor_shadow_cost_usd_total[{_W}]))",
                    "{{shadow}}",
                ),
            ),
            graph(
                About(
                    "What shadows ask of models",
                    "Calls and tokens per second, part of those above.",
                    COUNT,
                    "CandorBudgetBurn",
                    nothing="no policy has a shadow",
                ),
                Query(
                    f"sum by (shadow) (rate(candor_shadow_model_calls_total[{_W}]))",
                    "{{shadow}}: calls",
                ),
                Query(
                    f"sum by (shadow, direction) (rate(candor_shadow_tokens_total[{_W}]))",
                    "{{shadow}}: {{direction}} tokens",
                ),
            ),
        ),
    )
