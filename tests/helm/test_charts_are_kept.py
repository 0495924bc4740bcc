"""What is generated is fresh, and what is written is complete. These need no helm."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from candor import __version__
from tests.helm.rendering import CHART, LIBRARY
from tools.chart import comments, schema, write
from tools.chart.values import LibraryValues, Part, Values

CHARTS = ((CHART, Values), (LIBRARY, LibraryValues))


def test_nothing_generated_is_stale() -> None:
    """`make chart` writes them."""
    assert write.stale() == []


@pytest.mark.parametrize("chart", [CHART, LIBRARY], ids=lambda chart: chart.name)
def test_the_charts_install_this_version(chart: Path) -> None:
    known = yaml.safe_load((chart / "Chart.yaml").read_text("utf-8"))
    assert known["appVersion"] == __version__


@pytest.mark.parametrize("chart", [CHART, LIBRARY], ids=lambda chart: chart.name)
def test_each_value_has_a_comment_above_it(chart: Path) -> None:
    known = comments.values(chart / "values.yaml")
    assert [value.name for value in known if value.default is not None and not value.comment] == []


@pytest.mark.parametrize(("chart", "form"), CHARTS, ids=["candor", "candor-sidecar"])
def test_values_and_schema_know_the_same(chart: Path, form: type[Part]) -> None:
    values = yaml.safe_load((chart / "values.yaml").read_text("utf-8"))
    config = values.pop("config")
    assert config == {}
    told = form.model_validate(values).model_dump(by_alias=True)
    assert told == values


def test_the_schema_is_closed_at_every_level() -> None:
    assert list(_open_places(schema.schema(Values), "")) == ["/properties/global"]


def _open_places(node: Any, place: str) -> list[str]:
    if isinstance(node, list):
        return [one for part in node for one in _open_places(part, place)]
    if not isinstance(node, dict):
        return []
    found = [one for key, part in node.items() for one in _open_places(part, f"{place}/{key}")]
    known = node.get("additionalProperties", True)
    if node.get("type") == "object" and known is True and "patternProperties" not in node:
        found.append(place)
    return found


def test_the_readme_has_every_value() -> None:
    readme = (CHART / "README.md").read_text("utf-8")
    for value in comments.values(CHART / "values.yaml"):
        if value.default is not None:
            assert f"| `{value.name}` |" in readme
