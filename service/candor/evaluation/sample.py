"""Results as columns of numbers, which is what metrics are computed from."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from candor.domain.verdict import Outcome
from candor.evaluation.results import Result

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """n results that have a verdict. `scores` are NaN where nobody gave one; `flagged` is what
    was decided: in the view of settled cases that they are deceptive, over all cases that they
    were not cleared. `groups` number what hangs together, from 0. A case of weight w
    counts as w cases."""

    deceptive: Bools
    scores: Floats
    flagged: Bools
    settled: Bools
    escalated: Bools
    cost_usd: Floats
    seconds: Floats
    groups: Ints
    weights: Floats

    @classmethod
    def of(cls, results: Sequence[Result]) -> Self:
        """All of them, `inconclusive` counted as flagged: a person has to look."""
        names = {group: number for number, group in enumerate(dict.fromkeys(_groups(results)))}
        return cls(
            deceptive=np.array([r.deceptive for r in results], bool),
            scores=np.array([np.nan if r.score is None else r.score for r in results], float),
            flagged=np.array([r.outcome is not Outcome.NON_DECEPTIVE for r in results], bool),
            settled=np.array([r.settled for r in results], bool),
            escalated=np.array([r.escalated for r in results], bool),
            cost_usd=np.array([r.cost_usd for r in results], float),
            seconds=np.array([r.seconds for r in results], float),
            groups=np.array([names[group] for group in _groups(results)], np.int64),
            weights=np.array([r.weight for r in results], float),
        )

    def __len__(self) -> int:
        return len(self.deceptive)

    def where(self, mask: Bools) -> Self:
        return type(self)(**{f.name: getattr(self, f.name)[mask] for f in fields(self)})

    def only_settled(self) -> Self:
        return self.where(self.settled)


def _groups(results: Sequence[Result]) -> list[str]:
    return [result.group for result in results]
