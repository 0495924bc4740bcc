"""Dashboards, rules and runbook say the same as the code."""

import json
import re
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
import yaml

from tests.deploy.promql import grouped
from tests.deploy.series import declared, known, recorded, strangers
from tools.dashboards.files import drifted
from tools.rules.alerts import Alert, alerts
from tools.rules.recording import records
from tools.rules.thresholds import Thresholds

DEPLOY = Path(__file__).parents[2] / "deploy"
VALUES = Thresholds.read()
ALERTS: list[Alert] = [one for _, group in alerts(VALUES) for one in group]
RECORDS = [one for _, group in records(VALUES) for one in group]
BOARDS: dict[str, dict[str, Any]] = {
    file.stem: json.loads(file.read_text(encoding="utf-8"))
    for file in sorted((DEPLOY / "grafana").glob("*.json"))
}
TITLED: dict[str, dict[str, Any]] = {
    f"{name}: {panel['title']}": panel
    for name, board in BOARDS.items()
    for panel in board["panels"]
    if panel["type"] != "row"
}
PANELS = [pytest.param(panel, id=title) for title, panel in TITLED.items()]


def entries() -> set[str]:
    """Alerts that the runbook has an entry for."""
    text = (DEPLOY / "runbook.md").read_text(encoding="utf-8")
    return set(re.findall(r"^## (\w+)$", text, re.MULTILINE))


def test_the_committed_files_are_what_the_code_makes() -> None:
    assert drifted(DEPLOY) == []


@pytest.mark.parametrize("rule", RECORDS, ids=lambda rule: rule.name)
def test_a_recording_rule_names_only_what_there_is(rule: Any) -> None:
    assert strangers(rule.expr, known(VALUES)) == []


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule.name)
def test_an_alert_names_only_what_there_is(rule: Alert) -> None:
    assert strangers(rule.expr, known(VALUES)) == []
    told = set(re.findall(r"\$labels\.(\w+)", rule.summary + rule.description))
    assert told <= set(rule.labels)


def test_a_series_that_nobody_declares_is_found() -> None:
    series = known(VALUES)
    assert strangers("rate(candor_verdict_total[5m])", series) == ["series candor_verdict_total"]
    wrong = 'sum by (tenant) (rate(candor_verdicts_total{colour="x"}[5m]))'
    assert strangers(wrong, series) == ["label colour of candor_verdicts_total", "label tenant"]


def test_every_recorded_series_has_the_labels_that_it_says() -> None:
    for rule in RECORDS:
        direct = re.match(r"^(?:\d+ \* )?(?:sum|max) by \(([^)]*)\)", rule.expr)
        if direct:
            assert set(rule.labels) == set(direct.group(1).split(", ")), rule.name


def test_nothing_is_recorded_that_nobody_reads() -> None:
    readers = (
        [one.expr for one in RECORDS]
        + [one.expr for one in ALERTS]
        + [target["expr"] for panel in TITLED.values() for target in panel["targets"]]
    )
    text = "\n".join(readers)
    unread = [n for n in recorded(VALUES) if not re.search(rf"{re.escape(n)}(?![\w:])", text)]
    assert unread == []


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_names_only_what_there_is(panel: dict[str, Any]) -> None:
    series = known(VALUES)
    for target in panel["targets"]:
        assert strangers(target["expr"], series) == []
        legend = set(re.findall(r"{{(\w+)}}", target.get("legendFormat", "")))
        assert legend <= grouped(target["expr"]) | _carried(target["expr"])


def _carried(expr: str) -> frozenset[str]:
    series = known(VALUES)
    names = re.findall(r"candor[a-z0-9_:]*", expr)
    return frozenset[str]().union(*(series.get(name, frozenset()) for name in names))


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_explains_itself(panel: dict[str, Any]) -> None:
    assert len(panel["description"]) > 15
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["fieldConfig"]["defaults"]["noValue"]
    anchors = re.findall(r"#(\w+)", " ".join(link["url"] for link in panel["links"]))
    assert panel["links"]
    assert set(anchors) <= {name.lower() for name in entries()}


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_that_divides_says_what_it_does_at_zero(panel: dict[str, Any]) -> None:
    """It leaves out what would be divided by zero, and shows words in its place."""
    for target in panel["targets"]:
        for divisor in re.findall(r"/ (\(.{0,12})", target["expr"]):
            assert divisor.startswith("("), target["expr"]
        plain = re.findall(r"/ (?!\()", target["expr"])
        assert not plain, target["expr"]
        if " / " in target["expr"]:
            assert "> 0)" in target["expr"]


