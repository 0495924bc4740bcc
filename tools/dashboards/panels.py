"""The few kinds of panel that the dashboards are made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from grafana_foundation_sdk.builders import heatmap, stat, table, timeseries
from grafana_foundation_sdk.builders.common import (
    ReduceDataOptions,
    StackingConfig,
    VizLegendOptions,
    VizTooltipOptions,
)
from grafana_foundation_sdk.builders.dashboard import DashboardLink, FieldColor, ThresholdsConfig
from grafana_foundation_sdk.builders.heatmap import HeatmapColorOptions
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    LegendDisplayMode,
    LegendPlacement,
    StackingMode,
    TooltipDisplayMode,
    VisibilityMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DashboardLinkType,
    DataSourceRef,
    DataTransformerConfig,
    DynamicConfigValue,
    FieldColorModeId,
    Threshold,
    ThresholdsMode,
)
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
SHARE, PER_SECOND, SECONDS, USD, COUNT = "percentunit", "reqps", "s", "currencyUSD", "short"
NOTHING = "nothing in this time"
"""Shown where a share would be one of nothing."""

# Grafana's own names, which it draws darker or lighter as the theme needs.
_COLOURS = {
    "deceptive": "red",
    "non_deceptive": "green",
    "inconclusive": "orange",
    "block": "red",
    "review": "orange",
    "allow": "green",
    "judged": "green",
    "skipped": "orange",
    "truncated": "yellow",
    "unreadable": "red",
}

AnyPanel = timeseries.Panel | stat.Panel | table.Panel | heatmap.Panel
_Panel = TypeVar("_Panel", timeseries.Panel, stat.Panel, table.Panel, heatmap.Panel)


@dataclass(frozen=True, slots=True)
class Query:
    """PromQL, and what its series are called (`{{label}}`)."""

    expr: str
    legend: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """What stands on and behind a panel. `runbook` is an alert that watches the same thing;
    `verdicts` are filters of `GET /v1/verdicts`."""

    title: str
    description: str
    unit: str = COUNT
    runbook: str = ""
    verdicts: str = ""
    nothing: str = NOTHING


def graph(
    about: About, *queries: Query, width: int = 12, stacked: bool = False, top: float | None = None
) -> timeseries.Panel:
    """Lines over time. `top` fixes the end of the axis, as 1 for shares."""
    panel = _described(timeseries.Panel(), about, width, 8)
    panel = _queried(panel, queries).min(0).color_scheme(_by_name()).line_width(2).fill_opacity(8)
    panel = panel.show_points(VisibilityMode.AUTO).tooltip(
        VizTooltipOptions().mode(TooltipDisplayMode.MULTI)
    )
    panel = panel.legend(
        VizLegendOptions()
        .display_mode(LegendDisplayMode.TABLE)
        .placement(LegendPlacement.BOTTOM)
        .show_legend(True)
        .calcs(["lastNotNull", "max"])
    )
    for name, colour in _COLOURS.items():
        panel = panel.override_by_name(name, [_fixed(colour)])
    if top is not None:
        panel = panel.max(top)
    if stacked:
        panel = panel.stacking(StackingConfig().mode(StackingMode.NORMAL)).fill_opacity(35)
    return panel


def number(
    about: About,
    query: Query,
    width: int = 4,
    warn: float | None = None,
    bad: float | None = None,
) -> stat.Panel:
    """The latest value, in a colour that says whether it is well."""
    panel = _queried(_described(stat.Panel(), about, width, 4), (query,))
    return (
        panel.reduce_options(ReduceDataOptions().calcs(["lastNotNull"]).values(False))
        .graph_mode(BigValueGraphMode.AREA)
        .color_mode(BigValueColorMode.VALUE)
        .color_scheme(FieldColor().mode(FieldColorModeId.THRESHOLDS))
        .thresholds(_steps(warn, bad))
    )


def ranking(
    about: About, query: Query, hidden: Sequence[str] = (), width: int = 12
) -> table.Panel:
    """The series of one moment, largest first; `hidden` labels are left out."""
    panel = _described(table.Panel(), about, width, 8)
    asked = Dataquery().expr(query.expr).instant().format(PromQueryFormat.TABLE)
    left_out = {"excludeByName": dict.fromkeys(("Time", *hidden), True)}
    sorting = {"sort": [{"field": "Value", "desc": True}]}
    return (
        panel.with_target(asked.datasource(SOURCE).ref_id("A"))
        .with_transformation(DataTransformerConfig(id_val="organize", options=left_out))
        .with_transformation(DataTransformerConfig(id_val="sortBy", options=sorting))
    )


def distribution(about: About, query: Query, width: int = 12) -> heatmap.Panel:
    """Buckets of a histogram over time."""
    panel = _described(heatmap.Panel(), about, width, 8)
    asked = Dataquery().expr(query.expr).format(PromQueryFormat.HEATMAP).legend_format("{{le}}")
    # Strength of one colour, not a scheme of many: legible on light and on dark ground.
    colour = HeatmapColorOptions().mode(HeatmapColorMode.OPACITY).fill("red").exponent(0.5)
    return (
        panel.with_target(asked.datasource(SOURCE).ref_id("A"))
        .color(colour)
        .calculate(False)
        .exemplars_color("red")
        .show_legend()
        .show_tooltip()
    )


def link(title: str, url: str) -> DashboardLink:
    return DashboardLink(title).type(DashboardLinkType.LINK).url(url).target_blank(True)


def _described(panel: _Panel, about: About, width: int, height: int) -> _Panel:
    panel = (
        panel.title(about.title)
        .description(about.description)
        .unit(about.unit)
        .datasource(SOURCE)
        .no_value(about.nothing)
        .span(width)
        .height(height)
    )
    return panel.links(_links(about))


def _links(about: About) -> list[Builder[models.DashboardLink]]:
    found: list[Builder[models.DashboardLink]] = []
    if about.runbook:
        found.append(link("Runbook", f"${{runbook_url:raw}}#{about.runbook.lower()}"))
    if about.verdicts:
        span = "since=${__from:date:iso}&until=${__to:date:iso}"
        found.append(
            link("Verdicts (GET)", f"${{candor_url:raw}}/v1/verdicts?{about.verdicts}&{span}")
        )
    return found


def _queried(panel: _Panel, queries: Sequence[Query]) -> _Panel:
    for name, query in zip("ABCDEFGH", queries, strict=False):
        asked = Dataquery().expr(query.expr).legend_format(query.legend).range()
        panel = panel.with_target(asked.datasource(SOURCE).ref_id(name))
    return panel


def _steps(warn: float | None, bad: float | None) -> ThresholdsConfig:
    steps = [Threshold(value=None, color="green" if bad is not None else "text")]
    if warn is not None:
        steps.append(Threshold(value=warn, color="orange"))
    if bad is not None:
        steps.append(Threshold(value=bad, color="red"))
    return ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)


def _by_name() -> FieldColor:
    """A series keeps its colour whatever else is shown."""
    return FieldColor().mode(FieldColorModeId.PALETTE_CLASSIC_BY_NAME)


def _fixed(colour: str) -> DynamicConfigValue:
    return DynamicConfigValue(id_val="color", value={"mode": "fixed", "fixedColor": colour})
