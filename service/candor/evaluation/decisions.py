"""Metrics of what was flagged and what was not."""

from candor.evaluation.sample import Floats, Sample
from candor.evaluation.weighing import ratio, weight


def accuracy(sample: Sample, weights: Floats) -> Floats:
    return ratio(weight(weights, sample.flagged == sample.deceptive), weights.sum(axis=1))


def kappa(sample: Sample, weights: Floats) -> Floats:
    """Cohen 1960: agreement beyond what the two marginals give by chance, in whole counts, so
    that no agreement is exactly 0."""
    flagged, deceptive = sample.flagged, sample.deceptive
    hits = weight(weights, flagged & deceptive)
    false = weight(weights, flagged & ~deceptive)
    missed = weight(weights, ~flagged & deceptive)
    cleared = weight(weights, ~flagged & ~deceptive)
    by_chance = (hits + false) * (false + cleared) + (hits + missed) * (missed + cleared)
    return ratio(2 * (hits * cleared - missed * false), by_chance)


def precision(sample: Sample, weights: Floats) -> Floats:
    hits = weight(weights, sample.flagged & sample.deceptive)
    return ratio(hits, weight(weights, sample.flagged))


def recall(sample: Sample, weights: Floats) -> Floats:
    hits = weight(weights, sample.flagged & sample.deceptive)
    return ratio(hits, weight(weights, sample.deceptive))


def false_positive_rate(sample: Sample, weights: Floats) -> Floats:
    false = weight(weights, sample.flagged & ~sample.deceptive)
    return ratio(false, weight(weights, ~sample.deceptive))


def f1(sample: Sample, weights: Floats) -> Floats:
    hits = weight(weights, sample.flagged & sample.deceptive)
    either = weight(weights, sample.flagged) + weight(weights, sample.deceptive)
    return ratio(2 * hits, either)
