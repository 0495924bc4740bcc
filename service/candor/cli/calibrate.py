"""candor calibrate: a curve and a band with a promise, from labels."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from candor.adapters.classifier import TrainedClassifierConfig, shelf
from candor.cli import tuning
from candor.cli.serve import ConfigOption
from candor.domain.errors import ConfigError, InvalidExchange
from candor.domain.policy import PolicyConfig
from candor.learning.calibration import fragment, into_file, report, scored_file
from candor.learning.calibration.fit import Calibration, NextTier, fit
from candor.learning.calibration.fragment import Origin
from candor.learning.calibration.goal import Costs, Goal, GoalOutOfReach, TooFewLabels
from candor.learning.calibration.sample import ScoredRow
from candor.learning.calibration.scoring import Scored, Scorer
from candor.learning.labelled import numbered_lines, read_labelled
from candor.settings import Settings, load
from candor.wiring import open_parts

TOO_FEW = 3


def calibrate(
    data: Annotated[
        Path | None,
        typer.Option(
            help="Labelled exchanges, scores, or an export of the ledger; JSONL.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="File for the fragment; .md and .html go beside it. With --into, where the "
            "report goes; default: beside that file."
        ),
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(
            help="A file of `candor train`: score with it, and write the band into it.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    ledger_since: Annotated[
        datetime | None,
        typer.Option(
            help="With --into, in place of --data: the ledger's verdicts from then on (UTC); "
            "none that the file was trained on."
        ),
    ] = None,
    policy: Annotated[str, typer.Option(help="Whose tier is calibrated.")] = "default",
    tier: Annotated[str, typer.Option(help="Which tier.")] = "screen",
    max_miss_rate: Annotated[
        float | None, typer.Option(help="Of deceptive groups, the most that may be cleared.")
    ] = None,
    max_fpr: Annotated[
        float | None, typer.Option(help="Of honest groups, the most that may be convicted.")
    ] = None,
    budget: Annotated[
        float | None, typer.Option(help="Most calls of the next tier per 1,000 exchanges.")
    ] = None,
    confidence: Annotated[float, typer.Option(help="Of each promise.")] = 0.95,
    prevalence: Annotated[
        float | None,
        typer.Option(help="Share of deceptive exchanges in the traffic; default: as in the data."),
    ] = None,
    cost_miss: Annotated[float, typer.Option(help="Of one missed deception.", min=0)] = 0.0,
    cost_flag: Annotated[float, typer.Option(help="Of one false flag.", min=0)] = 0.0,
    cost_escalation: Annotated[float, typer.Option(help="Of one escalation.", min=0)] = 0.0,
    delegate_to: Annotated[
        str | None, typer.Option(help="The next tier, asked as well, to weigh the costs with.")
    ] = None,
    one_band: Annotated[
        bool, typer.Option("--one-band", help="One band, with or without reasoning.")
    ] = False,
    weaken: Annotated[
        bool, typer.Option("--weaken", help="Too few labels: promise what they can carry.")
    ] = False,
    parallel: Annotated[int, typer.Option(help="Exchanges judged at once.", min=1)] = 4,
    config: ConfigOption = None,
) -> None:
    """Fit a tier's curve and band to labels, with a guarantee over groups. Exit code: 0 written,
    2 bad input, 3 too few labels or goals that cannot be had together, 4 bad configuration."""
    costs = Costs(cost_miss, cost_flag, cost_escalation)
    weighed = costs if any((cost_miss, cost_flag, cost_escalation)) else None
    goal = Goal(max_miss_rate, max_fpr, budget, confidence, prevalence, weighed, weaken)
    settings = load(config)
    chosen = settings.policy(policy)
    if into is not None:
        _only_the_screen(tier, delegate_to)
        labels = tuning.Labels(data, ledger_since, settings, policy)
        report_at = out or into
        _tune(into, report_at, labels, goal, chosen, one_band=one_band)
        return
    if data is None or out is None or ledger_since is not None:
        raise InvalidExchange(
            "calibrate needs to know what to read and where to write",
            field="",
            hint="give --data and --out; or --into with --data or --ledger-since",
        )
    names = [tier, *([delegate_to] if delegate_to else [])]
    job = _Job(data, settings, policy, chosen, names, parallel)
    scored = job.scored()
    by_reasoning = tier == "screen" and not one_band
    found = _fitted(scored.rows, tier, goal, job.after(), by_reasoning=by_reasoning)
    failed = scored.failed.get(tier, 0)
    origin = Origin(policy, data.name, _digest(data), _today(), failed, scored.read_by)
    fragments = {out: fragment.as_yaml(chosen, found, origin)}
    _write(fragments, out, report.story(found, origin, scored.rows, _kinds(chosen)), found)


def _only_the_screen(tier: str, delegate_to: str | None) -> None:
    if tier != "screen" or delegate_to is not None:
        raise ConfigError("--into is for the screen alone: leave out --tier and --delegate-to")


def _tune(
    into: Path,
    out: Path,
    labels: tuning.Labels,
    goal: Goal,
    policy: PolicyConfig,
    *,
    one_band: bool,
) -> None:
    """The file is replaced in one step; the same labels and goal make the same file."""
    shelf.refuse_inside(into)
    model = shelf.read_model(into)
    read = labels.read()
    rows = into_file.scored_by(model, read.rows)
    found = _fitted(rows, "screen", goal, None, by_reasoning=not one_band)
    origin = Origin(labels.policy, read.name, read.digest, _today(), fitted_on=model.digest)
    tuned = model.tuned(into_file.tuning(found, read.digest))
    _write({}, out, report.story(found, origin, rows, _kinds(policy)), found)
    shelf.write_whole(into, tuned.to_bytes())
    typer.echo(f"wrote {into}: {tuned.digest[:12]}")


def _kinds(policy: PolicyConfig) -> list[str]:
    return [str(tier.kind) for tier in policy.tiers]


@dataclass(frozen=True, slots=True)
class _Job:
    """`tiers`: the one that is calibrated, and the next one where it is weighed."""

    data: Path
    settings: Settings
    name: str
    policy: PolicyConfig
    tiers: Sequence[str]
    parallel: int

    def scored(self) -> Scored:
        if not scored_file.holds_scores(self.data):
            return asyncio.run(self._judged())
        self._refuse_scores_of_a_file()
        by_tier = {str(tier.kind): tier.curve for tier in self.policy.tiers}
        rows = scored_file.read_scored(self.data, self.tiers[0], by_tier)
        return Scored([row for row in rows if self.tiers[0] in row.turns], {})

    def _refuse_scores_of_a_file(self) -> None:
        """Scores do not tell which of the files that were in charge gave them."""
        for tier in self.policy.tiers:
            read_by = self.settings.classifiers.get(getattr(tier, "classifier", ""))
            if tier.kind == self.tiers[0] and isinstance(read_by, TrainedClassifierConfig):
                raise ConfigError(
                    "the screen of this policy is a trained one, and scores do not tell which "
                    "file gave them: give labelled exchanges, or --into FILE"
                )

    async def _judged(self) -> Scored:
        total = sum(1 for _ in numbered_lines(self.data))
        shown = Console(stderr=True)
        async with open_parts(self.settings) as parts:
            scorer = Scorer.of(parts.monitor, self.name, self.tiers)
            with Progress(console=shown, transient=True, disable=not shown.is_terminal) as bar:
                task = bar.add_task("scoring", total=total)
                rows = read_labelled(self.data, self.settings.limits)
                return await scorer.score(rows, self.parallel, lambda: bar.advance(task))

    def after(self) -> NextTier | None:
        for tier in self.policy.tiers:
            if tier.kind in self.tiers[1:]:
                return NextTier(tier.kind, tier.curve, tier.band)
        return None


def _fitted(
    rows: Sequence[ScoredRow], tier: str, goal: Goal, after: NextTier | None, *, by_reasoning: bool
) -> Calibration:
    try:
        return fit(rows, tier, goal, after, by_reasoning=by_reasoning)
    except (TooFewLabels, GoalOutOfReach) as exc:
        typer.echo(f"candor: {exc}\n  {exc.hint}", err=True)
        raise typer.Exit(TOO_FEW) from exc


def _write(
    fragments: Mapping[Path, str], out: Path, told: report.Story, found: Calibration
) -> None:
    files = {
        **fragments,
        out.with_suffix(".md"): report.as_markdown(told),
        out.with_suffix(".html"): report.as_page(told),
    }
    for path, text in files.items():
        path.write_text(text, encoding="utf-8")
        typer.echo(f"wrote {path}")
    for raw in found.raw:
        for words in raw.weakened:
            typer.echo(f"weaker than the goal: {words}", err=True)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _today() -> date:
    return datetime.now(UTC).date()
