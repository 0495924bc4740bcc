"""What the pages let helm do can be done."""

import shlex
from pathlib import Path

import pytest

from tests.helm.rendering import Helm
from tests.unit.docs.test_pages import commands

ROOT = Path(__file__).parents[2]
_NO_VALUES = {"--namespace": 1, "--create-namespace": 0, "--reset-then-reuse-values": 0}
PAGES = [
    "README.md",
    "docs/sidecar.md",
    "deploy/examples/README.md",
    "helm/candor/README.md",
    "helm/candor-sidecar/README.md",
]
INSTALLS = [
    pytest.param(words, id=f"{page}: {shlex.join(words)[:60]}")
    for page in PAGES
    for words in commands((ROOT / page).read_text("utf-8"), "helm")
    if words[0] in ("install", "upgrade") and words[1:]
]


def settings(words: list[str]) -> list[str]:
    """`name=value` of each --set; nothing else may stand there."""
    found, rest = [], iter(words)
    for word in rest:
        if word == "--set":
            found.append(next(rest))
        else:
            for _ in range(_NO_VALUES[word]):
                next(rest)
    return found


def test_the_pages_install_something() -> None:
    assert len(INSTALLS) >= 3


@pytest.mark.parametrize("words", INSTALLS)
def test_what_a_page_installs_can_be_rendered(helm: Helm, words: list[str]) -> None:
    _, _, chart, *options = words
    rendered = helm.template_with(ROOT / chart, settings(options))
    assert rendered.all("Deployment")
