from collections.abc import Iterator

import pytest

from tests.chaos.dependencies.asking import Collector
from tests.chaos.dependencies.line import Loop


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    """Over the whole suite no verdict that a fault has touched goes without a label."""
    collected = Collector()
    yield collected
    assert collected.unlabelled == [], "\n".join(collected.unlabelled)


@pytest.fixture(scope="session")
def loop() -> Iterator[Loop]:
    """In which the lines to all dependencies run."""
    with Loop().running() as running:
        yield running
