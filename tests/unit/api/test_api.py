import base64
import re
from dataclasses import replace
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image

from candor.api.app import create_app
from candor.api.readiness import Check, CheckStatus
from candor.domain.debate.transcript import Role, Transcript, Turn
from candor.domain.errors import ModelTimeout, Overloaded
from candor.domain.tiers import ScreenConfig
from candor.domain.tiers.tier import Band
from candor.domain.verdict import Category, Degradation, Finding, Opinion, Severity, Stance
from candor.domain.vision.geometry import BoxRegion
from candor.domain.vision.operations import MarkBox
from tests.client import Parts, client_for
from tests.fakes import BrokenCache, FakeReadiness, FakeTier, sees_all
from tests.images import corners, encoded

ASKED: dict[str, Any] = {"prompt": "How many cats?", "response": "Three."}
PICTURE = {"data": base64.b64encode(encoded(corners(60, 40))).decode()}


async def ask(parts: Parts, *bodies: dict[str, Any], **options: Any) -> list[httpx.Response]:
    async with client_for(create_app(parts.open_state())) as client:
        return [await client.post("/v1/monitor", json=body, **options) for body in bodies]


async def get(parts: Parts, path: str) -> httpx.Response:
    async with client_for(create_app(parts.open_state())) as client:
        return await client.get(path)


def a_debate() -> Opinion:
    total = BoxRegion(30, 0, 20, 10)
    mark = MarkBox(image=0, claim="It is green", label="green", x=0.5, y=0, width=0.5, height=0.5)
    return replace(
        sees_all(0.97, ("response", "conversation", "images[0]")),
        reason="The corner is green.",
        categories={Category.FABRICATION: 0.91},
        severity=Severity(0.5),
        findings=(
            Finding("It is red", Stance.CONTRADICTS, "debate", 0, total, "green", "corner"),
        ),
        degraded=(Degradation("reader:cut", transient=False),),
        transcript=Transcript((Turn(Role.AFFIRMER, 1, "Look.", (mark,), "judge-model"),)),
    )


async def test_a_verdict_has_the_fields_of_the_design() -> None:
    [answer] = await ask(
        Parts(tiers=[FakeTier(a_debate(), "debate")]), {**ASKED, "images": [PICTURE]}
    )
    said = answer.json()

    assert answer.status_code == 200
    assert re.fullmatch(r"mon_[0-9a-f]{24}", said.pop("id"))
    assert said.pop("elapsed_ms") >= said["steps"][0].pop("elapsed_ms") >= 0
    nothing = {
        "model_calls": 0,
        "input_tokens": 0,
        "output_tokens": 0,
        "cost_usd": 0.0,
        "estimated": False,
    }
    assert said == {
        "outcome": "deceptive",
        "action": "block",
        "score": 0.97,
        "severity": {"level": "moderate", "score": 0.5},
        "categories": {
            "sycophancy": 0.0,
            "sandbagging": 0.0,
            "bluffing": 0.0,
            "obfuscation": 0.0,
            "omission": 0.0,
            "fabrication": 0.91,
        },
        "reason": "The corner is green.",
        "findings": [
            {
                "claim": "It is red",
                "finding": "contradicts",
                "image": 0,
                "region": {"kind": "box", "x": 30, "y": 0, "width": 20, "height": 10},
                "quote": "green",
                "label": "corner",
                "by": "debate",
            }
        ],
        "decided_by": "debate",
        "steps": [
            {
                "tier": "debate",
                "score": 0.97,
                "settled": True,
                "error": None,
                "usage": nothing,
                "note": "",
            }
        ],
        "coverage": [
            {"part": part, "status": "judged", "by": ["debate"], "reason": ""}
            for part in ("response", "conversation", "images[0]")
        ],
        "degraded": ["reader:cut"],
        "posture": None,
        "cache": "miss",
        "policy": {"name": "default", "version": "5f0c"},
        "usage": nothing,
    }


