"""What the Dockerfile promises; `make image-check` shows that the image keeps it."""

import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

from candor import __version__
from tests.image.dockerfile import ROOT, Instruction, instructions
from tools.image.locked import locked

TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")
ALL = instructions(TEXT)
LAST = [one for one in ALL if one.stage == max(each.stage for each in ALL)]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
_COPIED_FROM_A_STAGE = "--from="


def _one(name: str) -> Instruction:
    (found,) = (one for one in LAST if one.name == name)
    return found


def test_there_are_two_stages_on_a_base_of_the_builders_choice() -> None:
    assert [one.rest for one in ALL if one.name == "FROM"] == [
        "${PYTHON_IMAGE} AS build",
        "${RUNTIME_IMAGE}",
    ]
    before = [one.rest for one in ALL if one.stage == -1]
    assert before == ["PYTHON_IMAGE=python:3.12-slim", "RUNTIME_IMAGE=${PYTHON_IMAGE}"]


def test_the_process_is_started_without_a_shell_as_a_numeric_user_that_is_not_root() -> None:
    user, _, group = _one("USER").rest.partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert _one("ENTRYPOINT").exec_form() == ["candor"]
    assert _one("CMD").exec_form() == ["serve"]
    assert _one("STOPSIGNAL").rest == "SIGTERM"


def test_the_last_stage_runs_nothing_so_its_base_may_have_no_shell() -> None:
    assert {one.name for one in LAST}.isdisjoint({"RUN", "SHELL"})


def test_the_health_check_is_a_file_of_the_image_and_needs_no_shell() -> None:
    options, _, command = _one("HEALTHCHECK").rest.partition("CMD")
    check = Instruction(1, "CMD", command).exec_form()
    assert check[0].startswith("/opt/candor/bin/")
    assert "--timeout=" in options
    copied = [one.words for one in ALL if one.name == "COPY" and "healthcheck.py" in one.rest]
    assert [words[-1] + Path(words[0]).name for words in copied] == [check[-1]]


def test_the_version_label_is_the_version_of_the_package() -> None:
    assert f"VERSION={__version__}" in [one.rest for one in LAST if one.name == "ARG"]
    assert 'org.opencontainers.image.version="${VERSION}"' in _one("LABEL").rest


def test_nothing_is_fetched_from_an_address_written_here() -> None:
    assert "ADD" not in {one.name for one in ALL}
    for path in (ROOT / "Dockerfile", ROOT / "tools" / "image" / "build.sh"):
        text = path.read_text(encoding="utf-8")
        assert "://" not in text
        assert not re.search(r"--(extra-)?index-url|--find-links|--trusted-host", text)


def test_everything_that_is_installed_from_elsewhere_is_checked_by_hash() -> None:
    for one in ALL:
        for command in re.findall(r"pip\b[^&]*? (?:wheel|install)\b[^&]*", one.rest):
            assert "--require-hashes" in command or "--no-index" in command, command


def test_byte_code_is_made_when_the_image_is_and_never_turned_off() -> None:
    assert "PYTHONDONTWRITEBYTECODE" not in TEXT
    assert any("compileall" in one.rest for one in ALL if one.name == "RUN")


def test_it_listens_where_the_container_can_be_reached() -> None:
    assert "CANDOR_SERVER__HOST=0.0.0.0" in _one("ENV").words


def _sources() -> list[str]:
    default = {"${LOCK}": "requirements.lock"}
    copies = [one for one in ALL if one.name == "COPY" and _COPIED_FROM_A_STAGE not in one.rest]
    return [default.get(word, word) for one in copies for word in one.words[:-1]]


@pytest.mark.parametrize("source", _sources())
def test_what_is_copied_is_there_and_is_let_through_by_dockerignore(source: str) -> None:
    assert (ROOT / source).exists()
    rules = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in rules
    let = [rule.removeprefix("!") for rule in rules if rule.startswith("!")]
    assert any(source == rule or source.startswith(f"{rule}/") for rule in let)
    assert not any(fnmatch(source, rule) for rule in rules if rule.startswith("**"))


def test_what_builds_the_wheel_is_in_the_lock_with_hashes() -> None:
    (command,) = re.findall(r"locked\.py (\S+) (.*?) > build\.lock", "\n".join(map(_rest, ALL)))
    entries = locked((ROOT / command[0]).read_text(encoding="utf-8"), command[1].split())
    assert entries.count("==") == len(command[1].split())
    assert entries.count("--hash=sha256:") >= entries.count("==")
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]
    assert build["build-backend"] == "hatchling.build"
    assert "hatchling" in command[1].split()


def _rest(one: Instruction) -> str:
    return one.rest


def test_the_image_has_every_extra_but_the_one_for_training() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (named,) = re.findall(r"^IMAGE_EXTRAS\s*:?=\s*(.*)$", MAKEFILE, re.MULTILINE)
    assert set(named.split()) == set(project["optional-dependencies"]) - {"learn"}
