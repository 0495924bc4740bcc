"""The chart's rules are those of `deploy/prometheus`, with its values as their numbers."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry

from candor.telemetry.metrics import Metrics
from tests.helm.rendering import CHART, Helm, Rendered
from tools.chart.placeholders import placed, template
from tools.chart.thresholds import QUICK_SECONDS
from tools.chart.thresholds import Thresholds as ChartThresholds
from tools.rules.render import alerts_file, recording_file
from tools.rules.thresholds import FILE, Thresholds

WRITTEN = Thresholds.read()
Rules = dict[str, Any]
Place = tuple[str, ...]


def in_chart() -> dict[str, Any]:
    """Its thresholds, as values.yaml has them."""
    values = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))
    found: dict[str, Any] = values["metrics"]["prometheusRule"]["thresholds"]
    return found


def leaves(node: Any, above: Place = ()) -> Iterator[tuple[Place, Any]]:
    if not isinstance(node, dict):
        yield above, node
        return
    for key, one in node.items():
        yield from leaves(one, (*above, key))


def with_leaf(path: Place, value: Any) -> dict[str, Any]:
    for key in reversed(path):
        value = {key: value}
    whole: dict[str, Any] = value
    return whole


def rules_of(rendered: Rendered) -> Rules:
    """By file and name; recorded ones too."""
    return {
        f"{file}: {rule.get('alert') or rule['record']}": rule
        for file, one in rendered.all("PrometheusRule").items()
        for group in one["spec"]["groups"]
        for rule in group["rules"]
    }


def rules_as(values: Thresholds) -> Rules:
    files = {"candor-alerts": alerts_file(values), "candor-recording": recording_file(values)}
    return {
        f"{file}: {rule.get('alert') or rule['record']}": rule
        for file, text in files.items()
        for group in yaml.safe_load(text)["groups"]
        for rule in group["rules"]
    }


def rendered(helm: Helm, thresholds: dict[str, Any]) -> Rules:
    rule = {"enabled": True, "thresholds": thresholds}
    return rules_of(helm.template({"metrics": {"prometheusRule": rule}}))


def another(path: Place, value: Any) -> Any:
    """A value that no other threshold has."""
    if path[-1] == "quickSeconds":
        return 2.5
    place = [one for one, _ in leaves(in_chart())].index(path) + 1
    match value:
        case str() if path[0] == "patience":
            return f"{place}m"
        case str():
            return f"response|part_{place}"
        case _:
            return round(place / 1000 + 0.5, 4) if value < 1 else 100 + place


def changed(changes: dict[str, Any]) -> Thresholds:
    """The written ones with the chart's values in their places."""
    own = yaml.safe_load(FILE.read_text("utf-8"))
    burn = changes.get("objectives", {}).pop("burn", {})
    burns = [
        one | {"factor": burn.get(one["name"], one["factor"])} for one in own["objectives"]["burn"]
    ]
    degraded = changes.get("degraded", {})
    if "except" in degraded:
        degraded["excluded"] = degraded.pop("except")
    return WRITTEN.with_changes(_snake(changes)).with_changes({"objectives": {"burn": burns}})


def _snake(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    return {
        "".join(f"_{c.lower()}" if c.isupper() else c for c in key): _snake(one)
        for key, one in node.items()
    }


def test_the_chart_has_the_numbers_that_are_written() -> None:
    """But for windows, and for links, which stand beside them."""
    whole = WRITTEN.model_dump(by_alias=True, exclude={"interval", "windows", "links"})
    whole["objectives"]["burn"] = {one.name: one.factor for one in WRITTEN.objectives.burn}
    assert in_chart() == whole


def test_every_number_of_the_chart_is_in_a_rule() -> None:
    numbers = placed(WRITTEN)
    text = template(alerts_file(numbers)) + template(recording_file(numbers))
    unused = [
        ".".join(path)
        for path, _ in leaves(in_chart())
        if f"thresholds.{'.'.join(path)}" not in text
    ]
    assert unused == []


def test_seconds_that_can_be_chosen_are_buckets_of_the_histogram() -> None:
    metrics = Metrics(CollectorRegistry())
    metrics.request_seconds.labels("debate").observe(1)
    for seconds in QUICK_SECONDS:
        assert f'le="{seconds}"' in metrics.render().decode()


def test_the_file_of_thresholds_is_no_file_of_rules() -> None:
    names = {file.name for file in (CHART / "files" / "prometheus").iterdir()}
    assert names == {"alerts.yaml.tpl", "recording.yaml.tpl"}


def test_without_values_the_rules_are_those_that_are_shipped(helm: Helm) -> None:
    assert rendered(helm, {}) == rules_as(WRITTEN)


def test_all_values_are_where_the_rules_need_them(helm: Helm) -> None:
    """Products, and numbers in words, too: each threshold has a number of its own here."""
    changes: dict[str, Any] = {}
    for path, value in leaves(in_chart()):
        place = changes
        for key in path[:-1]:
            place = place.setdefault(key, {})
        place[path[-1]] = another(path, value)
    ChartThresholds.model_validate(changes)
    assert rendered(helm, changes) == rules_as(changed(changes))


@pytest.mark.parametrize(
    ("path", "rules"),
    [
        (("inconclusive", "share"), {"CandorInconclusive"}),
        (("cost", "burn"), {"CandorBudgetBurn"}),
        (
            ("objectives", "burn", "urgent"),
            {"CandorErrorBudgetUrgent", "CandorLatencyBudgetUrgent"},
        ),
        (("injector", "certificateDays"), {"CandorInjectorCertificateEnds"}),
        (("coverage", "parts"), {"CandorCoverageBelowTarget"}),
    ],
    ids=lambda one: ".".join(one) if isinstance(one, tuple) else "",
)
def test_one_value_changes_its_alerts_and_no_other(
    helm: Helm, path: Place, rules: set[str]
) -> None:
    value = dict(leaves(in_chart()))[path]
    before, after = rules_as(WRITTEN), rendered(helm, with_leaf(path, another(path, value)))
    assert before.keys() == after.keys()
    different = {name for name, rule in before.items() if rule != after[name]}
    assert different == {f"candor-alerts: {name}" for name in rules}


@pytest.mark.parametrize(
    ("thresholds", "place"),
    [
        ({"inconclusive": {"share": 1.5}}, "share"),
        ({"inconclusive": {"shares": 0.5}}, "shares"),
        ({"objectives": {"answered": 1}}, "answered"),
        ({"objectives": {"quickSeconds": 3}}, "quickSeconds"),
        ({"coverage": {"parts": 'images"} or vector(1)'}}, "parts"),
        ({"patience": {"short": "soon"}}, "short"),
        ({"windows": {"fast": "1m"}}, "windows"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_threshold_that_cannot_be_is_refused(
    helm: Helm, thresholds: dict[str, Any], place: str
) -> None:
    said = helm.refusal(
        {"metrics": {"prometheusRule": {"enabled": True, "thresholds": thresholds}}}
    )
    assert place in said
