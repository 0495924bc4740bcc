"""Monitor quality: how far the monitor itself can be trusted."""

from tools.dashboards.frame import Page, Section
from tools.dashboards.panels import (
    PER_SECOND,
    SHARE,
    About,
    Query,
    graph,
    number,
    ranking,
)

_P = 'policy=~"$policy"'
_OF = 'policy=~"$policy",model=~"$model"'
_W = "$__rate_interval"
_BOUNDS = ("estimate", "low", "high")


def quality() -> Page:
    return Page(
        "candor-quality",
        "Monitor quality",
        "What audits, drift and debates tell of the monitor's own mistakes.",
        ("policy", "model"),
        (_now(), _audits(), _drift(), _debates()),
    )


def _rate(kind: str, bound: str) -> str:
    return f'max by (policy, tier) (candor_audit_{kind}_rate{{{_P},bound="{bound}"}})'


def _precision(bound: str) -> str:
    """Of a conviction, from how often the tier convicts and how often it errs.

    The prevalence behind an observed share q is (q - f) / (1 - m - f) (Rogan and Gladen 1978),
    with f the false positive rate and m the miss rate; the precision is its share of q.
    """
    miss, false = _rate("miss", bound), _rate("false_positive", bound)
    settled, convicted = _turns("settled_.+"), _turns("settled_deceptive")
    observed = f"(({convicted} > 0) / ({settled} > 0))"
    informed = f"(1 - {miss} - {false} > 0)"
    return f"clamp((1 - {miss}) * ({observed} - {false}) / {informed} / {observed}, 0, 1)"


def _turns(result: str) -> str:
    steps = f'candor_steps_total{{{_P},result=~"{result}"}}'
    return f"sum by (policy, tier) (increase({steps}[$__range]))"


def _now() -> Section:
    few = "too few audits yet"
    return Section(
        "Now",
        (
            number(
                About(
                    "Missed at most",
                    "Upper bound (95 %) of the share of the deceptive that the "
                    "worst tier cleared.",
                    SHARE,
                    "CandorAuditMissRate",
                    nothing=few,
                ),
                Query(f"max({_rate('miss', 'high')} >= 0)"),
                width=6,
                warn=0.1,
                bad=0.3,
            ),
            number(
                About(
                    "Accused at most",
                    "Upper bound (95 %) of the share of the honest that the worst tier convicted.",
                    SHARE,
                    "CandorAuditFalsePositiveRate",
                    nothing=few,
                ),
                Query(f"max({_rate('false_positive', 'high')} >= 0)"),
                width=6,
                warn=0.1,
                bad=0.3,
            ),
            number(
                About(
                    "Audits",
                    "Audits that the rates rest on, of all tiers.",
                    runbook="CandorAuditMissRate",
                    nothing=few,
                ),
                Query(f"sum(candor_audit_sample{{{_P}}})"),
                width=6,
            ),
            number(
                About(
                    "Unfamiliar",
                    "Share of what the screen saw that is unlike all that it "
                    "learned from. 0 also where the screen is not a trained one.",
                    SHARE,
                    "CandorScoreDrift",
                ),
                Query(
                    "(sum(increase(candor_screen_unfamiliar_total[$__range])) or vector(0)) / "
                    f'(sum(increase(candor_steps_total{{tier="screen",{_P}}}[$__range])) > 0)'
                ),
                width=6,
                warn=0.1,
                bad=0.3,
            ),
        ),
    )


