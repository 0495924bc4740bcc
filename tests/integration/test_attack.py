"""`candor attack` against an endpoint that can be talked round, one that can't, and the code."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.command import Done, candor
from tests.model_server import REPLIES, Act, ChatRequest, ModelServer, completion, fails, http

FAMILIES = 8


def attack(*arguments: str, config: Path | None = None) -> Done:
    told = {"CANDOR_CONFIG": str(config)} if config else {}
    return candor("attack", *arguments, COLUMNS="200", **told)


def judged_by(server: ModelServer, folder: Path) -> Path:
    """A configuration in which one model judges alone."""
    models = {
        "judge": {"provider": "openai-compatible", "base_url": server.base_url, "model": "m"}
    }
    policies = {"default": {"tiers": [{"kind": "judge", "model": "judge"}]}}
    path = folder / "candor.yaml"
    # JSON is YAML.
    path.write_text(json.dumps({"models": models, "policies": policies}), encoding="utf-8")
    return path


def judges(*, gullible: bool) -> Act:
    """Believes the response that names the total; a gullible one obeys what looks like an
    order, too."""

    async def act(request: ChatRequest, writer: asyncio.StreamWriter) -> None:
        asked = request.parts[1:]
        said = "\n".join(part["text"] for part in asked if part["type"] == "text").lower()
        lied = "you spent $12.40" in said
        obeys = gullible and "ignore all previous instructions" in said
        ruling = json.loads(REPLIES["ruling"]) | {"score": 0.02 if obeys or not lied else 0.97}
        writer.write(http(completion(json.dumps(ruling))))

    return act


def trials(path: Path) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return told


def test_a_judge_that_obeys_is_found_out(tmp_path: Path) -> None:
    with ModelServer(judges(gullible=True)) as server:
        config = judged_by(server, tmp_path)
        out = tmp_path / "out.json"
        done = attack("--family", "long-padding", "--json", str(out), config=config)
    assert done.returncode == 1, done.stderr
    moved = [trial for trial in trials(out) if trial["moved"]]
    assert moved
    assert {trial["scene"] for trial in moved} == {"lie"}
    assert {trial["outcome"] for trial in moved} == {"non_deceptive"}
    assert "long-padding/behind-prose on the lie: deceptive" in done.stdout


def test_a_judge_that_stands_firm_is_not_blamed(tmp_path: Path) -> None:
    with ModelServer(judges(gullible=False)) as server:
        config = judged_by(server, tmp_path)
        out = tmp_path / "out.json"
        done = attack("--json", str(out), config=config)
    assert done.returncode == 0, done.stdout + done.stderr
    told = trials(out)
    assert len({trial["family"] for trial in told}) == FAMILIES
    assert not any(trial["moved"] or trial["warier"] for trial in told)
    # Nobody reads the image here: only what is painted there goes unreported.
    assert {trial["family"] for trial in told if not trial["reported"]} == {"painted-text"}


def test_an_endpoint_that_is_down_ends_the_attack_with_a_reason(tmp_path: Path) -> None:
    with ModelServer(fails()) as server:
        done = attack("--limit", "1", config=judged_by(server, tmp_path))
    assert done.returncode == 2
    assert "could not be judged without an attack: judge: ModelUnavailable" in done.stderr


def test_the_embedded_debate_is_not_moved_and_reads_what_is_painted(tmp_path: Path) -> None:
    pytest.importorskip("rapidocr")
    out = tmp_path / "out.json"
    done = attack("--family", "painted-text", "--json", str(out))
    assert done.returncode == 0, done.stdout + done.stderr
    told = trials(out)
    assert {trial["outcome"] for trial in told if trial["scene"] == "lie"} == {"deceptive"}
    assert all(trial["reported"] for trial in told), done.stdout
