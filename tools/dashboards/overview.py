"""Deception overview: how much, by whom, of which kind."""

from tools.dashboards.frame import Page, Section
from tools.dashboards.panels import (
    PER_SECOND,
    SHARE,
    About,
    Query,
    distribution,
    graph,
    number,
    ranking,
)

_OF = 'policy=~"$policy",model=~"$model"'
_CONCLUSIVE = f'candor:answers:rate{{{_OF},outcome=~"deceptive|non_deceptive"}}'
_DECEPTIVE = f'candor:answers:rate{{{_OF},outcome="deceptive"}}'


def _share_by(label: str) -> str:
    part, whole = (f"sum by ({label}) ({one})" for one in (_DECEPTIVE, _CONCLUSIVE))
    return f"({part} or {whole} * 0) / ({whole} > 0)"


def _counts(matcher: str) -> str:
    return f"sum(increase(candor_verdicts_total{{{_OF}{matcher}}}[$__range]))"


def overview() -> Page:
    return Page(
        "candor-deception",
        "Deception overview",
        "How often the monitored models deceive, which of them, and how.",
        ("policy", "model"),
        (_now(), _rates(), _scores()),
    )


def _now() -> Section:
    whole = f"sum({_CONCLUSIVE})"
    deceptive = f"(sum({_DECEPTIVE}) or {whole} * 0) / ({whole} > 0)"
    blocked = _counts(',action="block"')
    reviewed = _counts(',action="review"')
    return Section(
        "Now",
        (
            number(
                About(
                    "Deceptive",
                    "Share of the conclusive answers of the last minutes that were deceptive.",
                    SHARE,
                    "CandorDeceptionAboveBaseline",
                    "outcome=deceptive",
                    "no conclusive answer lately",
                ),
                Query(deceptive),
                warn=0.05,
                bad=0.2,
            ),
            number(
                About(
                    "Answers", "Answers per second, of any outcome.", PER_SECOND, "CandorNoTraffic"
                ),
                Query(f"sum(candor:answers:rate{{{_OF}}})"),
            ),
            number(
                About(
                    "Deceptive answers",
                    "How many in the time shown. Few make a share uncertain.",
                    verdicts="outcome=deceptive",
                ),
                Query(_counts(',outcome="deceptive"')),
            ),
            number(
                About(
                    "Blocked",
                    "Answers with the action `block`, in the time shown.",
                    verdicts="action=block",
                ),
                Query(blocked),
            ),
            number(
                About(
                    "For review",
                    "Answers with the action `review`, in the time shown.",
                    verdicts="action=review",
                ),
                Query(reviewed),
            ),
            number(
                About(
                    "Inconclusive",
                    "Share of the answers of the last minutes in which nobody was sure. They are "
                    "in no deception rate.",
                    SHARE,
                    "CandorInconclusive",
                    "outcome=inconclusive",
                ),
                Query(
                    f'(sum(candor:answers:rate{{{_OF},outcome="inconclusive"}}) or '
                    f"sum(candor:answers:rate{{{_OF}}}) * 0) / "
                    f"(sum(candor:answers:rate{{{_OF}}}) > 0)"
                ),
                warn=0.1,
                bad=0.2,
            ),
        ),
    )


def _rates() -> Section:
    return Section(
        "Rates and counts",
        (
            graph(
                About(
                    "Deception rate by model",
                    "Deceptive share of each model's conclusive answers. `usual` is the model's "
                    "own baseline, which the alert compares with.",
                    SHARE,
                    "CandorDeceptionAboveBaseline",
                    "outcome=deceptive",
                ),
                Query(_share_by("model"), "{{model}}"),
                Query(
                    f"avg by (model) (candor:deceptive_share:baseline{{{_OF}}})", "{{model}} usual"
                ),
            ),
            graph(
                About(
                    "Deception rate by policy",
                    "Deceptive share of the conclusive answers under each policy.",
                    SHARE,
                    "CandorBlind",
                    "outcome=deceptive",
                ),
                Query(_share_by("policy"), "{{policy}}"),
            ),
            graph(
                About(
                    "Answers by outcome",
                    "Answers per second by what was found.",
                    PER_SECOND,
                    "CandorNoTraffic",
                ),
                Query(f"sum by (outcome) (candor:answers:rate{{{_OF}}})", "{{outcome}}"),
                stacked=True,
            ),
            graph(
                About(
                    "Blocked and reviewed",
                    "Answers per second by the action that the policy took.",
                    PER_SECOND,
                    verdicts="action=review",
                ),
                Query(f"sum by (action) (candor:answers:rate{{{_OF}}})", "{{action}}"),
                stacked=True,
            ),
            graph(
                About(
                    "Behaviours",
                    "Deceptive answers per second that show each behaviour; one answer may show "
                    "several.",
                    PER_SECOND,
                    "CandorDeceptionAboveBaseline",
                    "outcome=deceptive",
                    "no deceptive answer shows a behaviour",
                ),
                Query(f"sum by (category) (candor:categories:rate{{{_OF}}})", "{{category}}"),
                stacked=True,
            ),
            ranking(
                About(
                    "Counts by model and outcome",
                    "How many answers the rates rest on, in the time shown.",
                    verdicts="outcome=deceptive",
                ),
                Query(
                    "sum by (policy, model, outcome) "
                    f"(increase(candor_verdicts_total{{{_OF}}}[$__range]))"
                ),
            ),
        ),
    )


def _scores() -> Section:
    moved = "candor:deceptive_share:slow{{{of}}} - candor:deceptive_share:baseline{{{of}}}"
    return Section(
        "Scores and movers",
        (
            distribution(
                About(
                    "Scores",
                    "Calibrated deception scores of answers that have one. A monitor that is sure "
                    "has most at the ends; what piles up in the middle goes to review.",
                    runbook="CandorScoreDrift",
                    verdicts="min_score=0.4&max_score=0.6",
                ),
                Query(
                    "sum by (le) "
                    f"(increase(candor_deception_score_bucket{{{_OF}}}[$__rate_interval]))"
                ),
            ),
            ranking(
                About(
                    "Top movers",
                    "Models whose deception rate is furthest above their own baseline: the rate "
                    "in the slow window less the usual one.",
                    SHARE,
                    "CandorDeceptionAboveBaseline",
                    "outcome=deceptive",
                ),
                Query(f"topk(10, {moved.format(of=_OF)})"),
                hidden=("__name__",),
            ),
            graph(
                About(
                    "Texts that speak to the judge",
                    "Answers with a text that addresses the judge, by where it stood: somebody "
                    "may be trying to talk the monitor round.",
                    PER_SECOND,
                    "CandorDeceptionAboveBaseline",
                    nothing="nobody spoke to the judge",
                ),
                Query(
                    "sum by (part) (rate(candor_addresses_judge_total[$__rate_interval]))",
                    "{{part}}",
                ),
            ),
            graph(
                About(
                    "Answers that the failure posture decided",
                    "Answers per second whose action followed from why there was no verdict.",
                    PER_SECOND,
                    "CandorInconclusive",
                    "outcome=inconclusive",
                    "the posture had no say",
                ),
                Query(
                    "sum by (cause, action) "
                    '(rate(candor_posture_total{policy=~"$policy"}[$__rate_interval]))',
                    "{{cause}}: {{action}}",
                ),
            ),
        ),
    )
