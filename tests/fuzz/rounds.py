"""One round: so many examples of one target from one seed, the same every time."""

import warnings
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzz.targets import TARGETS


def run(name: str, number: int, examples: int) -> int:
    """How many examples were tried. Raises what `check` of the target raises."""
    target, tried = TARGETS[name], 0

    @seed(number)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(target.strategy)
    def one(example: Any) -> None:
        nonlocal tried
        tried += 1
        with warnings.catch_warnings():
            # Pillow warns of files that are odd; what counts here is what we make of them.
            warnings.simplefilter("ignore")
            target.check(example)

    one()
    return tried