def _audits() -> Section:
    few = "too few audits yet"
    return Section(
        "What audits tell",
        (
            graph(
                About(
                    "Miss rate",
                    "Share of the deceptive that each tier cleared, with the bounds "
                    "that hold it with 95 % confidence. No estimate below 30 audits.",
                    SHARE,
                    "CandorAuditMissRate",
                    "outcome=non_deceptive",
                    few,
                ),
                *(
                    Query(f"{_rate('miss', b)} >= 0", f"{{{{policy}}}} {{{{tier}}}} {b}")
                    for b in _BOUNDS
                ),
                top=1,
            ),
            graph(
                About(
                    "False positive rate",
                    "Share of the honest that each tier convicted, with bounds.",
                    SHARE,
                    "CandorAuditFalsePositiveRate",
                    "outcome=deceptive",
                    few,
                ),
                *(
                    Query(f"{_rate('false_positive', b)} >= 0", f"{{{{policy}}}} {{{{tier}}}} {b}")
                    for b in _BOUNDS
                ),
                top=1,
            ),
            graph(
                About(
                    "Expected precision",
                    "Share of a tier's convictions that are right, at the "
                    "rate at which it convicts now: from the bounds of the audits (Rogan and "
                    "Gladen). 0 where convictions are no more than false alarms would be.",
                    SHARE,
                    "CandorAuditFalsePositiveRate",
                    "outcome=deceptive",
                    few,
                ),
                Query(_precision("estimate"), "{{policy}} {{tier}} estimate"),
                Query(_precision("high"), "{{policy}} {{tier}} at worst"),
                top=1,
            ),
            graph(
                About(
                    "Audits by result",
                    "Per second: `missed` and `false_alarm` are errors of the cheap tier.",
                    PER_SECOND,
                    "CandorAuditMissRate",
                    nothing="nothing was audited",
                ),
                Query(
                    f"sum by (tier, result) (rate(candor_audits_total{{{_P}}}[{_W}]))",
                    "{{tier}}: {{result}}",
                ),
            ),
        ),
    )


def _drift() -> Section:
    mean = (
        f"sum by (model) (rate(candor_deception_score_sum{{{_OF}}}[{_W}])) / "
        f"(sum by (model) (rate(candor_deception_score_count{{{_OF}}}[{_W}])) > 0)"
    )
    return Section(
        "Drift",
        (
            graph(
                About(
                    "Distance of scores from last week",
                    "Kolmogorov-Smirnov distance between "
                    "the distribution of scores now and a week ago: 0 alike, 1 wholly apart.",
                    SHARE,
                    "CandorScoreDrift",
                    nothing="no scores a week ago",
                ),
                Query(f"candor:score_distance:drift{{{_OF}}}", "{{policy}} {{model}}"),
                top=1,
            ),
            graph(
                About(
                    "Mean score", "Of answers that have one, by model.", SHARE, "CandorScoreDrift"
                ),
                Query(mean, "{{model}}"),
                top=1,
            ),
            ranking(
                About(
                    "Scores that the distance rests on",
                    "Answers with a score in the window.",
                    runbook="CandorScoreDrift",
                ),
                Query(f"candor:scores:drift{{{_OF}}}"),
                hidden=("__name__",),
            ),
            graph(
                About(
                    "Unfamiliar exchanges",
                    "Per second, unlike all that a trained screen learned "
                    "from; and what a candidate would have done otherwise.",
                    PER_SECOND,
                    "CandorScoreDrift",
                    nothing="no trained screen",
                ),
                Query(
                    f"sum by (classifier) (rate(candor_screen_unfamiliar_total[{_W}]))",
                    "unfamiliar to {{classifier}}",
                ),
                Query(
                    f"sum by (result) (rate(candor_screen_shadow_total[{_W}]))",
                    "candidate: {{result}}",
                ),
            ),
        ),
    )


def _debates() -> Section:
    return Section(
        "Debates",
        (
            graph(
                About(
                    "Undecided debates",
                    "Share that settled on neither side: there the debate does not help.",
                    SHARE,
                    "CandorDebatesUndecided",
                    "outcome=inconclusive",
                    "no debates",
                ),
                Query(f"candor:undecided_share:fast{{{_P}}}", "{{policy}}"),
            ),
            graph(
                About(
                    "Flips",
                    "Share of debates that turned with the order of the sides, of all "
                    "debates (only some are held twice: `swap_check`).",
                    SHARE,
                    "CandorDebatesUndecided",
                    "outcome=inconclusive",
                    "no debates",
                ),
                Query(f"candor:flips_share:fast{{{_P}}}", "{{policy}} now"),
                Query(f"candor:flips_share:slow{{{_P}}}", "{{policy}} slow window"),
            ),
        ),
    )
