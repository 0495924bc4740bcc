"""Rules as the files that Prometheus reads."""

from typing import Any
from urllib.parse import quote

import yaml

from tools.rules.alerts import Alert, alerts
from tools.rules.promql import Record
from tools.rules.recording import records
from tools.rules.thresholds import Thresholds

_HEAD = "# Made by `make dashboards` from thresholds.yaml. Change that, not this.\n"
# What the dashboards have variables for.
_VARIABLES = ("policy", "model")


def recording_file(values: Thresholds) -> str:
    groups = [
        {"name": name, "interval": values.interval, "rules": [_record(one) for one in rules]}
        for name, rules in records(values)
    ]
    return _file(groups)


def alerts_file(values: Thresholds) -> str:
    groups = [
        {
            "name": name,
            "interval": values.interval,
            "rules": [_alert(one, values) for one in rules],
        }
        for name, rules in alerts(values)
    ]
    return _file(groups)


def _file(groups: list[dict[str, Any]]) -> str:
    return _HEAD + yaml.safe_dump({"groups": groups}, sort_keys=False, width=99)


def _record(rule: Record) -> dict[str, Any]:
    return {"record": rule.name, "expr": rule.expr}


def _alert(rule: Alert, values: Thresholds) -> dict[str, Any]:
    annotations = {
        "summary": rule.summary,
        "description": rule.description,
        "dashboard_url": _dashboard(rule, values),
        "runbook_url": f"{values.links.runbook}#{rule.name.lower()}",
    }
    return {
        "alert": rule.name,
        "expr": rule.expr,
        "for": str(rule.patience),
        "labels": {"severity": rule.severity, "service": "candor"},
        "annotations": annotations,
    }


def _dashboard(rule: Alert, values: Thresholds) -> str:
    shown = [name for name in rule.labels if name in _VARIABLES]
    query = "&".join(f"var-{name}={{{{ $labels.{name} | urlquery }}}}" for name in shown)
    address = f"{values.links.grafana}/d/{quote(rule.dashboard)}"
    return f"{address}?{query}" if query else address