@pytest.mark.parametrize("panel", PANELS)
def test_colours_are_names_that_a_theme_can_change(panel: dict[str, Any]) -> None:
    text = json.dumps(panel)
    assert not re.search(r"#[0-9a-fA-F]{6}|rgba?\(|\"(white|black)\"", text)


@pytest.mark.parametrize("name", BOARDS)
def test_a_dashboard_has_its_variables_and_uses_them(name: str) -> None:
    board = BOARDS[name]
    given = {one["name"] for one in board["templating"]["list"]}
    text = json.dumps(board["panels"])
    used = set(re.findall(r"\$\{?(\w+)", text)) - {"__rate_interval", "__range", "__from", "__to"}
    assert "datasource" in given
    assert used <= given
    assert given <= used | {"model", "tenant"} | {"candor_url"}


def test_dashboards_are_four_and_their_addresses_differ() -> None:
    uids = [board["uid"] for board in BOARDS.values()]
    assert len(set(uids)) == len(uids) == 4
    assert {rule.dashboard for rule in ALERTS} <= set(uids)


@pytest.mark.parametrize("name", BOARDS)
def test_a_link_to_a_panel_lasts(name: str) -> None:
    """Its number is made of its section and its title, not of its place."""
    numbers = [panel["id"] for panel in BOARDS[name]["panels"]]
    assert len(set(numbers)) == len(numbers)
    assert 0 not in numbers
    section = ""
    for panel in BOARDS[name]["panels"]:
        section = panel["title"] if panel["type"] == "row" else section
        titles = [section] if panel["type"] == "row" else [section, panel["title"]]
        assert panel["id"] == crc32("/".join(titles).encode()) % 1_000_000


def test_every_series_is_shown_somewhere() -> None:
    """On a dashboard, or in what one of its panels or an alert reads."""
    shown = [target["expr"] for panel in TITLED.values() for target in panel["targets"]]
    shown += [one.expr for one in RECORDS] + [one.expr for one in ALERTS]
    text = "\n".join(shown)
    ends = "(?:_bucket|_sum|_count)"
    names = {re.sub(f"{ends}$", "", name) for name in declared()}
    unseen = {name for name in names if not re.search(rf"\b{name}{ends}?(?!\w)", text)}
    assert unseen == set()


def test_the_tenant_is_asked_for_only_where_a_series_has_it() -> None:
    series = known(VALUES)
    for panel in TITLED.values():
        for target in panel["targets"]:
            if "$tenant" in target["expr"]:
                assert "tenant" in _carried(target["expr"])
    assert "tenant" in series["candor_tenant_requests_total"]


def test_every_alert_has_an_entry_in_the_runbook_and_every_entry_an_alert() -> None:
    assert {rule.name for rule in ALERTS} == entries()


def test_every_entry_says_what_it_means_what_to_look_at_and_what_to_do() -> None:
    text = (DEPLOY / "runbook.md").read_text(encoding="utf-8")
    for entry in text.split("\n## ")[1:]:
        for part in ("**Means.**", "**Look at.**", "**Do.**"):
            assert part in entry, entry.splitlines()[0]


def test_queries_in_the_runbook_name_only_what_there_is() -> None:
    text = (DEPLOY / "runbook.md").read_text(encoding="utf-8")
    series = known(VALUES)
    for code in re.findall(r"`([^`]*candor[_:]\w[^`]*)`", text):
        assert strangers(code, series) == []


def test_every_alert_tells_what_a_person_needs() -> None:
    written = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text(encoding="utf-8"))
    for rule in [rule for group in written["groups"] for rule in group["rules"]]:
        assert rule["labels"]["severity"] in ("page", "ticket")
        notes = rule["annotations"]
        assert notes["summary"]
        assert notes["description"]
        assert notes["runbook_url"].endswith(f"#{rule['alert'].lower()}")
        assert "/d/candor-" in notes["dashboard_url"]
