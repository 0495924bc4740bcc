"""Debates on file: recorded from an endpoint, replayed without one."""

import json
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from candor.adapters.vlm.recording import Recorder, Recording
from candor.domain.case import open_repeatable_case
from candor.domain.errors import ConfigError
from candor.domain.events import Nobody
from candor.domain.exchange import Exchange
from candor.domain.monitor import Wishes
from candor.domain.verdict import Outcome, Report
from candor.domain.vision.pictures import Pictures
from candor.domain.vision.pool import Pool
from candor.settings import Settings
from candor.wiring import open_parts
from tests.command import candor
from tests.model_server import REPLIES, ModelServer, fails, plays_along, says
from tests.unit.debate.hearings import plain, receipt

EXCHANGE = receipt()
TURNS = ["affirmer", "negator", "judge"]


def told(model: dict[str, Any], **debate: Any) -> Settings:
    seats = dict.fromkeys(("affirmer", "negator", "judge"), "vlm")
    tier = {"kind": "debate", **seats, "rounds": 1, "fallback": "none", **debate}
    return Settings.model_validate(
        {
            "models": {"vlm": model},
            "ocr": {"kind": "none"},
            "policies": {"default": {"tiers": [tier]}},
        }
    )


def live(server: ModelServer) -> dict[str, Any]:
    return {"base_url": server.base_url, "model": "loopback", "max_retries": 0}


def on_file(path: Path, match: str = "strict", **more: str) -> dict[str, Any]:
    return {"provider": "recorded", "path": str(path), "match": match, **more}


async def judged(
    settings: Settings, exchange: Exchange = EXCHANGE, recorder: Recorder | None = None
) -> Report:
    async with open_parts(settings, recorder) as parts:
        return await parts.monitor.check(exchange, Wishes())


async def recorded(path: Path, *server: Any, exchange: Exchange = EXCHANGE) -> Report:
    recorder = Recorder()
    with ModelServer(*server) as endpoint:
        report = await judged(told(live(endpoint)), exchange, recorder)
    recorder.recording().write(path)
    return report


def what_was_decided(report: Report) -> object:
    return report.verdict, report.transcript, report.usage, report.coverage


async def test_a_replay_says_what_was_said_without_a_model(tmp_path: Path) -> None:
    first = await recorded(tmp_path / "debate.json")
    for match in ("strict", "order"):
        again = await judged(told(on_file(tmp_path / "debate.json", match)))
        assert what_was_decided(again) == what_was_decided(first)
        assert [call.role for call in again.calls] == TURNS
        assert again.verdict.outcome is Outcome.DECEPTIVE


async def test_a_recording_keeps_every_call_in_order_and_nothing_that_was_asked(
    tmp_path: Path,
) -> None:
    await recorded(tmp_path / "debate.json", exchange=receipt(plain(), reasoning="SECRET"))
    text = (tmp_path / "debate.json").read_text(encoding="utf-8")
    recording = Recording.read(tmp_path / "debate.json")

    assert [call.role for call in recording.calls] == TURNS
    assert {call.endpoint for call in recording.calls} == {"vlm"}
    assert [call.form for call in recording.calls] == ["ArgumentForm"] * 2 + ["RulingForm"]
    assert recording.calls[0].reply is not None
    assert recording.calls[0].reply.text == REPLIES["argument"]
    assert recording.calls[0].reply.input_tokens == 1000
    assert any(part.startswith("user image ") for part in recording.calls[0].messages)
    assert "SECRET" not in text
    assert len(text) < 20_000, "no image is in it"
    assert stat.S_IMODE((tmp_path / "debate.json").stat().st_mode) == 0o600


async def test_when_the_prompts_changed_a_strict_replay_says_so(tmp_path: Path) -> None:
    await recorded(tmp_path / "debate.json")
    other = replace(EXCHANGE, reasoning="The total says 12.40.")
    report = await judged(told(on_file(tmp_path / "debate.json")), other)
    [step] = report.steps
    assert step.error == "ReplyNotRecorded"
    assert "the prompts changed since the recording was made with Candor" in step.note
    assert "(user text)" in step.note
    assert "12.40" not in step.note
    assert report.verdict.outcome is Outcome.INCONCLUSIVE


async def test_in_order_the_same_replies_answer_other_prompts(tmp_path: Path) -> None:
    await recorded(tmp_path / "debate.json")
    other = replace(EXCHANGE, reasoning="The total says 12.40.")
    report = await judged(told(on_file(tmp_path / "debate.json", "order")), other)
    assert (report.verdict.outcome, report.verdict.score) == (Outcome.DECEPTIVE, 0.93)


async def test_in_order_a_role_without_a_reply_left_is_an_error(tmp_path: Path) -> None:
    await recorded(tmp_path / "debate.json")
    path = tmp_path / "debate.json"
    report = await judged(told(on_file(path, "order"), rounds=2))
    assert any(call.result == "ReplyNotRecorded" for call in report.calls)


