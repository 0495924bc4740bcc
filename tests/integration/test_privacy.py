"""What the whole service gives away of an exchange: nothing, whatever becomes of it."""

import base64
import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from candor.adapters.auditlog.chain import Digests
from candor.adapters.auditlog.verify import verify
from tests import images
from tests import model_server as acts
from tests.integration.test_model_failures import nobody_at
from tests.model_server import ModelServer
from tests.service import Service, serving

# One word per place where content comes in.
MARKERS = {
    "prompt": "PROMPTQZX",
    "response": "RESPONSEQZX",
    "reasoning": "REASONINGQZX",
    "image": "IMAGEQZX",
    "system": "SYSTEMQZX",
    "scenario": "SCENARIOQZX",
    "metadata": "METADATAQZX",
    "model": "MODELQZX",
    "reply": "REPLYQZX",
    "note": "NOTEQZX",
    "key": "KEYQZX",
}
SECRET = "jo.qzx@mail.example"
BODY: dict[str, Any] = {
    "prompt": f"How much did {MARKERS['prompt']} spend?",
    "response": f"{MARKERS['response']} spent $12.40.",
    "reasoning": f"The total says 48.20 {MARKERS['reasoning']}, but I will say $12.40.",
    "context": {"system_prompt": MARKERS["system"], "scenario": MARKERS["scenario"]},
    "metadata": {"user": MARKERS["metadata"], "session": MARKERS["metadata"]},
    "model": MARKERS["model"],
}


def picture() -> str:
    data = images.encoded(images.page(MARKERS["image"], "TOTAL 48.20"))
    return base64.b64encode(data).decode()


def config(folder: Path, bad: str, away: str, redis: str) -> str:
    seats = "kind: debate, affirmer: {0}, negator: {0}, judge: {0}"
    return f"""
logs: {{level: debug, access: true, format: json}}
cache: {{kind: redis, url: "{redis}"}}
ledger: {{kind: sql, path: "{folder}/ledger.db", salt: pepper-pepper-pepper}}
audit_log: {{folder: "{folder}/audit", key: a-key-of-the-operator}}
models:
  bad: {{base_url: "{bad}", model: loopback}}
  away: {{base_url: "{away}", model: loopback, api_key: {MARKERS["key"]}}}
policies:
  default: {{tiers: [{{kind: screen}}, {{kind: debate}}], retention: {{content: text}}}}
  bad: {{tiers: [{{{seats.format("bad")}, fallback: none}}]}}
  away: {{tiers: [{{{seats.format("away")}}}]}}
"""


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, ModelServer]]:
    """At the level that says most, with a model that answers nonsense, one that is away, and a
    Redis that is."""
    folder = tmp_path_factory.mktemp("privacy")
    (folder / "audit").mkdir()
    with ExitStack() as stack:
        bad = stack.enter_context(ModelServer(acts.says(f"{MARKERS['reply']} {{not JSON")))
        away = f"http://127.0.0.1:{stack.enter_context(nobody_at())}/v1"
        redis = f"redis://127.0.0.1:{stack.enter_context(nobody_at())}/0"
        text = config(folder, bad.base_url, away, redis)
        yield stack.enter_context(serving(folder, text, until_ready=False)), bad


