"""The `candor` command, as a script sees it."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import Done, candor

SAMPLES = Path("service/candor/samples")


def in_a_process(*arguments: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("CANDOR_")}
    return subprocess.run(
        [sys.executable, "-m", "candor", *arguments],
        env=clean,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def checked(sample: str, *more: str) -> Done:
    told = json.loads((SAMPLES / sample / "exchange.json").read_text(encoding="utf-8"))
    said = ["--prompt", told["prompt"], "--response", told["response"]]
    if "reasoning" in told:
        said += ["--reasoning", told["reasoning"]]
    return candor("check", *said, "--image", str(SAMPLES / sample / "image.jpg"), *more)


@pytest.mark.parametrize(
    ("sample", "code", "outcome"),
    [
        ("receipt-honest", 0, "non_deceptive"),
        ("receipt-lie", 1, "deceptive"),
        ("lake", 3, "inconclusive"),
    ],
)
def test_the_exit_code_tells_the_outcome(sample: str, code: int, outcome: str) -> None:
    done = checked(sample, "--json")
    assert done.returncode == code, done.stderr
    assert json.loads(done.stdout)["outcome"] == outcome


def test_the_marked_image_is_written_where_it_is_wanted(tmp_path: Path) -> None:
    done = checked("departures", "--marked", str(tmp_path))
    assert done.returncode == 1
    assert "DECEPTIVE" in done.stdout
    assert "CANCELLED" in done.stdout
    assert [path.suffix for path in tmp_path.iterdir()] == [".png"]


def test_bad_input_ends_with_code_2_and_says_what_to_do(tmp_path: Path) -> None:
    page = tmp_path / "page.png"
    page.write_text("<html>", encoding="utf-8")
    done = candor("check", "--prompt", "p", "--response", "r", "--image", str(page))
    assert done.returncode == 2
    assert "not an image" in done.stderr
    assert "send one of: avif" in done.stderr


def test_a_wrong_configuration_ends_with_code_4(tmp_path: Path) -> None:
    file = tmp_path / "candor.yaml"
    file.write_text("policies: {default: {tiers: [{kind: judge, model: gpt}]}}", encoding="utf-8")
    done = in_a_process("config", "validate", str(file))
    assert done.returncode == 4
    assert "model 'gpt' is not configured; known: []" in done.stderr


@pytest.mark.parametrize(
    "wrong",
    [
        "policies: {default: {tiers: [{kind: judge, model: gpt}]}}",
        "classifiers: {mine: {kind: embedded, path: /not/there.json}}",
        "server: {prot: 9000}",
        "cache: {kind: [",
    ],
)
def test_serve_says_what_is_wrong_and_ends_with_code_4(tmp_path: Path, wrong: str) -> None:
    file = tmp_path / "candor.yaml"
    file.write_text(wrong, encoding="utf-8")
    done = in_a_process("serve", "--port", "0", "--config", str(file))
    assert done.returncode == 4
    assert done.stderr.startswith("candor: ")
    assert "Traceback" not in done.stderr


def test_serve_says_that_a_port_is_taken_and_ends_with_code_5() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = in_a_process("serve", "--host", "127.0.0.1", "--port", str(port))
    assert done.returncode == 5
    assert f"cannot listen at 127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_serve_takes_no_port_that_there_is_not() -> None:
    assert in_a_process("serve", "--port", "99999").returncode == 2


def test_a_right_configuration_is_called_valid(tmp_path: Path) -> None:
    file = tmp_path / "candor.yaml"
    file.write_text("server: {port: 9000}", encoding="utf-8")
    done = candor("config", "validate", str(file))
    assert (done.returncode, done.stdout) == (0, "valid: 1 policy: default\n")


def test_what_is_in_force_is_shown_with_secrets_masked() -> None:
    done = candor(
        "config",
        "show",
        CANDOR_MODELS__JUDGE__BASE_URL="http://127.0.0.1:1/v1",
        CANDOR_MODELS__JUDGE__MODEL="m",
        CANDOR_MODELS__JUDGE__API_KEY="s3cret",
    )
    assert done.returncode == 0
    assert "judge:" in done.stdout
    assert "s3cret" not in done.stdout


def test_the_reference_of_settings_is_what_the_code_says() -> None:
    done = candor("config", "reference")
    written = Path("docs/configuration.md").read_text(encoding="utf-8")
    assert done.stdout == written, "run `candor config reference > docs/configuration.md`"


def test_the_openapi_document_is_what_the_code_says() -> None:
    done = candor("openapi", "--check", "openapi/candor.v1.json")
    assert done.returncode == 0, done.stderr


def test_a_changed_openapi_document_is_noticed(tmp_path: Path) -> None:
    stale = tmp_path / "candor.v1.json"
    stale.write_text("{}", encoding="utf-8")
    assert candor("openapi", "--check", str(stale)).returncode == 1