async def test_the_headers_tell_the_verdict() -> None:
    parts = Parts(tiers=[FakeTier(a_debate(), "debate")])
    body = {**ASKED, "images": [PICTURE]}
    first, second = await ask(parts, body, body, headers={"x-request-id": "my-id.1_A"})

    assert first.headers["x-request-id"] == "my-id.1_A"
    assert first.headers["x-candor-outcome"] == "deceptive"
    assert (first.headers["x-candor-cache"], second.headers["x-candor-cache"]) == ("miss", "hit")
    assert first.headers["x-candor-degraded"] == "reader:cut"
    milliseconds = r"\d+\.\d+"
    assert re.fullmatch(
        f"parse;dur={milliseconds}, cache;desc=miss, debate;dur={milliseconds}, "
        f"total;dur={milliseconds}",
        first.headers["server-timing"],
    )
    assert "cache;desc=hit;dur=" in second.headers["server-timing"]
    assert "debate" not in second.headers["server-timing"]


async def test_a_verdict_that_lacks_nothing_has_no_header_that_says_so() -> None:
    [answer] = await ask(Parts(), ASKED)

    assert "x-candor-degraded" not in answer.headers


@pytest.mark.parametrize("sent", ["", "a" * 129, "a b", "a\tb", "é"])
async def test_a_request_id_that_is_not_sane_is_replaced(sent: str) -> None:
    [answer] = await ask(Parts(), ASKED, headers={"x-request-id": sent.encode("latin-1")})

    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])


async def test_nobody_sure_is_an_answer_and_not_an_error() -> None:
    tier = FakeTier(ModelTimeout("slow", model="judge"), "judge")
    [answer] = await ask(Parts(tiers=[tier]), ASKED)

    assert answer.status_code == 200
    assert answer.json()["outcome"] == "inconclusive"
    assert answer.json()["action"] == "review"
    assert answer.json()["score"] is None
    assert answer.json()["steps"][0]["error"] == "ModelTimeout"
    assert answer.headers["x-candor-degraded"] == "judge:ModelTimeout"


async def test_a_broken_cache_does_not_stop_a_verdict() -> None:
    [answer] = await ask(Parts(cache=BrokenCache()), ASKED)

    assert (answer.status_code, answer.json()["outcome"]) == (200, "deceptive")


async def test_the_debate_is_told_to_those_who_ask() -> None:
    options = {"include": ["transcript"]}
    body = {**ASKED, "images": [PICTURE], "options": options}
    [answer] = await ask(Parts(tiers=[FakeTier(a_debate(), "debate")]), body)

    assert "marked_images" not in answer.json()
    assert answer.json()["transcript"] == [
        {
            "role": "affirmer",
            "round": 1,
            "speech": "Look.",
            "operations": [
                {
                    "kind": "box",
                    "image": 0,
                    "claim": "It is green",
                    "label": "green",
                    "region": {"kind": "box", "x": 30, "y": 0, "width": 30, "height": 20},
                    "result": None,
                }
            ],
            "refused": [],
            "model": "judge-model",
        }
    ]


async def test_the_images_are_marked_for_those_who_ask() -> None:
    options = {"include": ["marked_images"]}
    body = {**ASKED, "images": [PICTURE, PICTURE], "options": options}
    cached = {**ASKED, "images": [PICTURE, PICTURE], "options": options}
    answers = await ask(Parts(tiers=[FakeTier(a_debate(), "debate")]), body, cached)

    assert [answer.json()["cache"] for answer in answers] == ["miss", "hit"]
    for answer in answers:
        assert "transcript" not in answer.json()
        marked, unmarked = answer.json()["marked_images"]
        assert unmarked is None
        head, _, data = marked.partition(",")
        assert head == "data:image/png;base64"
        drawn = Image.open(BytesIO(base64.b64decode(data))).convert("RGB")
        assert drawn.size == (60, 40)
        assert drawn.tobytes() != corners(60, 40).tobytes()


