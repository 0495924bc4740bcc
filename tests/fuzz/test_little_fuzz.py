"""The fuzzer's targets, with few examples from a fixed seed: `make fuzz` tries a million."""

import pytest

from tests.fuzz import rounds
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_that_comes_is_more_than_refused(name: str) -> None:
    assert rounds.run(name, number=20_261_121, examples=200) >= 200
