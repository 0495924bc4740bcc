"""What a run has shown, before it is written down in one form or another."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from candor.evaluation.comparison import Comparison, compare
from candor.evaluation.intervals import Bootstrap
from candor.evaluation.results import Result
from candor.evaluation.summary import Summary, summarise


@dataclass(frozen=True, slots=True)
class Run:
    """How the results came about; `data` is the name of the file, without its folder."""

    candor: str
    data: str
    format: str
    concurrency: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`results` by policy, in the order in which they were named."""

    run: Run
    bootstrap: Bootstrap
    results: dict[str, list[Result]]
    summaries: tuple[Summary, ...]
    comparisons: tuple[Comparison, ...]


def evaluate(run: Run, results: Sequence[Result], bootstrap: Bootstrap) -> Evaluation:
    """Every two policies are compared."""
    by_policy: dict[str, list[Result]] = {}
    for result in results:
        by_policy.setdefault(result.policy, []).append(result)
    pairs = combinations(by_policy.values(), 2)
    compared = [compare(first, second, bootstrap) for first, second in pairs]
    return Evaluation(
        run=run,
        bootstrap=bootstrap,
        results=by_policy,
        summaries=tuple(summarise(mine, bootstrap) for mine in by_policy.values()),
        comparisons=tuple(one for one in compared if one is not None),
    )


NOTES = (
    (
        "Intervals are percentiles of a bootstrap over groups of cases, not over cases; where a "
        "share is exactly 0 or 1 they are the exact binomial bound over groups."
    ),
    (
        "`inconclusive` is never counted as honest: the columns *settled* leave it out, the "
        "columns *all* count it as flagged, because somebody has to review it."
    ),
    (
        "Errors have no verdict and count in no metric. A degraded verdict was spoken although "
        "something failed, and counts."
    ),
    (
        "AUROC, AUPRC, recall at a false-positive rate, ECE, Brier and AURC are of the score, "
        "which comes from the deciding tier, or from the last that had one."
    ),
    (
        "A case with a `weight` counts as so many cases in shares, scores and plots; the numbers "
        "of cases, McNemar's test and the histograms count each once."
    ),
    ("Times were taken with several cases at once, and include what they waited for each other."),
)
