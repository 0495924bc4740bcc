"""What all dashboards have around their panels."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders.dashboard import (
    AnnotationQuery,
    Dashboard,
    DashboardLink,
    DatasourceVariable,
    QueryVariable,
    Row,
    TextBoxVariable,
)
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from tools.dashboards.panels import SOURCE, AnyPanel, link
from tools.rules.thresholds import Links

# Where the values of each variable come from.
_VALUES = {
    "policy": "label_values(candor_verdicts_total, policy)",
    "model": 'label_values(candor_verdicts_total{policy=~"$policy"}, model)',
    "tenant": "label_values(candor_tenant_requests_total, tenant)",
}
_MEANINGS = {
    "policy": "The policy that judged.",
    "model": "The monitored model, as labelled.",
    "tenant": "Who asked; only series of tenants have it.",
}


@dataclass(frozen=True, slots=True)
class Section:
    """A row and what stands below it."""

    title: str
    panels: tuple[AnyPanel, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One dashboard. `variables` are of `policy`, `model` and `tenant`."""

    uid: str
    title: str
    description: str
    variables: tuple[str, ...]
    sections: tuple[Section, ...]


def framed(page: Page, links: Links) -> Dashboard:
    board = (
        Dashboard(f"Candor: {page.title}")
        .uid(page.uid)
        .description(page.description)
        .tags(["candor"])
        .time("now-6h", "now")
        .refresh("30s")
        .timezone("browser")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .readonly()
        .links([_siblings(), link("Runbook", "${runbook_url:raw}")])
        .annotation(_alerts())
    )
    board = _with_variables(board, page.variables, links)
    for section in page.sections:
        board = _with_section(board, section)
    return board


def _with_section(board: Dashboard, section: Section) -> Dashboard:
    board = board.with_row(Row(section.title).id(_number(section.title)))
    for panel in section.panels:
        title = panel.build().title or ""
        board = board.with_panel(panel.id(_number(section.title, title)))
    return board


def _number(*titles: str) -> int:
    """The same whatever is put before it, so that links to a panel last."""
    return zlib.crc32("/".join(titles).encode()) % 1_000_000


def _with_variables(board: Dashboard, names: Sequence[str], links: Links) -> Dashboard:
    source = DatasourceVariable("datasource").label("Data source").type("prometheus")
    board = board.with_variable(source)
    for name in names:
        board = board.with_variable(_choice(name))
    addresses = {"candor_url": links.candor, "runbook_url": links.runbook}
    for name, address in addresses.items():
        board = board.with_variable(_address(name, address))
    return board


def _choice(name: str) -> QueryVariable:
    return (
        QueryVariable(name)
        .label(name.capitalize())
        .description(_MEANINGS[name])
        .query(_VALUES[name])
        .datasource(SOURCE)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".*")
        .current(VariableOption(selected=True, text="All", value="$__all"))
    )


def _address(name: str, address: str) -> TextBoxVariable:
    what = "Where Candor answers." if name == "candor_url" else "Where the runbook is."
    return (
        TextBoxVariable(name)
        .label(name.replace("_url", " at"))
        .description(what)
        .default_value(address)
    )


def _siblings() -> DashboardLink:
    return (
        link("Candor", "")
        .type(DashboardLinkType.DASHBOARDS)
        .tags(["candor"])
        .as_dropdown(True)
        .include_vars(True)
        .keep_time(True)
        .target_blank(False)
    )


def _alerts() -> AnnotationQuery:
    """Marks when an alert fired."""
    return (
        AnnotationQuery()
        .name("Alerts")
        .datasource(SOURCE)
        .enable(True)
        .icon_color("red")
        .expr('ALERTS{alertstate="firing",service="candor"}')
    )
