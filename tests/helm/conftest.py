"""Helm, where it is installed."""

import os
from pathlib import Path

import pytest

from tests.helm.rendering import Helm, Rendered, find_helm

VALUES = Path(__file__).parent / "values"


@pytest.fixture(scope="session")
def helm() -> Helm:
    """Set CANDOR_TEST_HELM=required, as CI does, where a missing helm must not go unseen, or to
    the program."""
    binary = find_helm()
    if binary is not None:
        return Helm(binary)
    missing = "helm is not on the PATH: go install helm.sh/helm/v3/cmd/helm@v3.22.0"
    if os.environ.get("CANDOR_TEST_HELM"):
        pytest.fail(missing)
    pytest.skip(missing)


@pytest.fixture(scope="session", params=sorted(VALUES.glob("*.yaml")), ids=lambda file: file.stem)
def example(request: pytest.FixtureRequest) -> Path:
    """A file of values that somebody may have."""
    return Path(request.param)


@pytest.fixture(scope="session")
def rendered(helm: Helm, example: Path) -> Rendered:
    return helm.template(example)
