"""Which series there are, and which labels they have: the service's and the injector's own,
and the recorded ones."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry

from candor.injector.counts import Counts
from candor.telemetry.metrics import Metrics
from tests.deploy.promql import grouped, made, selectors
from tools.rules.recording import records
from tools.rules.thresholds import Thresholds

# Put on every series by whoever scrapes.
_SCRAPED = frozenset({"instance", "job"})


def declared() -> Mapping[str, frozenset[str]]:
    """As they are scraped, with the suffixes of counters and histograms."""
    found: dict[str, frozenset[str]] = {}
    of_service, of_injector = Metrics(CollectorRegistry()), Counts(CollectorRegistry())
    for metric in (*vars(of_service).values(), *vars(of_injector).values()):
        if not hasattr(metric, "_labelnames"):
            continue
        labels = frozenset(metric._labelnames) | _SCRAPED
        match metric._type:
            case "counter":
                found[f"{metric._name}_total"] = labels
            case "histogram":
                found |= {f"{metric._name}_{end}": labels for end in ("sum", "count")}
                found[f"{metric._name}_bucket"] = labels | {"le"}
            case _:
                found[metric._name] = labels
    return found


def recorded(values: Thresholds) -> Mapping[str, frozenset[str]]:
    return {one.name: frozenset(one.labels) for _, rules in records(values) for one in rules}


def known(values: Thresholds) -> Mapping[str, frozenset[str]]:
    alerts = frozenset({"alertname", "alertstate", "service", "severity"})
    return {**declared(), **recorded(values), "ALERTS": alerts}


def strangers(expr: str, series: Mapping[str, frozenset[str]]) -> list[str]:
    """What the expression names and nobody declares."""
    named = list(selectors(expr))
    found = [f"series {one.name}" for one in named if one.name not in series]
    for one in named:
        unknown = one.labels - series.get(one.name, one.labels)
        found += [f"label {label} of {one.name}" for label in sorted(unknown)]
    carried = frozenset[str]().union(*(series.get(one.name, frozenset()) for one in named))
    return found + [f"label {label}" for label in sorted(grouped(expr) - carried - made(expr))]