def ask(client: httpx.Client) -> list[httpx.Response]:
    """Every route, with what is right and what is wrong."""
    image = picture()
    whole = {**BODY, "images": [{"data": image}]}
    said: list[httpx.Response] = []

    def post(path: str, **more: Any) -> httpx.Response:
        said.append(client.post(path, **more))
        return said[-1]

    first = post("/v1/monitor", json=whole | {"options": {"include": ["transcript"]}})
    assert first.is_success, first.text
    for policy in ("bad", "away", MARKERS["prompt"]):
        post("/v1/monitor", json=whole | {"policy": policy})
    post("/v1/monitor", json=BODY)
    post("/v1/monitor", json=BODY)
    post("/v1/monitor/stream", json=whole)
    post("/v1/monitor/stream", json=whole | {"policy": "bad"})
    post("/v1/monitor", data={"prompt": BODY["prompt"], "response": BODY["response"]})
    post(
        "/v1/monitor",
        data={"response": MARKERS["response"]},
        files={"images": (MARKERS["image"], MARKERS["image"].encode(), "image/png")},
    )
    json_type = {"content-type": "application/json"}
    for wrong in (
        f'{{"response": "{MARKERS["response"]}"',
        json.dumps(whole | {MARKERS["prompt"]: 1}),
        json.dumps(whole | {"images": [{"data": MARKERS["image"]}]}),
        json.dumps(whole | {"images": [{"url": f"http://{MARKERS['image']}.example/x"}]}),
        json.dumps(whole | {"response": [MARKERS["response"]]}),
        f'"{MARKERS["response"]}"',
        MARKERS["response"].encode() + b"\xff\xfe",
    ):
        post("/v1/monitor", content=wrong, headers=json_type)
    post("/v1/monitor", content=MARKERS["response"], headers={"content-type": "text/plain"})
    post("/v1/monitor", json=BODY, headers={"x-request-id": f"{MARKERS['prompt']} !"})
    post("/v1/monitor", json=BODY, headers={"authorization": f"Bearer {MARKERS['key']}"})
    job = post("/v1/monitor/jobs", json=BODY, headers={"idempotency-key": MARKERS["metadata"]})
    post("/v1/monitor/jobs", json=[MARKERS["prompt"]])
    lines = "\n".join([json.dumps(BODY), MARKERS["response"], json.dumps({"response": 1})])
    ndjson = {"content-type": "application/x-ndjson"}
    post("/v1/monitor/batches", content=lines, headers=ndjson)
    name = first.json()["id"]
    review = {"label": "deceptive", "note": MARKERS["note"], "reviewer": MARKERS["note"]}
    post(f"/v1/verdicts/{name}/review", json=review)
    post(f"/v1/verdicts/{name}/review", json={"label": MARKERS["note"]})
    post("/v1/admin/reload")
    paths = ("/v1/policies", "/v1/verdicts", f"/v1/verdicts/{name}", "/readyz", "/healthz")
    said += [client.get(path) for path in paths]
    for _ in range(100):
        last = client.get(f"/v1/monitor/jobs/{job.json()['id']}")
        if last.json().get("state") not in ("waiting", "running"):
            break
    said += [last, client.get("/v1/monitor/jobs"), client.get("/v1/monitor/dead-letters")]
    return said


def test_content_is_in_no_log_no_metric_and_no_audit_log(
    asked: tuple[Service, ModelServer], capfd: pytest.CaptureFixture[str]
) -> None:
    service, model = asked
    with httpx.Client(base_url=service.base_url, trust_env=False, timeout=60) as client:
        said = ask(client)
        metrics = client.get("/metrics").text
    statuses = {answer.status_code for answer in said}
    assert {200, 415, 422} <= statuses
    assert 500 not in statuses
    seen = "".join(text for request in model.requests for text in request.texts)
    came_in = {"prompt", "response", "reasoning", "system", "scenario"}
    assert {name for name in came_in if MARKERS[name] in seen} == came_in
    assert service.stop() == 0
    audit = "".join(p.read_text() for p in (service.log_path.parent / "audit").iterdir())
    out, err = capfd.readouterr()
    places = {
        "stderr": service.log,
        "stdout": out + err,
        "/metrics": metrics,
        "audit log": audit,
    }
    assert len(service.log.splitlines()) > 20, "it said something"
    leaks = [
        (place, name)
        for place, text in places.items()
        for name, marker in MARKERS.items()
        if marker.lower() in text.lower()
    ]
    assert leaks == []
    assert (
        verify([service.log_path.parent / "audit"], Digests(b"a-key-of-the-operator")).faults == ()
    )


def test_what_a_policy_has_redacted_reaches_nobody_and_is_counted(tmp_path: Path) -> None:
    policy = "{tiers: [{kind: screen}, {kind: debate}], redact: [emails]}"
    text = f"ocr: {{kind: none}}\npolicies: {{default: {policy}}}"
    body = {
        "prompt": "Whose is it?",
        "response": f"It is the address of {SECRET}, who spent $12.40.",
        "reasoning": f"It says {SECRET} spent $48.20, but I will say {SECRET} spent $12.40.",
        "options": {"include": ["transcript"]},
    }
    with serving(tmp_path, text) as service:
        url = service.base_url
        answer = httpx.post(f"{url}/v1/monitor", json=body, trust_env=False)
        told = httpx.post(f"{url}/v1/monitor/stream", json=body, trust_env=False)
        metrics = httpx.get(f"{url}/metrics", trust_env=False).text
    assert "[email]" in answer.text
    assert SECRET not in answer.text + told.text
    assert 'candor_redactions_total{kind="emails"}' in metrics
