"""Makers of results and samples."""

from typing import Any

import numpy as np

from candor.domain.verdict import Outcome
from candor.evaluation.results import Result
from candor.evaluation.sample import Sample

DECEPTIVE, HONEST, OPEN = Outcome.DECEPTIVE, Outcome.NON_DECEPTIVE, Outcome.INCONCLUSIVE


def result(
    case: str, deceptive: bool, outcome: Outcome | None, score: float | None = 0.5, **known: Any
) -> Result:
    """In a group of its own unless told otherwise."""
    told: dict[str, Any] = {
        "digest": "d",
        "policy": "default",
        "version": "v",
        "group": case,
        "reasoning": False,
    }
    return Result(
        case=case, deceptive=deceptive, outcome=outcome, score=score, **{**told, **known}
    )


def random_sample(seed: int, cases: int = 60, *, digits: int = 1) -> Sample:
    """Scores of few digits are often equal."""
    random = np.random.default_rng(seed)
    deceptive = random.random(cases) < 0.4
    drawn = random.normal(0.4 + 0.2 * deceptive, 0.2)
    scores = np.asarray(np.round(np.clip(drawn, 0, 1), digits), float)
    return Sample(
        deceptive=deceptive,
        scores=scores,
        flagged=scores > 0.55,
        settled=random.random(cases) < 0.7,
        escalated=random.random(cases) < 0.5,
        cost_usd=random.random(cases),
        seconds=random.random(cases),
        groups=random.integers(0, cases // 2, cases),
        weights=np.ones(cases),
    )
