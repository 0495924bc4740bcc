"""Labelled rows in, one file out: a screen that learned from this deployment's traffic.

A logistic regression for each stratum. Its strength is chosen by cross-validation over groups.
Boosted trees are left out: in the measurements behind the design they gained at most .03 AUROC.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from candor.domain.errors import InvalidExchange
from candor.domain.screening import cues
from candor.domain.screening.features import VERSION
from candor.domain.screening.head import Head
from candor.domain.screening.manifest import Card, HeadRecord, Manifest, Stratum
from candor.domain.screening.model import ScreenModel
from candor.learning import checks
from candor.learning.card import card, groups_by_label
from candor.learning.checks import Checks
from candor.learning.familiar import known
from candor.learning.matrix import Floats, Matrix, matrix
from candor.learning.regression import Crossed, Fitted, Folds, auroc, cross, fit, platt
from candor.learning.rows import Row, settled
from candor.learning.splits import folds

LEAST_ROWS = 20
"""Rows of each label that a stratum must have."""
LEAST_GROUPS = 10
"""Groups of each label that a stratum must have."""
STRENGTHS = (0.3, 1.0, 3.0, 10.0)

Progress = Callable[[str, int, int], None]


def silent(what: str, done: int, of: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that decides what comes out, besides the rows. The seed decides the folds; without
    `checks` there is no training on shuffled labels."""

    seed: int = 0
    folds: int = 5
    date: str = ""
    data: str = ""
    licences: tuple[str, ...] = ()
    strengths: Sequence[float] = STRENGTHS
    checks: bool = True

    @property
    def card(self) -> Card:
        return Card(date=self.date, data=self.data, licences=self.licences, seed=self.seed)


@dataclass(frozen=True, slots=True)
class Trained:
    """`checks` shows for each stratum whether anything was learned; `left_out` says why a
    stratum has no head."""

    model: ScreenModel
    checks: Mapping[Stratum, Checks]
    left_out: Mapping[Stratum, str]


def train(rows: Iterable[Row], recipe: Recipe = Recipe(), progress: Progress = silent) -> Trained:
    """The same rows, in whatever order, and the same recipe give the same file.

    Raises: InvalidExchange when there is too little to learn from.
    """
    given = settled(rows)
    _refuse_other_features(given)
    strata = {one: [row for row in given if row.stratum is one] for one in Stratum}
    left_out = {one: why for one, mine in strata.items() if (why := _too_few(one, mine))}
    if len(left_out) == len(strata):
        raise InvalidExchange(
            "too few labels to train on: " + " ".join(left_out.values()),
            field="data",
            kind="too-few-labels",
            hint="review more verdicts, or audit more of them (audit_rate)",
        )
    taught = {
        one: _Teaching(recipe, progress, one).teach(matrix(mine))
        for one, mine in strata.items()
        if one not in left_out
    }
    heads = {one: each.head for one, each in taught.items()}
    manifest = Manifest(
        features=VERSION,
        cues=cues.NAMES,
        heads={one: head.record for one, head in heads.items()},
        card=card(
            {one: (each.rows, each.logits) for one, each in taught.items()},
            left_out,
            recipe.card,
        ),
    )
    shown = {one: each.checks for one, each in taught.items()}
    return Trained(ScreenModel(manifest, heads), shown, left_out)


def _refuse_other_features(rows: Sequence[Row]) -> None:
    others = sorted({row.vector.version for row in rows} - {VERSION})
    if others:
        raise InvalidExchange(
            f"features of another version: {', '.join(others)}; this one makes {VERSION}",
            field="data",
            kind="other-features",
            hint="train on verdicts recorded since the upgrade, or on labelled exchanges",
        )


def _too_few(stratum: Stratum, rows: Sequence[Row]) -> str:
    """In words, what is missing; empty where nothing is."""
    missing = []
    for label, name in ((True, "deceptive"), (False, "non-deceptive")):
        mine = [row for row in rows if row.deceptive is label]
        groups = len({row.group for row in mine})
        if len(mine) < LEAST_ROWS or groups < LEAST_GROUPS:
            missing.append(f"{len(mine)} {name} rows in {groups} groups")
    if not missing:
        return ""
    kind = stratum.value.replace("_", " ")
    return (
        f"Exchanges {kind}: {' and '.join(missing)}; needed are {LEAST_ROWS} rows in "
        f"{LEAST_GROUPS} groups of each label."
    )


@dataclass(frozen=True, slots=True)
class _Taught:
    rows: Matrix
    logits: Floats
    head: Head
    checks: Checks


@dataclass(slots=True)
class _Teaching:
    """One stratum's way from rows to a head."""

    recipe: Recipe
    progress: Progress
    stratum: Stratum
    _done: int = field(init=False, default=0)

    def teach(self, rows: Matrix) -> _Taught:
        fold_of = folds(rows.groups, rows.labels.tolist(), self._folds(rows), self.recipe.seed)
        tried = [cross(rows, s, fold_of, self._advance) for s in self.recipe.strengths]
        # Of two that are as good, the one that is held back more.
        best = min(tried, key=lambda one: (round(one.loss(rows), 4), one.strength))
        fitted = fit(rows, best.strength)
        shown = Checks(
            rows=len(rows),
            groups=len(set(rows.groups)),
            deceptive=int(rows.labels.sum()),
            auroc=auroc(rows.labels, best.logits),
            length_only=checks.length_only(rows, fold_of),
            shuffled=self._by_chance(rows, best.strength, fold_of),
        )
        head = _head(rows, fitted, best)
        return _Taught(rows, best.logits, head, shown)

    def _by_chance(self, rows: Matrix, strength: float, fold_of: Folds) -> float | None:
        if not self.recipe.checks:
            return None
        shuffled = checks.shuffled(rows, self.recipe.seed)
        return auroc(shuffled.labels, cross(shuffled, strength, fold_of, self._advance).logits)

    def _folds(self, rows: Matrix) -> int:
        return min(self.recipe.folds, *groups_by_label(rows).values())

    def _advance(self) -> None:
        self._done += 1
        of = self.recipe.folds * (len(self.recipe.strengths) + self.recipe.checks)
        self.progress(self.stratum.value.replace("_", " "), self._done, of)


def _head(rows: Matrix, fitted: Fitted, crossed: Crossed) -> Head:
    near = known(fitted.profile, rows, crossed.measures)
    record = HeadRecord(
        intercept=fitted.intercept,
        curve=platt(crossed.logits, rows),
        most_atypical=near.familiarity.spread.most_atypical,
        drift_limits=near.limits,
        drift_usual=near.usual,
        rows=len(rows),
        groups=len(set(rows.groups)),
        strength=crossed.strength,
        auroc=auroc(rows.labels, crossed.logits),
    )
    return Head(record, near.familiarity, fitted.weights, fitted.cue_weights)
