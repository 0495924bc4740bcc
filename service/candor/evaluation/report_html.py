"""The evaluation as one page of HTML that needs nothing else: no script, no font, no network."""

from collections.abc import Iterator
from html import escape

from candor.evaluation import plots, report_tables
from candor.evaluation.report import NOTES, Evaluation
from candor.evaluation.report_tables import Grid
from candor.evaluation.sample import Sample

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2024; --paper: #fff; --soft: #6b7280; --line: #d4d7dc;
  --p0: #0b62c4; --p1: #c2410c; --p2: #15803d; --p3: #9333ea; --p4: #b45309; --p5: #0e7490;
  --bad: #c0262d; --good: #15803d; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --paper: #15181c; --soft: #9aa3ad;
  --line: #3a4048; --p0: #6cb0ff; --p1: #ff9a5c; --p2: #5fd38a; --p3: #c99bff; --p4: #f2b84b;
  --p5: #5ccfe6; --bad: #ff7b7b; --good: #5fd38a; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }
p, li { max-width: 50rem; } .said { color: var(--soft); }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: 13px; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: right;
  white-space: nowrap; font-variant-numeric: tabular-nums; }
th:first-child, td:first-child { text-align: left; } th { vertical-align: bottom; }
tbody th, td { vertical-align: baseline; }
thead th { white-space: normal; min-width: 4rem; }
td small { display: block; color: var(--soft); }
.plots { display: flex; flex-wrap: wrap; gap: 1rem; } svg { width: 340px; height: 300px; }
svg text { font-size: 11px; fill: var(--soft); text-anchor: middle; }
svg text.title { font-size: 13px; fill: var(--ink); } svg path { fill: none; stroke-width: 2; }
svg .axis { stroke: var(--soft); stroke-width: 1; }
svg .faint { stroke: var(--line); stroke-dasharray: 4; }
svg .deceptive { fill: var(--bad); } svg .honest { fill: var(--good); }
.key span { margin-right: 1.2rem; } .key b { display: inline-block; width: .8rem; height: .8rem;
  margin-right: .35rem; }
""" + "".join(
    f"svg path.policy{n} {{ stroke: var(--p{n}); }} svg circle.policy{n} {{ fill: var(--p{n}); }} "
    f".key b.policy{n} {{ background: var(--p{n}); }}\n"
    for n in range(6)
)


def render(evaluation: Evaluation) -> str:
    return "".join(_pieces(evaluation))


def _pieces(evaluation: Evaluation) -> Iterator[str]:
    run, bootstrap = evaluation.run, evaluation.bootstrap
    title = f"Evaluation: {escape(run.data)}"
    yield '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{title}</title><style>{_STYLE}</style></head><body><h1>{title}</h1>"
    yield (
        f"<p>Candor {escape(run.candor)}, format {escape(run.format)}, {run.concurrency} cases at "
        f"once; {100 * bootstrap.confidence:g} % intervals from {bootstrap.resamples} resamples, "
        f"seed {bootstrap.seed}.</p>"
    )
    yield f"<ul>{''.join(f'<li>{_prose(note)}</li>' for note in NOTES)}</ul>"
    yield _grid(report_tables.overview(evaluation), 2)
    yield from _plots(evaluation)
    if evaluation.comparisons:
        yield _grid(report_tables.compared(evaluation.comparisons), 2)
    for summary in evaluation.summaries:
        version = escape(summary.version)
        yield f"<h2>Policy {escape(summary.policy)}</h2><p class=said>version {version}</p>"
        yield from (_grid(grid, 3) for grid in report_tables.of_policy(summary))
    yield "</body></html>\n"


def _prose(note: str) -> str:
    return escape(note).replace("`", "").replace("*", "")


def _plots(evaluation: Evaluation) -> Iterator[str]:
    """Over all cases that have a score, settled or not."""
    samples = {
        name: Sample.of([result for result in results if not result.error])
        for name, results in evaluation.results.items()
    }
    shown = {name: sample for name, sample in samples.items() if _has_scores(sample)}
    if not shown:
        return
    yield "<h2>Plots</h2><p class=said>Of all cases with a score. In the histograms, deceptive "
    yield "cases stand above the line, others below.</p><p class=key>"
    yield "".join(
        f"<span><b class=policy{number % 6}></b>{escape(name)}</span>"
        for number, name in enumerate(shown)
    )
    yield "</p><div class=plots>"
    yield from _charts(shown)
    yield "</div>"


def _charts(shown: dict[str, Sample]) -> Iterator[str]:
    rocs = [plots.roc(name, sample) for name, sample in shown.items()]
    risks = [plots.risk_coverage(name, sample) for name, sample in shown.items()]
    curves = [plots.reliability(name, sample) for name, sample in shown.items()]
    rates = ("false-positive rate", "recall")
    yield plots.chart("ROC", rates, rocs, diagonal=True)
    yield plots.chart("Risk and coverage", ("coverage", "error rate"), risks, diagonal=False)
    yield plots.chart("Reliability", ("score", "share deceptive"), curves, diagonal=True)
    for name, sample in shown.items():
        yield plots.histogram(name, sample)


def _has_scores(sample: Sample) -> bool:
    return bool(len(sample)) and bool((sample.scores == sample.scores).any())


def _grid(grid: Grid, level: int) -> str:
    said = f"<p class=said>{escape(grid.said)}</p>" if grid.said else ""
    head = "".join(f"<th scope=col>{escape(cell)}</th>" for cell in grid.head)
    rows = "".join(_row(row) for row in grid.rows)
    return (
        f"<h{level}>{escape(grid.title)}</h{level}>{said}<div class=wide><table>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(cells: tuple[str, ...]) -> str:
    first, *others = cells
    rest = "".join(f"<td>{_cell(cell)}</td>" for cell in others)
    return f"<tr><th scope=row>{escape(first)}</th>{rest}</tr>"


def _cell(text: str) -> str:
    """The interval below its value, so that wide tables fit."""
    value, bracket, interval = text.partition(" (")
    below = f"<small>{escape(interval.removesuffix(')'))}</small>" if bracket else ""
    return escape(value) + below
