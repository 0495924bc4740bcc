"""Whether an input is like the traffic that a classifier learned from.

Trained on one kind of traffic, a text model is at chance on another, and just as sure of
itself. So each head keeps what its training traffic looks like and how far that traffic's own
exchanges lie from it, and has no say beyond. `drift.py` looks at many inputs together.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from candor.domain.screening import cues, ngrams
from candor.domain.screening.vector import BUCKETS, FeatureVector

Floats32 = NDArray[np.float32]

SCALE = 16
"""Steps to a bit of surprise, as tables keep it."""
MEASURES = (
    *(f"{block.name}: {what}" for block in ngrams.BLOCKS for what in ("surprise", "likeness")),
    "strangeness",
)
TRAITS = len(MEASURES) + len(cues.NAMES)
_FAR = 6.0
"""No single cue counts for more: one odd number is not another kind of traffic."""
_OUTLYING = 12.0
_IN_A_MEAN = 3.0
"""Standard deviations at which a measure, and a trait in a mean over inputs, is cut off."""
_SHARES = np.exp2(-np.arange(256) / SCALE).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """`commonness` (uint8, `BUCKETS` long): 1/`SCALE` bits of surprise of each place. Cues: mean
    and standard deviation of the training traffic."""

    commonness: NDArray[np.uint8]
    cue_mean: Floats32
    cue_deviation: Floats32

    def measures(self, vector: FeatureVector) -> Floats32:
        """In the order of `MEASURES`. For each block: bits of surprise, mean over the n-grams
        that occur, and the sum of their values by how common they are; then the mean of the
        squared cues. Blocks without any n-gram give 0."""
        bits = self.commonness[vector.indices]
        common = _SHARES[bits] * ngrams.normalised(vector)
        edges = ngrams.block_edges(vector)
        surprise = ngrams.sums(bits, edges) / (SCALE * np.maximum(np.diff(edges), 1))
        likeness = ngrams.sums(common, edges)
        scaled = np.clip(self.scaled(vector.cues), -_FAR, _FAR)
        of_blocks = np.stack([surprise, likeness], 1).ravel()
        return np.array([*of_blocks, np.square(scaled).mean()], np.float32)

    def scaled(self, cues: Floats32) -> Floats32:
        """Cues in standard deviations from the mean of the training traffic."""
        return (cues - self.cue_mean) / self.cue_deviation


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """How far exchanges of the training traffic that were held out lie from the rest of it.

    Of the measures: mean, standard deviation, and the inverse of the correlations (`MEASURES` by
    `MEASURES`); `expected`: their mean traits; `most_atypical`: what only few of them exceed."""

    measure_mean: Floats32
    measure_deviation: Floats32
    measure_precision: Floats32
    expected: Floats32
    most_atypical: float

    def standard(self, measures: Floats32) -> Floats32:
        return (measures - self.measure_mean) / self.measure_deviation

    def atypicality(self, measures: Floats32) -> float:
        """Squared Mahalanobis distance for one measure; about 1 for training traffic."""
        z = np.clip(self.standard(measures), -_OUTLYING, _OUTLYING)
        return float(z @ self.measure_precision @ z) / len(MEASURES)


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """Where one input stands. `traits` (`TRAITS` long) are about 0 in the mean over training
    traffic."""

    familiar: bool
    traits: Floats32


@dataclass(frozen=True, slots=True, eq=False)
class Familiarity:
    profile: Profile
    spread: Spread

    def knows(self, vector: FeatureVector) -> bool:
        return self.standing(vector).familiar

    def standing(self, vector: FeatureVector) -> Standing:
        """Some 50 µs for 2 KiB of text."""
        measures = self.profile.measures(vector)
        familiar = self.spread.atypicality(measures) <= self.spread.most_atypical
        raw = traits(self.spread.standard(measures), self.profile.scaled(vector.cues))
        return Standing(familiar, raw - self.spread.expected)


def traits(measures: Floats32, scaled_cues: Floats32) -> Floats32:
    """Both in standard deviations; along the last axis."""
    both: Floats32 = np.concatenate([measures, scaled_cues], -1)
    return np.clip(both, -_IN_A_MEAN, _IN_A_MEAN)


def commonness(counts: NDArray[np.int64], records: int) -> NDArray[np.uint8]:
    """From the number of records in which each place occurs."""
    bits = -np.log2((counts + 0.5) / (records + 1))
    table: NDArray[np.uint8] = np.clip(np.rint(bits * SCALE), 0, 255).astype(np.uint8)
    return table.reshape(BUCKETS)
