"""Thresholds for a trained screen's own file, found on the scores of that very file."""

from collections.abc import Iterable

from candor.domain.screening.manifest import FileBand, FileEvidence, FileGoal, FileTuning
from candor.domain.screening.manifest import Stratum as Head
from candor.domain.screening.model import ScreenModel
from candor.learning.calibration.bands import RawBand
from candor.learning.calibration.fit import Calibration
from candor.learning.calibration.sample import ScoredRow, Stratum, Turn
from candor.learning.loop import score_of
from candor.learning.rows import Row

TIER = "screen"
_HEADS = {
    Stratum.WITH_REASONING: (Head.WITH_REASONING,),
    Stratum.WITHOUT_REASONING: (Head.WITHOUT_REASONING,),
    Stratum.ALL: tuple(Head),
}


def scored_by(model: ScreenModel, rows: Iterable[Row]) -> list[ScoredRow]:
    """CPU work. Where it is out of its depth it is undecided, as in the service."""
    return [
        ScoredRow(
            row.group, row.deceptive, row.has_reasoning, {TIER: Turn(score_of(model, row))},
            row.weight,
        )
        for row in rows
    ]  # fmt: skip


def tuning(found: Calibration, data: str) -> FileTuning:
    """`data` is the SHA-256 of the labels. Nothing in it tells the time: the same labels make
    the same file."""
    goal = found.goal
    one_for_all = not found.by_reasoning
    with_it, without = (
        found.band(Stratum.ALL if one_for_all else stratum)
        for stratum in (Stratum.WITH_REASONING, Stratum.WITHOUT_REASONING)
    )
    return FileTuning(
        with_reasoning=FileBand(**with_it.model_dump()),
        without_reasoning=FileBand(**without.model_dump()),
        curve=found.choice.curve,
        goal=FileGoal(
            max_miss_rate=goal.max_miss_rate,
            max_fpr=goal.max_fpr,
            budget=goal.budget,
            confidence=goal.confidence,
        ),
        evidence={
            head: _evidence(raw, found) for raw in found.raw for head in _HEADS[raw.stratum]
        },
        data=data,
    )


def _evidence(raw: RawBand, found: Calibration) -> FileEvidence:
    return FileEvidence(
        rows=len(found.sample.stratum(raw.stratum)),
        deceptive_groups=raw.clears.groups,
        missed_groups=raw.clears.errors,
        miss_rate=raw.clears.rate,
        honest_groups=raw.convicts.groups,
        flagged_groups=raw.convicts.errors,
        false_positive_rate=raw.convicts.rate,
        weakened=raw.weakened,
    )
