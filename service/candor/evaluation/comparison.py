"""Two policies on the same cases."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from candor.evaluation.decisions import accuracy
from candor.evaluation.intervals import Bootstrap
from candor.evaluation.metrics import Metric
from candor.evaluation.ranking import auroc
from candor.evaluation.results import Result
from candor.evaluation.sample import Sample
from candor.evaluation.summary import Measured


@dataclass(frozen=True, slots=True)
class View:
    """`only_first_right` and `only_second_right` are what McNemar's test looks at; `p` is exact
    and two-sided, and takes cases for independent, which those of one group are not. Differences
    are the second's minus the first's, with a bootstrap over groups."""

    name: str
    cases: int
    only_first_right: int
    only_second_right: int
    p: float
    accuracy: Measured
    auroc: Measured


@dataclass(frozen=True, slots=True)
class Comparison:
    first: str
    second: str
    views: tuple[View, ...]


def compare(
    first: Sequence[Result], second: Sequence[Result], bootstrap: Bootstrap
) -> Comparison | None:
    """Over the cases for which both have a verdict, and over those that both have settled; None
    where there is no such case."""
    theirs = {result.case: result for result in second if not result.error}
    pairs = [(r, theirs[r.case]) for r in first if not r.error and r.case in theirs]
    if not pairs:
        return None
    settled = [(a, b) for a, b in pairs if a.settled and b.settled]
    views = [_view("all", pairs, bootstrap)]
    views += [_view("settled by both", settled, bootstrap)] if settled else []
    return Comparison(first[0].policy, second[0].policy, tuple(views))


def _view(name: str, pairs: Sequence[tuple[Result, Result]], bootstrap: Bootstrap) -> View:
    first, second = (Sample.of([pair[side] for pair in pairs]) for side in (0, 1))
    right = [sample.flagged == sample.deceptive for sample in (first, second)]
    only_first = int((right[0] & ~right[1]).sum())
    only_second = int((right[1] & ~right[0]).sum())
    return View(
        name=name,
        cases=len(pairs),
        only_first_right=only_first,
        only_second_right=only_second,
        p=mcnemar(only_first, only_second),
        accuracy=_difference(Metric("accuracy", accuracy), first, second, bootstrap),
        auroc=_difference(Metric("auroc", auroc), first, second, bootstrap),
    )


def mcnemar(only_first: int, only_second: int) -> float:
    """Exact and two-sided (McNemar 1947; the binomial form): how often a fair coin would fall
    at least as unevenly."""
    total, fewer = only_first + only_second, min(only_first, only_second)
    tail = sum(_ways(total, fewer))
    # Whole numbers first: 2**total is too large for a float.
    return min(1.0, 2 * tail / (1 << total))


def _ways(total: int, most: int) -> Iterator[int]:
    """In how many ways 0, 1, ... `most` of `total` can be chosen, each from the one before."""
    ways = 1
    for k in range(most + 1):
        yield ways
        ways = ways * (total - k) // (k + 1)


def _difference(metric: Metric, first: Sample, second: Sample, bootstrap: Bootstrap) -> Measured:
    values = metric.value(first), metric.value(second)
    if values[0] is None or values[1] is None:
        return Measured(None, None)
    if len(np.unique(first.groups)) < 2:
        return Measured(values[1] - values[0], None)
    # Cases, and so groups, are the same on both sides: one weighting serves both.
    drawn = [
        metric.compute(second, w) - metric.compute(first, w) for w in bootstrap.weights(first)
    ]
    return Measured(values[1] - values[0], bootstrap.percentiles(np.concatenate(drawn)))
