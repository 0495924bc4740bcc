"""The report: tables for Markdown and HTML, and the page's charts."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from candor.learning.calibration import charts, figures
from candor.learning.calibration.charts import Series
from candor.learning.calibration.figures import Quality, Spending, Working
from candor.learning.calibration.fit import Calibration
from candor.learning.calibration.fragment import Origin
from candor.learning.calibration.sample import ScoredRow
from candor.learning.measures import precision_at

_PREVALENCES = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Story:
    """What both forms of the report tell, in their order."""

    title: str
    notes: tuple[str, ...]
    tables: tuple[Table, ...]
    drawings: tuple[tuple[str, str], ...]
    """Title and SVG; the page shows them, Markdown leaves them out."""


def story(
    found: Calibration, origin: Origin, rows: Sequence[ScoredRow], chain: Sequence[str]
) -> Story:
    """`chain` names the policy's tiers in the order of asking."""
    raw, fitted, at_work = figures.before(found), figures.after(found), figures.working(found)
    return Story(
        f"Calibration of {found.tier} in policy {origin.policy}",
        tuple(_notes(found, origin)),
        (
            _promises(found, at_work),
            _band_table(found, at_work),
            _quality(raw, fitted, found),
            _precision(at_work, figures.prevalence_of(found)),
            _bins(fitted),
            _cost(figures.spending(found, rows, chain)),
        ),
        (("Reliability", _reliability(raw, fitted)), *map(_risk, at_work)),
    )


def as_markdown(told: Story) -> str:
    parts = [f"# {told.title}", "\n".join(f"- {note}" for note in told.notes)]
    for table in told.tables:
        lines = ["| " + " | ".join(cells) + " |" for cells in (table.head, *table.rows)]
        lines.insert(1, "| " + " | ".join("---" for _ in table.head) + " |")
        parts.append(f"## {table.title}\n\n" + "\n".join(lines))
    return "\n\n".join(parts) + "\n"


def as_page(told: Story) -> str:
    """One file that loads nothing else."""
    notes = "".join(f"<li>{escape(note)}</li>" for note in told.notes)
    drawings = "".join(
        f"<figure><figcaption>{escape(title)}</figcaption>{svg}</figure>"
        for title, svg in told.drawings
    )
    tables = "".join(map(_html_table, told.tables))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(told.title)}</title>'
        f"<style>{_STYLE}</style><h1>{escape(told.title)}</h1><ul>{notes}</ul>"
        f"<div>{drawings}</div>{tables}</html>\n"
    )


_STYLE = (
    ":root{color-scheme:light dark;--ink:#1c2024;--paper:#fff;--soft:#6b7280;--line:#d4d7dc;"
    "--cool:#0b62c4;--warm:#c2410c;--good:#15803d}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6e8eb;--paper:#15181c;--soft:#9aa3ad;"
    "--line:#3a4048;--cool:#6cb0ff;--warm:#ff9a5c;--good:#5fd38a}}"
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;"
    "color:var(--ink);background:var(--paper)}"
    "table{border-collapse:collapse;font-size:13px}li{overflow-wrap:anywhere}"
    "td,th{border-bottom:1px solid var(--line);padding:.25em .6em;text-align:right;"
    "font-variant-numeric:tabular-nums}"
    "td:first-child,th:first-child{text-align:left}div{display:flex;flex-wrap:wrap}"
    "figure{margin:0 1em 1em 0}figcaption{font-weight:bold}"
)


_SCOPE = (
    "All of it is about what this tier settles, on traffic like the data. On other traffic "
    "nothing is promised."
)