async def test_a_reply_that_could_not_be_read_is_read_again_by_the_readers_of_now(
    tmp_path: Path,
) -> None:
    argument = says(REPLIES["argument"])
    garbled = says("I would say it lies.")
    first = await recorded(
        tmp_path / "d.json", argument, argument, garbled, says(REPLIES["ruling"])
    )
    again = await judged(told(on_file(tmp_path / "d.json")))
    results = ["ok", "ok", "UnreadableReply", "ok"]
    assert [call.result for call in first.calls] == results
    assert [call.result for call in again.calls] == results


async def test_a_call_that_failed_fails_again(tmp_path: Path) -> None:
    first = await recorded(tmp_path / "d.json", fails("401 Unauthorized"))
    again = await judged(told(on_file(tmp_path / "d.json")))
    assert [step.error for step in first.steps] == ["ModelUnavailable"]
    assert [step.error for step in again.steps] == ["ModelUnavailable"]


async def test_replies_may_be_replayed_under_another_name(tmp_path: Path) -> None:
    await recorded(tmp_path / "d.json")
    seats = dict.fromkeys(("affirmer", "negator", "judge"), "other")
    settings = Settings.model_validate(
        {
            "models": {"other": on_file(tmp_path / "d.json", endpoint="vlm")},
            "ocr": {"kind": "none"},
            "policies": {"default": {"tiers": [{"kind": "debate", **seats}]}},
        }
    )
    assert (await judged(settings)).verdict.score == 0.93


async def test_another_recording_is_another_policy_version(tmp_path: Path) -> None:
    path = tmp_path / "d.json"
    await recorded(path)
    before = (await judged(told(on_file(path)))).policy.version
    path.write_text(path.read_text(encoding="utf-8").replace("0.93", "0.11"), encoding="utf-8")
    after = await judged(told(on_file(path)))
    assert after.policy.version != before
    assert after.verdict.outcome is Outcome.NON_DECEPTIVE


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot read the recording"),
        ('{"SECRET": 1}', "is not a recording"),
        ('{"endpoints": {"judge": {"max_image_side": 512}}}', r"no endpoint 'vlm'.*\['judge'\]"),
    ],
)
async def test_what_cannot_be_replayed_stops_the_start(
    tmp_path: Path, content: str | None, words: str
) -> None:
    path = tmp_path / "d.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=words) as caught:
        await judged(told(on_file(path)))
    assert "SECRET" not in str(caught.value)


async def test_only_the_same_exchange_has_the_same_fence() -> None:
    async def fence(exchange: Exchange) -> str:
        pictures = Pictures(exchange.images, (), Pool())
        return open_repeatable_case(exchange, pictures, Nobody()).fence

    one, same, other = [await fence(receipt(reasoning=text)) for text in ("a", "a", "b")]
    assert one == same != other


def test_the_command_line_records_replays_and_prints_the_debate(tmp_path: Path) -> None:
    image, tape = tmp_path / "image.jpg", tmp_path / "debate.json"
    image.write_bytes(plain().data)
    asked = ["check", "--prompt", "How much?", "--response", "$12.40", "--image", str(image)]

    def config(model: dict[str, Any]) -> list[str]:
        settings = told(model).model_dump(mode="json", include={"policies", "ocr"})
        file = tmp_path / "candor.yaml"
        file.write_text(json.dumps({**settings, "models": {"vlm": model}}), encoding="utf-8")
        return ["--config", str(file), "--marked", str(tmp_path / "marked")]

    with ModelServer(plays_along()) as server:
        first = candor(*asked, *config(live(server)), "--save-transcript", str(tape))
    assert first.returncode == 1, first.stderr
    assert "3 model calls are recorded in" in first.stderr

    again = candor(*asked, *config(on_file(tape)), "--transcript")
    assert again.returncode == 1, again.stderr
    for words in ("DECEPTIVE", "affirmer, round 1 (vlm)", "negator, round 1 (vlm)"):
        assert words in again.stdout


def test_without_a_model_nothing_is_recorded_and_that_is_said(tmp_path: Path) -> None:
    tape = tmp_path / "debate.json"
    asked = ("check", "--prompt", "p", "--response", "r", "--marked", str(tmp_path))
    done = candor(*asked, "--save-transcript", str(tape))
    assert "nothing is recorded" in done.stderr
    assert not tape.exists()


def test_a_recording_that_cannot_be_kept_is_not_begun(tmp_path: Path) -> None:
    tape = tmp_path / "missing" / "debate.json"
    done = candor("check", "--prompt", "p", "--response", "r", "--save-transcript", str(tape))
    assert done.returncode == 4
    assert "cannot be written" in done.stderr
