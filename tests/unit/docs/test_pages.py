"""What the pages name exists: commands and their options, targets of make, files, headings,
metrics."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from typer.main import get_command

from candor.cli.main import app
from candor.injector.counts import Counts
from candor.telemetry.metrics import Metrics

ROOT = Path(__file__).parents[3]
PAGES = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
}
_FENCED = re.compile(r"^```(\w*).*?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"^ {4}(?=\S)((?:.*\\\n)*.*)$", re.MULTILINE)
_INLINE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_SHELL = ("", "sh", "bash", "console")
# Not series, but names that begin alike.
_PACKAGES = {"candor_monitor"}


def lines_of_code(page: str) -> Iterator[str]:
    """In blocks and in the running text, with continued lines joined."""
    for language, block in _FENCED.findall(page):
        if language in _SHELL:
            yield from block.replace("\\\n", " ").splitlines()
    rest = _FENCED.sub("", page)
    yield from (code.replace("\\\n", " ") for code in _INDENTED.findall(rest))
    yield from _INLINE.findall(rest)


def commands(page: str, program: str) -> list[list[str]]:
    """The words after the program's name, of every line that calls it."""
    starts = [line.strip().removeprefix("$ ") for line in lines_of_code(page)]
    called = [line for line in starts if line.startswith(f"{program} ")]
    return [shlex.split(line, comments=True)[1:] for line in called]


def mistake(words: list[str]) -> str | None:
    """What of `candor`'s words does not exist."""
    command: Any = get_command(app)
    while words and hasattr(command, "commands"):
        name, *words = words
        if name.startswith("-"):
            words = [name, *words]
            break
        if name not in command.commands:
            return f"no command {name!r}"
        command = command.commands[name]
    known = {name for option in command.params for name in option.opts} | {"--help"}
    asked = [word.partition("=")[0] for word in words if word.startswith("-")]
    return next((f"no option {word!r}" for word in asked if word not in known), None)


CANDOR = [(name, words) for name, page in PAGES.items() for words in commands(page, "candor")]


@pytest.mark.parametrize(("page", "words"), CANDOR, ids=lambda value: "".join(value)[:60])
def test_a_command_of_the_pages_exists_with_its_options(page: str, words: list[str]) -> None:
    if "|" in words:  # `candor serve | check | ...` names several at once
        for name in " ".join(words).split(" | "):
            assert mistake([name]) is None, page
    else:
        assert mistake(words) is None, page


def test_commands_are_found_and_wrong_ones_are_noticed() -> None:
    assert len(CANDOR) > 15
    assert mistake(["chekc"]) == "no command 'chekc'"
    assert mistake(["config", "shwo"]) == "no command 'shwo'"
    assert mistake(["check", "--imgae", "x"]) == "no option '--imgae'"


def test_what_the_pages_let_make_do_is_in_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    asked = {words[0] for page in PAGES.values() for words in commands(page, "make")}
    assert asked
    assert asked <= targets


def test_files_that_the_shell_is_given_are_there() -> None:
    given = re.compile(r"@(service/[\w./-]+)|`((?:tests|service)/[\w./-]+)`")
    found = [match for page in PAGES.values() for match in given.findall(page)]
    named = {sent or told for sent, told in found}
    assert named
    assert [file for file in sorted(named) if not (ROOT / file).exists()] == []


def anchors(page: str) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", _FENCED.sub("", page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", PAGES)
def test_every_link_of_a_page_leads_to_a_file_and_a_heading(name: str) -> None:
    page = PAGES[name]
    for link in _LINK.findall(page):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / name).parent / path if path else ROOT / name
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text(encoding="utf-8")), link


def series() -> set[str]:
    registry = CollectorRegistry()
    Metrics(registry)
    Counts(registry)
    families = list(registry.collect())
    ends = ("", "_total", "_bucket", "_sum", "_count")
    return {f"{family.name}{end}" for family in families for end in ends}


def test_no_page_names_a_metric_that_is_not_exported() -> None:
    for name, page in PAGES.items():
        named = set(re.findall(r"\bcandor_[a-z][a-z_]*[a-z]\b", page)) - _PACKAGES
        assert named <= series(), name


def test_counters_are_named_as_they_are_exported() -> None:
    assert {"candor_debate_undecided_total", "candor_breaker_open"} <= series()
    assert "candor_undecided_total" not in series()
