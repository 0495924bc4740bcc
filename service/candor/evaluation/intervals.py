"""How sure a metric is: a bootstrap over groups, never over rows."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from candor.evaluation.metrics import Metric
from candor.evaluation.sample import Floats, Sample

_LEAST_DEFINED = 0.5
# Numbers in one block of weights: about 16 MB.
_BLOCK = 2**21


@dataclass(frozen=True, slots=True)
class Interval:
    """Between `low` and `high` with the confidence that was asked for."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """Draws as many groups as there are, with replacement (Efron 1979; the cluster bootstrap of
    Davison and Hinkley 1997, section 3.8), and takes the percentiles.

    The same seed gives the same intervals. Where all that was counted went one way, every draw
    repeats it: then the bound is the exact binomial one (Clopper and Pearson 1934), over groups.
    """

    resamples: int = 1000
    confidence: float = 0.95
    seed: int = 0

    def interval(self, metric: Metric, sample: Sample) -> Interval | None:
        """None where the metric is undefined, or there is but one group."""
        value = metric.value(sample)
        if value is None or len(np.unique(sample.groups)) < 2:
            return None
        drawn = np.concatenate([metric.compute(sample, w) for w in self.weights(sample)])
        return _one_way(metric, sample, value, self.tail) or self.percentiles(drawn)

    def percentiles(self, drawn: Floats) -> Interval | None:
        """None where most draws leave it undefined."""
        defined = drawn[~np.isnan(drawn)]
        if len(defined) < _LEAST_DEFINED * len(drawn):
            return None
        low, high = np.quantile(defined, [self.tail, 1 - self.tail])
        return Interval(float(low), float(high))

    @property
    def tail(self) -> float:
        return (1 - self.confidence) / 2

    def weights(self, sample: Sample) -> Iterator[Floats]:
        """How often each case was drawn, times its own weight, in blocks of shape (b, n); the
        same for every metric and for every policy on the same cases, so that differences are
        paired."""
        random = np.random.default_rng(self.seed)
        groups, members = np.unique(sample.groups, return_inverse=True)
        rows = max(_BLOCK // max(len(sample), 1), 1)
        left = self.resamples
        while left > 0:
            now = min(rows, left)
            chosen = random.multinomial(len(groups), [1 / len(groups)] * len(groups), size=now)
            yield chosen[:, members] * sample.weights
            left -= now


def _one_way(metric: Metric, sample: Sample, value: float, tail: float) -> Interval | None:
    """The exact bound for a share of exactly nothing or all."""
    if metric.counted is None or value not in (0.0, 1.0):
        return None
    groups = len(np.unique(sample.groups[metric.counted(sample)]))
    edge = float(tail ** (1 / groups))
    return Interval(edge, 1.0) if value == 1.0 else Interval(0.0, 1 - edge)
