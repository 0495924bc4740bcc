"""One head of a trained screen: what it scores the exchanges of its stratum with."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from candor.domain.screening import cues, ngrams
from candor.domain.screening.familiarity import Familiarity
from candor.domain.screening.manifest import HeadRecord
from candor.domain.screening.vector import FeatureVector


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """Logistic regression over cues (in standard deviations) and n-grams, then a curve."""

    record: HeadRecord
    familiarity: Familiarity
    weights: NDArray[np.float16]
    cue_weights: NDArray[np.float32]

    def score(self, vector: FeatureVector) -> float:
        """Calibrated on the training traffic, 0..1."""
        words = self.weights[vector.indices].astype(np.float32) @ ngrams.normalised(vector)
        logit = self.record.intercept + float(self._cue_parts(vector).sum()) + float(words)
        raw = 1 / (1 + np.exp(-np.clip(logit, -30, 30)))
        return self.record.curve.probability(float(raw))

    def strongest_cues(self, vector: FeatureVector, count: int = 3) -> list[str]:
        """Names of the cues that move the score most, whichever way."""
        order = np.argsort(-np.abs(self._cue_parts(vector)), kind="stable")
        return [cues.NAMES[place] for place in order[:count]]

    def _cue_parts(self, vector: FeatureVector) -> NDArray[np.float32]:
        return clipped(self.familiarity.profile.scaled(vector.cues)) * self.cue_weights

    def arrays(self) -> dict[str, NDArray[Any]]:
        profile, spread = self.familiarity.profile, self.familiarity.spread
        return {
            "weights": self.weights,
            "commonness": profile.commonness,
            "cue_weights": self.cue_weights,
            "cue_mean": profile.cue_mean,
            "cue_deviation": profile.cue_deviation,
            "measure_mean": spread.measure_mean,
            "measure_deviation": spread.measure_deviation,
            "measure_precision": spread.measure_precision.ravel(),
            "expected": spread.expected,
        }


def clipped(scaled: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cues as heads weigh them: none beyond 5 standard deviations."""
    return np.clip(scaled, -5, 5)
