"""What the chart carries of others' files, as Helm reads none outside of it."""

from collections.abc import Iterator
from pathlib import Path

from tools.chart.placeholders import placed, template
from tools.rules.render import alerts_file, recording_file
from tools.rules.thresholds import Thresholds


def of(source: Path, target: Path) -> dict[Path, str]:
    """What the files under `target` should say."""
    numbers = placed(Thresholds.read(source / "prometheus" / "thresholds.yaml"))
    rules = {
        target / "prometheus" / "alerts.yaml.tpl": template(alerts_file(numbers)),
        target / "prometheus" / "recording.yaml.tpl": template(recording_file(numbers)),
    }
    dashboards = {
        target / "grafana" / file.name: file.read_text(encoding="utf-8")
        for file in source.glob("grafana/*.json")
    }
    return rules | dashboards


def of_library(library: Path, chart: Path) -> dict[Path, str]:
    """The injector puts in what the library's users include."""
    text = (library / "templates" / "_sidecar.tpl").read_text(encoding="utf-8")
    return {chart / "templates" / "sidecar" / "_sidecar.tpl": text}


def present(target: Path) -> Iterator[Path]:
    yield from target.glob("prometheus/*")
    yield from target.glob("grafana/*.json")
