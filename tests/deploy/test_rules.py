"""promtool checks the rules, and each alert fires and stays quiet as it should."""

import os
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.promql import selectors
from tests.deploy.rule_cases import CASES, SHRUNK, STEP, Case, as_promtool
from tests.prometheus_server import find_promtool
from tools.rules.alerts import alerts
from tools.rules.render import alerts_file, recording_file
from tools.rules.thresholds import Thresholds

RULES = Path(__file__).parents[2] / "deploy" / "prometheus"


@pytest.fixture
def promtool() -> str:
    """Set CANDOR_TEST_PROMETHEUS=required, as CI does, where a missing one must not go unseen."""
    binary = find_promtool()
    if binary is not None:
        return binary
    missing = "promtool is not on the PATH: install it (Debian: apt-get install prometheus)"
    if os.environ.get("CANDOR_TEST_PROMETHEUS") == "required":
        pytest.fail(missing)
    pytest.skip(missing)


def told(*command: str) -> str:
    """What it says when it is not content; empty when it is."""
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if run.returncode == 0 else run.stdout + run.stderr


def test_promtool_accepts_the_rules(promtool: str) -> None:
    files = [str(RULES / name) for name in ("recording.yaml", "alerts.yaml")]
    assert told(promtool, "check", "rules", *files) == ""


def test_each_alert_has_a_case_in_which_it_fires_and_one_in_which_it_is_quiet() -> None:
    cases: dict[str, set[bool]] = defaultdict(set)
    for case in CASES:
        cases[case.alert].add(case.fires > 0)
    named = {one.name for _, group in alerts(Thresholds.read()) for one in group}
    assert cases == {name: {True, False} for name in named}


@pytest.mark.parametrize("alert", sorted({case.alert for case in CASES}))
def test_an_alert_fires_and_stays_quiet(promtool: str, tmp_path: Path, alert: str) -> None:
    cases = [case for case in CASES if case.alert == alert]
    assert told(promtool, "test", "rules", str(written(tmp_path, *cases))) == ""


def test_a_case_that_expects_the_wrong_thing_fails(promtool: str, tmp_path: Path) -> None:
    wrong = Case("CandorAbsent", "nothing is scraped", {"up": "1x360"}, fires=0)
    assert "FAILED" in told(promtool, "test", "rules", str(written(tmp_path, wrong)))


def written(folder: Path, *cases: Case) -> Path:
    """The cases of one alert, with its rule and those that it rests on."""
    values = Thresholds.read().with_changes(SHRUNK)
    text = f"{recording_file(values)}\n---\n{alerts_file(values)}"
    groups = [one for file in yaml.safe_load_all(text) for one in file["groups"]]
    rules = folder / "rules.yaml"
    rules.write_text(yaml.safe_dump({"groups": only(groups, cases[0].alert)}), encoding="utf-8")
    document = {
        "rule_files": [rules.name],
        "evaluation_interval": f"{STEP}m",
        "tests": [as_promtool(case) for case in cases],
    }
    file = folder / "cases.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return file


def only(groups: list[dict[str, Any]], alert: str) -> list[dict[str, Any]]:
    """The groups without the rules that the alert does not rest on: a hundred rules at each
    moment of each case would take minutes."""
    rules = {name(rule): rule["expr"] for group in groups for rule in group["rules"]}
    needed, new = {alert}, {alert}
    while new:
        named = {one.name for rule in new for one in selectors(rules[rule])}
        new = (named & rules.keys()) - needed
        needed |= new
    kept = [
        group | {"rules": [rule for rule in group["rules"] if name(rule) in needed]}
        for group in groups
    ]
    return [group for group in kept if group["rules"]]


def name(rule: dict[str, Any]) -> str:
    found: str = rule.get("alert") or rule["record"]
    return found