@pytest.mark.parametrize(
    ("statuses", "code", "word"),
    [
        ([], 200, "ready"),
        (["ok", "degraded"], 200, "degraded"),
        (["degraded", "failed", "ok"], 503, "not_ready"),
    ],
)
async def test_readiness_follows_the_checks(statuses: list[str], code: int, word: str) -> None:
    checks = [Check(name=f"c{i}", status=CheckStatus(s)) for i, s in enumerate(statuses)]
    answer = await get(Parts(readiness=FakeReadiness(checks)), "/readyz")

    assert (answer.status_code, answer.json()["status"]) == (code, word)
    assert [check["status"] for check in answer.json()["checks"]] == statuses


async def test_the_process_is_alive_whatever_else_is_down() -> None:
    checks = [Check(name="cache", status=CheckStatus.FAILED)]
    answer = await get(Parts(readiness=FakeReadiness(checks)), "/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_the_policies_can_be_read() -> None:
    answer = await get(
        Parts(tiers=[FakeTier(sees_all(0.5), "a"), FakeTier(sees_all(0.5), "b")]), "/v1/policies"
    )

    [policy] = answer.json()["policies"]
    assert policy["name"] == "default"
    assert [tier["name"] for tier in policy["tiers"]] == ["a", "b"]
    assert policy["tiers"][0]["band"] == {"non_deceptive_below": 0.35, "deceptive_above": 0.65}
    assert policy["tiers"][0]["without_reasoning"] is None
    assert policy["actions"] == {"deceptive": "block", "non_deceptive": "allow"}
    assert (policy["require"], policy["on_inconclusive"]) == (["response", "images"], "review")
    assert policy["deadline_ms"] == 20_000


async def test_the_band_without_reasoning_is_told_too() -> None:
    closed = Band(non_deceptive_below=0.0, deceptive_above=1.0)
    screen = FakeTier(sees_all(0.5), "screen", settings=ScreenConfig(without_reasoning=closed))
    answer = await get(Parts(tiers=[screen]), "/v1/policies")

    [tier] = answer.json()["policies"][0]["tiers"]
    assert tier["without_reasoning"] == {"non_deceptive_below": 0.0, "deceptive_above": 1.0}


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/nowhere", 404, "not-found"),
        ("GET", "/v1/monitor", 405, "method-not-allowed"),
        ("DELETE", "/healthz", 405, "method-not-allowed"),
    ],
)
async def test_what_the_framework_refuses_is_a_problem_too(
    method: str, path: str, status: int, kind: str
) -> None:
    async with client_for(create_app(Parts().open_state())) as client:
        answer = await client.request(method, path)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == f"urn:candor:problem:{kind}"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert ("allow" in answer.headers) == (status == 405)


async def test_a_method_that_is_not_taken_is_answered_with_all_that_are() -> None:
    async with client_for(create_app(Parts().open_state())) as client:
        answer = await client.request("PUT", "/v1/monitor/jobs/job_1")

    assert answer.status_code == 405
    assert answer.headers["allow"] == "DELETE, GET"


async def test_an_error_nobody_expected_is_a_500_without_details() -> None:
    parts = Parts(tiers=[FakeTier(RuntimeError("secret words"))])
    [answer] = await ask(parts, ASKED)

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:candor:problem:internal"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert "secret" not in answer.text


async def test_a_request_turned_away_is_counted_and_told_to_come_back() -> None:
    parts = Parts(tiers=[FakeTier(Overloaded("full", reason="image_pool", retry_after=3))])
    [answer] = await ask(parts, ASKED)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "3")
    assert answer.json()["type"] == "urn:candor:problem:overloaded"
    assert parts.registry.get_sample_value("candor_shed_total", {"reason": "image_pool"}) == 1
    assert parts.registry.get_sample_value("candor_in_flight") == 0


async def test_a_large_body_is_parsed_off_the_event_loop_with_the_same_result() -> None:
    tier = FakeTier(sees_all(0.9))
    long = "long " * 300_000
    [answer] = await ask(Parts(tiers=[tier]), {**ASKED, "prompt": long})

    assert answer.status_code == 200
    assert tier.asked[0].exchange.prompt == long
