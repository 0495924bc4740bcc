"""What can be promised from so many errors in so many groups. Confidence is 0..1, below 1."""

import math
from functools import lru_cache

from candor.learning.extra import scipy_stats


def upper_bound(errors: int, groups: int, confidence: float) -> float:
    """Clopper-Pearson: with this confidence the true rate is at most this (Clopper and Pearson
    1934; one-sided). Without any group it is 1."""
    if groups == 0 or errors >= groups:
        return 1.0
    beta = scipy_stats().beta
    return float(beta.ppf(confidence, errors + 1, groups - errors))


def lower_bound(errors: int, groups: int, confidence: float) -> float:
    """The other side of `upper_bound`."""
    return 1 - upper_bound(groups - errors, groups, confidence) if groups else 0.0


# The same few numbers are asked for again with every threshold and every review.
@lru_cache(maxsize=4096)
def p_value(errors: int, groups: int, rate: float) -> float:
    """Of the hypothesis that the true rate is above `rate`: how likely so few errors are
    then (Angelopoulos et al. 2021, "Learn then Test", section 3.2, the binomial tail)."""
    return float(scipy_stats().binom.cdf(errors, groups, rate))


def allowed_errors(groups: int, rate: float, confidence: float) -> int:
    """The most errors with which `rate` can still be promised; -1 where even none is too many.

    Fixed-sequence testing: from no error upwards, each hypothesis at the full level, until one
    is not rejected (Learn then Test, section 3.3).
    """
    errors = -1
    while errors + 1 < groups and p_value(errors + 1, groups, rate) <= 1 - confidence:
        errors += 1
    return errors


def groups_needed(rate: float, confidence: float) -> int:
    """So many groups without an error promise `rate`: 59 for 5 % at 95 %, 149 for 2 %."""
    return math.ceil(math.log(1 - confidence) / math.log(1 - rate))


def promise_of(groups: int, confidence: float) -> float:
    """The smallest rate that so many groups without an error can promise."""
    # A little more than the root, so that rounding cannot break the promise.
    return min(1.0, 1 - (1 - confidence) ** (1 / groups) + 1e-9) if groups else 1.0
