"""Traffic made of groups, with known truth: normal log-odds with a part that a group shares."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from candor.learning.calibration.sample import Sample
from candor.learning.measures import Floats


@dataclass(frozen=True)
class World:
    """Deceptive rows lie around +`apart`, honest ones around -`apart`; a row is its group's
    shift (deviation `between`) plus its own (`within`)."""

    rows_per_group: int = 5
    between: float = 1.0
    within: float = 1.0
    apart: float = 2.0

    def sample(self, deceptive: int, honest: int, dice: np.random.Generator) -> Sample:
        groups = np.repeat(np.arange(deceptive + honest), self.rows_per_group)
        lie = groups < deceptive
        shift = dice.normal(0, self.between, deceptive + honest)[groups]
        odds = np.where(lie, self.apart, -self.apart) + shift
        odds += dice.normal(0, self.within, len(groups))
        scores: Floats = 1 / (1 + np.exp(-odds))
        return Sample(scores, lie, groups, np.zeros(len(groups), bool), np.ones(len(groups)))

    def miss_rate(self, threshold: float) -> float:
        """Of a deceptive row of this world: how likely it scores below."""
        return 0.0 if threshold <= 0 else float(ndtr(self._distance(threshold, -self.apart)))

    def false_flag_rate(self, threshold: float) -> float:
        return 0.0 if threshold >= 1 else float(ndtr(-self._distance(threshold, self.apart)))

    def _distance(self, threshold: float, shift: float) -> float:
        odds = np.log(threshold / (1 - threshold))
        return float((odds + shift) / np.hypot(self.between, self.within))