def _html_table(table: Table) -> str:
    def line(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    body = "".join(line(row, "td") for row in table.rows)
    return f"<h2>{escape(table.title)}</h2><table>{line(table.head, 'th')}{body}</table>"


def _notes(found: Calibration, origin: Origin) -> list[str]:
    sample, goal = found.sample, found.goal
    promises = 2 * len(found.raw)
    jointly = max(0.0, 1 - promises * (1 - goal.confidence))
    notes = [f"WEAKER THAN THE GOAL: {words}" for raw in found.raw for words in raw.weakened]
    notes.append(f"Goal: {goal.words}. Policy {origin.policy}, {origin.day.isoformat()}.")
    notes.append(
        f"Data: {origin.data}, sha256 {origin.digest}: {len(sample)} rows, of them "
        f"{int(sample.deceptive.sum())} deceptive and {int((~sample.decided).sum())} undecided; "
        f"{origin.failed} turns failed and are left out."
    )
    where = "" if goal.prevalence else " (as in the data; state yours with --prevalence)"
    notes.append(f"Prevalence in the traffic: {figures.prevalence_of(found):.2%}{where}.")
    notes.append(
        "A group counts as an error as soon as one of its rows errs. The promise is about groups; "
        f"the biggest one holds {figures.biggest_group(sample):.1%} of the rows."
    )
    notes.append(
        f"Each promise holds with {goal.confidence:.4g} confidence, all {promises} of them "
        f"together with {jointly:.4g} at least. A budget is kept in expectation."
    )
    notes.append(_SCOPE)
    return notes


def _promises(found: Calibration, at_work: Sequence[Working]) -> Table:
    rows = []
    for one in at_work:
        for what, label, seen, edge in (
            ("missed", "deceptive", one.missed, one.band.clears),
            ("false flags", "honest", one.flagged_honest, one.band.convicts),
        ):
            groups = f"{edge.errors} of {edge.groups} {label}"
            rows.append((one.band.stratum.value, what, groups, f"{seen:.2%}", f"{edge.rate:.2%}"))
    head = ("rows", "error", "groups that err", "of rows", "promised at most")
    return Table(f"What is promised ({found.goal.confidence:.4g} confidence)", head, tuple(rows))


def _band_table(found: Calibration, at_work: Sequence[Working]) -> Table:
    rows = []
    for one in at_work:
        band = found.band(one.band.stratum)
        rows.append(
            (
                one.band.stratum.value,
                f"{band.non_deceptive_below:.4g}",
                f"{band.deceptive_above:.4g}",
                f"{one.escalated:.1%}",
                f"{one.settled_honest:.1%}",
                f"{one.caught:.1%}",
            )
        )
    head = ("rows", "clears below", "convicts above", "escalated", "honest cleared", "lies caught")
    return Table("The band at work", head, tuple(rows))


def _quality(raw: Quality, fitted: Quality, found: Calibration) -> Table:
    losses = ", ".join(f"{name} {loss:.4f}" for name, loss in found.choice.losses.items())
    held = f"on groups left out; log loss: {losses}" if losses else "too few groups to leave out"
    rows = tuple(
        (name, f"{q.brier:.4f}", f"{q.loss:.4f}", f"{q.error:.4f}")
        for name, q in (("raw score", raw), (found.choice.curve.kind, fitted))
    )
    return Table(f"The curve ({held})", ("", "Brier", "log loss", "ECE, 10 bins"), rows)


def _precision(at_work: Sequence[Working], stated: float) -> Table:
    rows = []
    for one in at_work:
        for prevalence in sorted({*_PREVALENCES, stated}):
            seen = precision_at(one.caught, one.flagged_honest, prevalence)
            sure = one.sure_precision if prevalence == stated else None
            rows.append(
                (one.band.stratum.value, f"{prevalence:.2%}", _percent(seen), _percent(sure))
            )
    head = ("rows", "prevalence", "expected precision", "at the bounds")
    return Table("Precision of what is convicted", head, tuple(rows))


def _bins(fitted: Quality) -> Table:
    rows = tuple(
        (f"{b.low:.1f} to {b.high:.1f}", f"{b.predicted:.3f}", f"{b.observed:.3f}", str(b.rows))
        for b in fitted.bins
    )
    return Table("Reliability", ("probability", "said", "seen", "rows"), rows)


def _cost(spent: Sequence[Spending]) -> Table:
    rows = tuple(
        (
            one.tier,
            f"{1000 * one.reach:.0f}",
            _number(one.model_calls, "{:.1f}"),
            _number(one.cost_usd, "{:.4f}"),
            _number(one.seconds and 1000 * one.seconds, "{:.1f}"),
        )
        for one in spent
    )
    head = ("tier", "exchanges", "model calls", "US dollars", "ms each")
    return Table("Cost of 1,000 exchanges, as measured", head, rows)


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _number(value: float | None, form: str) -> str:
    return "not measured" if value is None else form.format(value)


def _reliability(raw: Quality, fitted: Quality) -> str:
    series = (
        Series("as it should be", ((0, 0), (1, 1)), "var(--soft)", dashed=True),
        Series("raw", [(b.predicted, b.observed) for b in raw.bins], "var(--warm)", dots=True),
        Series(
            "curve", [(b.predicted, b.observed) for b in fitted.bins], "var(--cool)", dots=True
        ),
    )
    return charts.chart("Reliability", "said", "seen", series)


def _risk(one: Working) -> tuple[str, str]:
    series = (
        Series("missed, of rows", [(p.escalated, p.missed) for p in one.risk], "var(--cool)"),
        Series(
            "bound, of groups",
            [(p.escalated, p.bound) for p in one.risk],
            "var(--warm)",
            dashed=True,
        ),
        Series("this band", [(one.escalated, one.missed)], "var(--good)", dots=True),
    )
    title = f"Risk versus escalation, {one.band.stratum}"
    return title, charts.chart(title, "escalated", "missed", series)
