"""Reports: complete, apart where it matters, and safe to open."""

import json
import re
from collections.abc import Sequence
from functools import cache
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from candor.domain.verdict import Outcome
from candor.evaluation import plots, report_html, report_json, report_markdown
from candor.evaluation.intervals import Bootstrap
from candor.evaluation.metrics import CASCADE_METRICS, TITLES, VERDICT_METRICS
from candor.evaluation.report import Evaluation, Run, evaluate
from candor.evaluation.results import Result
from candor.evaluation.sample import Sample
from candor.evaluation.summary import Part
from tests.unit.evaluation.samples import DECEPTIVE, HONEST, OPEN, random_sample, result

HOSTILE = '<script src="http://evil.example">|`x`'


def results(policy: str = "default") -> list[Result]:
    outcomes: list[Outcome] = [DECEPTIVE, OPEN, HONEST]
    return [
        result(
            f"c{n}",
            n % 2 == 0,
            outcomes[n % 3],
            round(0.9 - n / 40, 3),
            policy=policy,
            reasoning=n % 4 < 2,
            category=HOSTILE if n % 5 else "omission",
            source="made up",
            target="honest_error" if n % 6 == 1 else "",
        )
        for n in range(24)
    ]


def found(rows: Sequence[Result]) -> Evaluation:
    return evaluate(Run("1.0", HOSTILE, "jsonl", 4), rows, Bootstrap(100))


@cache
def usual() -> Evaluation:
    return found(results())


@cache
def of_two() -> Evaluation:
    return found([*results(), *results("other")])


def part(evaluation: Evaluation, name: str) -> Part:
    return next(p for p in evaluation.summaries[0].parts if p.name == name)


def test_the_parts_are_those_that_were_asked_for() -> None:
    names = [p.name for p in usual().summaries[0].parts]
    assert names == [
        "all",
        "with reasoning",
        "without reasoning",
        "honest errors",
        "without honest errors",
        HOSTILE,
        "omission",
        "made up",
    ]


def test_settled_and_all_are_both_there_and_differ_by_what_is_open() -> None:
    whole = part(usual(), "all")
    assert (whole.cases, whole.conclusive) == (24, 16)
    assert whole.cascade["coverage"].value == pytest.approx(16 / 24)
    # Of 12 deceptive ones 4 are convicted, 4 open, 4 cleared.
    assert whole.settled["recall"].value == pytest.approx(4 / 8)
    assert whole.every["recall"].value == pytest.approx(8 / 12)


def test_honest_errors_show_how_often_they_are_taken_for_lies() -> None:
    errors = part(usual(), "honest errors")
    assert (errors.cases, errors.deceptive) == (4, 0)
    assert errors.every["false_positive_rate"].value == 1.0
    assert errors.every["auroc"].value is None


def test_errors_are_counted_and_count_in_nothing() -> None:
    failed = result("e", True, None, None, error="screen:ModelTimeout")
    with_one = part(found([*results(), failed]), "all")
    without = part(usual(), "all")
    assert (with_one.cases, with_one.errors) == (25, 1)
    assert with_one.every == without.every
    assert with_one.cascade == without.cascade


def test_a_run_of_errors_alone_can_still_be_reported() -> None:
    nothing = found([result("e", True, None, None, error="screen:ModelTimeout")])
    assert part(nothing, "all").every["accuracy"].value is None
    assert "screen" not in report_html.render(nothing)
    assert report_markdown.render(nothing)
    json.loads(report_json.render(nothing))


def test_the_json_has_every_metric_with_its_interval() -> None:
    told = json.loads(report_json.render(usual()))
    whole = told["policies"][0]["parts"][0]
    names = {metric.name for metric in VERDICT_METRICS}
    assert set(whole["settled"]) == set(whole["every"]) == names
    assert set(whole["cascade"]) == {metric.name for metric in CASCADE_METRICS}
    assert whole["every"]["accuracy"]["interval"]["low"] < whole["every"]["accuracy"]["value"]


def test_the_same_results_give_the_same_report() -> None:
    for render in (report_json.render, report_markdown.render, report_html.render):
        assert render(found(results())) == render(usual())


def test_the_markdown_has_every_metric_and_tables_that_hold() -> None:
    text = report_markdown.render(usual())
    assert all(f"| {title} |" in text for title in TITLES.values())
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        cells = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(cells) == 1
    assert "<script" not in text.replace("\\<", "")


def test_the_page_needs_nothing_from_outside_and_runs_nothing() -> None:
    page = report_html.render(of_two())
    assert "<script" not in page
    assert not re.search(r"<(?:link|img|iframe|object)|(?:src|href)\s*=\s*[\"']?http", page)
    assert "@import" not in page
    assert "url(" not in page
    assert "prefers-color-scheme: dark" in page


def test_the_plots_are_all_there_and_well_formed() -> None:
    page = report_html.render(of_two())
    drawings = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    titles = [ET.fromstring(svg).get("aria-label") for svg in drawings]
    assert titles[:3] == ["ROC", "Risk and coverage", "Reliability"]
    assert len(titles) == 5
    assert "nan" not in " ".join(drawings)


def test_every_two_policies_are_compared() -> None:
    three = [*results("a"), *results("b"), *results("c")]
    compared = found(three).comparisons
    assert [(one.first, one.second) for one in compared] == [("a", "b"), ("a", "c"), ("b", "c")]


def test_the_roc_curve_encloses_the_area_that_is_reported() -> None:
    sample = random_sample(0)
    curve = plots.roc("p", sample)
    auroc = next(m for m in VERDICT_METRICS if m.name == "auroc").value(sample)
    assert np.trapezoid(curve.ys, curve.xs) == pytest.approx(auroc)
    assert (curve.xs[0], curve.ys[0], curve.xs[-1], curve.ys[-1]) == (0, 0, 1, 1)


def test_without_both_classes_there_is_no_roc_curve() -> None:
    assert not len(plots.roc("p", Sample.of([result("a", True, DECEPTIVE)])).xs)


def test_at_full_coverage_the_risk_is_the_error_rate_at_one_half() -> None:
    sample = random_sample(0, digits=6)
    curve = plots.risk_coverage("p", sample)
    assert curve.xs[-1] == 1.0
    assert curve.ys[-1] == pytest.approx(((sample.scores > 0.5) != sample.deceptive).mean())
