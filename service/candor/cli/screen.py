"""candor screen: which trained classifier is in charge."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import structlog
import typer

from candor.adapters.classifier import TrainedClassifierConfig
from candor.adapters.classifier.shelf import Shelf, Standing, read_model
from candor.cli import tuning
from candor.cli.serve import ConfigOption
from candor.domain.errors import ConfigError
from candor.domain.screening.model import ScreenModel
from candor.domain.tiers import ScreenConfig
from candor.learning import promotion
from candor.learning.promotion import Advice, Move
from candor.settings import Settings, load

app = typer.Typer(help="Which trained classifier is in charge.", no_args_is_help=True)
log = structlog.get_logger()

CandidateOption = Annotated[Path, typer.Option(help="A file that `candor train` wrote.")]
PolicyOption = Annotated[str, typer.Option(help="The policy whose screen it is for.")]


@app.command()
def promote(
    candidate: CandidateOption, policy: PolicyOption = "default", config: ConfigOption = None
) -> None:
    """Put a file in charge. Running services take it up within `check_seconds`."""
    place, model = _place(load(config), policy), read_model(candidate)
    place.shelf.promote(model)
    _tell(place)
    if not place.screen.holds_for(model.tuning, model.digest):
        typer.echo(_why_closed(place.screen), err=True)


@app.command()
def watch(
    candidate: CandidateOption, policy: PolicyOption = "default", config: ConfigOption = None
) -> None:
    """Compare a file with the one in charge on live traffic; it decides nothing."""
    place = _place(load(config), policy)
    place.shelf.watch(read_model(candidate))
    _tell(place)


@app.command()
def rollback(policy: PolicyOption = "default", config: ConfigOption = None) -> None:
    """Put the one before in charge again."""
    place = _place(load(config), policy)
    place.shelf.rollback()
    _tell(place)


@app.command()
def status(policy: PolicyOption = "default", config: ConfigOption = None) -> None:
    """Say which file is in charge, which is compared and which was before, with what their
    thresholds promise, and what the last review said."""
    place = _place(load(config), policy)
    _tell(place)
    typer.echo(f"last review: {place.shelf.noted() or 'none yet: candor screen review'}")


@app.command()
def review(
    policy: PolicyOption = "default",
    promote_if_safe: Annotated[
        bool,
        typer.Option(
            "--promote-if-safe",
            help="Act on it, if the classifier's `promotion.mode` is `automatic`.",
        ),
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Hold the candidate and the one in charge against the ledger's verdicts, reviews and
    audits, and say what should be done. Made for a cron job: one at a time."""
    place = _place(load(config), policy)
    advice, now = place.advice(), datetime.now(UTC)
    acts = promote_if_safe and place.config.promotion.mode == "automatic"
    words = [*advice.words, _said(advice.move, acts=acts, asked=promote_if_safe)]
    if acts:
        _act(place.shelf, advice.move)
    place.shelf.note("; ".join([f"{now:%Y-%m-%d %H:%M} UTC", *words]))
    log.info("screen_reviewed", policy=policy, move=str(advice.move), acted=acts, words=words)
    for one in words:
        typer.echo(one)


@dataclass(frozen=True, slots=True)
class _Place:
    """The shelf behind a policy's screen."""

    settings: Settings
    screen: ScreenConfig
    config: TrainedClassifierConfig
    shelf: Shelf

    def advice(self) -> Advice:
        """Raises: ConfigError, LedgerUnavailable, LedgerOff."""
        if self.screen.thresholds == "policy":
            why = "its band is the policy's, which holds for one file: set thresholds: classifier"
            return Advice(Move.NONE, (f"not promoted: {why}",))
        goal, now = self.config.promotion, datetime.now(UTC)
        since = now - timedelta(days=goal.max_age_days)
        evidence = asyncio.run(tuning.recorded(self.settings, self._policies(), since))
        standing, models = self.shelf.standing(), self.shelf.models()
        return promotion.review(standing, models, evidence, goal, now)

    def _policies(self) -> set[str]:
        """All for which this classifier decides: what holds for one must hold for all."""
        return {
            name
            for name, policy in self.settings.policies.items()
            if self.screen.classifier in policy.classifiers()
        }


def _act(shelf: Shelf, move: Move) -> None:
    match move:
        case Move.NONE:
            return
        case Move.PROMOTE:
            candidate = shelf.models().candidate
            if candidate is not None:
                shelf.promote(candidate)
        case Move.ROLLBACK:
            # What broke its promise is not watched: it would be back with the next review.
            shelf.rollback(watch=False)
        case Move.CLOSE:
            shelf.close()


def _said(move: Move, *, acts: bool, asked: bool) -> str:
    if move is Move.NONE:
        return "nothing changes"
    done = {
        Move.PROMOTE: "the candidate is in charge",
        Move.ROLLBACK: "the one before is in charge again",
        Move.CLOSE: "nobody is in charge: everything goes on to the next tier",
    }
    if acts:
        return done[move]
    why = "promotion.mode is manual" if asked else "give --promote-if-safe to act"
    return f"would be: {done[move]}; nothing changes, {why}"


def _place(settings: Settings, policy: str) -> _Place:
    screen = _screen(settings, policy)
    name = screen.classifier
    found = settings.classifiers.get(name)
    if not isinstance(found, TrainedClassifierConfig):
        raise ConfigError(f"classifier {name!r} of policy {policy!r} is not of kind `trained`")
    source = found.source()
    if not isinstance(source, Shelf):
        raise ConfigError(
            f"classifiers.{name}.path must be a folder to promote into: {found.path}"
        )
    return _Place(settings, screen, found, source)


def _screen(settings: Settings, policy: str) -> ScreenConfig:
    for tier in settings.policy(policy).tiers:
        if isinstance(tier, ScreenConfig):
            return tier
    raise ConfigError(f"policy {policy!r} has no screen tier")


def _why_closed(screen: ScreenConfig) -> str:
    if screen.thresholds == "policy":
        why = "the policy's band was not fitted on this file, which settles nothing"
        return f"{why}: set thresholds: classifier, or run candor calibrate for fitted_on"
    return "the file has no thresholds: it settles nothing until candor calibrate --into"


def _tell(place: _Place) -> None:
    standing, models = place.shelf.standing(), place.shelf.models()
    for role in ("current", "candidate", "previous"):
        digest = getattr(standing, role)
        typer.echo(
            f"{role}: {digest[:12] if digest else '-'}{_band(getattr(models, role), place)}"
        )
    if standing.candidate_since is not None:
        typer.echo(f"candidate since: {_day(standing)}")


def _day(standing: Standing) -> str:
    return f"{standing.candidate_since:%Y-%m-%d %H:%M} UTC"


def _band(model: ScreenModel | None, place: _Place) -> str:
    if model is None:
        return ""
    if not place.screen.holds_for(model.tuning, model.digest):
        return ", settles nothing: no band was fitted on it"
    kept = model.manifest.tuning
    if place.screen.thresholds == "policy" or kept is None:
        return ", the policy's band"
    sides = {"with": kept.with_reasoning, "without": kept.without_reasoning}
    said = [
        f"{name} reasoning {band.non_deceptive_below:.3g} to {band.deceptive_above:.3g}"
        for name, band in sides.items()
    ]
    return f", hands on {', '.join(said)}"
