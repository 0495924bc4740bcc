"""Keys, tenants and limits over a real socket, with the real service behind it."""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from PIL import Image

from candor.adapters.identity import NewKey, new_key
from candor.domain.callers import Scope
from tests.images import encoded
from tests.model_server import ModelServer
from tests.service import Service, serving

EVERYTHING = frozenset(Scope)
PICTURE = base64.b64encode(encoded(Image.new("RGB", (64, 64), "white"))).decode()
_CONFIG = """
models: {{judge: {{provider: openai-compatible, base_url: "{model}", model: any,
  price: {{input_per_million: 1000, output_per_million: 1000}}}}}}
policies:
  default: &debates
    tiers: [{{kind: debate, affirmer: judge, negator: judge, judge: judge, fallback: none}}]
    require: [response]
    deceptive_needs: []
  strict: *debates
ocr: {{kind: none}}
ledger: {{kind: sql, path: "{ledger}"}}
auth: {{protect_metrics: true, keys: {keys}}}
tenants:
  acme: {{}}
  globex: {{policies: [strict], models: [globex-vlm]}}
  small: {{limits: {{requests: {{most: 3, seconds: 3600}}}}}}
  poor:
    limits:
      cost_usd: {{most: 0.000001, seconds: 3600}}
      bytes: {{most: 1000000, seconds: 3600}}
"""


@dataclass(frozen=True)
class Keys:
    """By tenant, and some that can do less."""

    acme: str
    globex: str
    small: str
    poor: str
    reader: str


@dataclass(frozen=True)
class House:
    service: Service
    keys: Keys
    model: ModelServer

    def ask(self, method: str, path: str, key: str | None, **more: Any) -> httpx.Response:
        headers = {**more.pop("headers", {}), **({"x-api-key": key} if key else {})}
        url = self.service.base_url + path
        return httpx.request(method, url, headers=headers, timeout=60, trust_env=False, **more)

    def judge(
        self, key: str | None, response: str = "You spent 12.", **more: Any
    ) -> httpx.Response:
        images = [{"data": PICTURE}]
        body = {"prompt": "How much?", "images": images, "response": response, **more}
        return self.ask("POST", "/v1/monitor", key, json=body)

    def metric(self, line: str) -> float:
        text = self.ask("GET", "/metrics", self.keys.acme).text
        found = re.search(rf"^{re.escape(line)} (\S+)$", text, re.MULTILINE)
        return float(found.group(1)) if found else 0.0


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    made: dict[str, NewKey] = {
        name: new_key(name, EVERYTHING, None) for name in ("acme", "globex", "small", "poor")
    }
    made["reader"] = new_key("acme", frozenset({Scope.REVIEW}), None)
    told = json.dumps([key.config.model_dump(mode="json") for key in made.values()])
    with ModelServer() as model:
        config = _CONFIG.format(model=model.base_url, ledger=folder / "ledger.db", keys=told)
        with serving(folder, config) as service:
            secrets = {name: key.secret for name, key in made.items()}
            yield House(service, Keys(**secrets), model)


def test_without_a_key_nobody_is_let_in_but_probes(house: House) -> None:
    refused = house.judge(None)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == 'Bearer realm="candor"'
    assert refused.json()["type"] == "urn:candor:problem:unidentified"
    assert refused.headers["x-request-id"] == refused.json()["request_id"]
    for path in ("/v1/policies", "/v1/verdicts", "/v1/monitor/jobs", "/metrics", "/v1/nothing"):
        assert house.ask("GET", path, None).status_code == 401
    for path in ("/healthz", "/readyz"):
        assert house.ask("GET", path, None).status_code == 200


def test_a_wrong_key_is_told_to_be_wrong_and_never_written_down(house: House) -> None:
    refused = house.judge("cdr_thisisnokeyofours")
    assert refused.status_code == 401
    assert 'error="invalid_token"' in refused.headers["www-authenticate"]
    assert "thisisnokeyofours" not in refused.text + house.service.log


def test_both_headers_work_and_two_different_keys_do_not(house: House) -> None:
    keys = house.keys
    bearer = {"authorization": f"bearer {keys.acme}"}
    assert house.ask("GET", "/v1/policies", None, headers=bearer).status_code == 200
    assert house.ask("GET", "/v1/policies", keys.acme, headers=bearer).status_code == 200
    assert house.ask("GET", "/v1/policies", keys.globex, headers=bearer).status_code == 401


def test_a_key_is_good_for_its_scopes_alone(house: House) -> None:
    refused = house.judge(house.keys.reader)
    assert refused.status_code == 403
    assert 'scope="monitor"' in refused.headers["www-authenticate"]
    assert refused.json()["detail"] == "the key lacks the scope 'monitor'"
    assert house.ask("GET", "/v1/verdicts", house.keys.reader).status_code == 200
    for path in ("/metrics", "/v1/monitor/jobs"):
        assert house.ask("GET", path, house.keys.reader).status_code == 403
    assert house.ask("POST", "/v1/admin/reload", house.keys.reader).status_code == 403


def test_the_same_exchange_of_two_tenants_is_two_debates(house: House) -> None:
    said = "The same words of two tenants."
    before = len(house.model.requests)
    first = house.judge(house.keys.acme, said, policy="strict")
    once = len(house.model.requests) - before
    assert once > 0
    again = house.judge(house.keys.acme, said, policy="strict")
    assert (again.headers["x-candor-cache"], len(house.model.requests) - before) == ("hit", once)
    other = house.judge(house.keys.globex, said, policy="strict")
    assert other.headers["x-candor-cache"] == "miss"
    assert len(house.model.requests) - before == 2 * once
    assert first.json()["outcome"] == other.json()["outcome"]
    # The bytes themselves are recognised for each by itself, too.
    assert house.judge(house.keys.globex, said, policy="strict").headers["x-candor-cache"] == "hit"


def test_verdicts_are_seen_and_reviewed_by_their_own_tenant_alone(house: House) -> None:
    name = house.judge(house.keys.acme, "A verdict of acme.").json()["id"]
    at = f"/v1/verdicts/{name}"

    def listed(key: str) -> list[str]:
        page = house.ask("GET", "/v1/verdicts", key, params={"limit": 500}).json()
        return [row["id"] for row in page["verdicts"]]

    while name not in listed(house.keys.acme):
        pass
    assert name not in listed(house.keys.globex)
    assert house.ask("GET", at, house.keys.acme).status_code == 200
    foreign = house.ask("GET", at, house.keys.globex)
    missing = house.ask("GET", "/v1/verdicts/mon_nothing", house.keys.globex)
    assert foreign.status_code == missing.status_code == 404
    assert {**foreign.json(), "request_id": ""} == {**missing.json(), "request_id": ""}
    label = {"label": "deceptive"}
    assert house.ask("POST", f"{at}/review", house.keys.globex, json=label).status_code == 404
    assert house.ask("POST", f"{at}/review", house.keys.acme, json=label).status_code == 201


def test_jobs_and_batches_belong_to_the_callers_tenant_whatever_it_says(house: House) -> None:
    body = {"prompt": "p", "response": "A job.", "metadata": {"tenant": "globex"}}
    job = house.ask("POST", "/v1/monitor/jobs", house.keys.acme, json=body)
    assert job.status_code == 202
    line = json.dumps({"prompt": "p", "response": "In a batch."})
    batch = house.ask(
        "POST",
        "/v1/monitor/batches",
        house.keys.acme,
        content=line,
        headers={"content-type": "application/x-ndjson"},
    )
    assert batch.status_code == 202, batch.text
    places = [f"/v1/monitor/jobs/{job.json()['id']}", f"/v1/monitor/batches/{batch.json()['id']}"]
    places.append(f"{places[1]}/results")
    for place in places:
        assert house.ask("GET", place, house.keys.acme).status_code == 200
        assert house.ask("GET", place, house.keys.globex).status_code == 404
    for place in places[:2]:
        assert house.ask("DELETE", place, house.keys.globex).status_code == 404
    theirs = house.ask("GET", "/v1/monitor/jobs", house.keys.globex, params={"tenant": "acme"})
    assert theirs.json()["jobs"] == []


def test_a_tenant_sees_and_uses_its_own_policies_alone(house: House) -> None:
    def names(key: str) -> list[str]:
        return [p["name"] for p in house.ask("GET", "/v1/policies", key).json()["policies"]]

    assert names(house.keys.acme) == ["default", "strict"]
    assert names(house.keys.globex) == ["strict"]
    assert house.judge(house.keys.globex, "No policy.").json()["policy"]["name"] == "strict"
    refused = house.judge(house.keys.globex, policy="default")
    assert (refused.status_code, refused.json()["type"]) == (
        422,
        "urn:candor:problem:unknown-policy",
    )
    assert "default" not in refused.json()["hint"]


def test_models_are_labelled_for_the_tenant_whose_they_are(house: House) -> None:
    for key in (house.keys.acme, house.keys.globex):
        house.judge(key, "Labelled.", model="globex-vlm", policy="strict")
    text = house.ask("GET", "/metrics", house.keys.acme).text
    counted = [line for line in text.splitlines() if 'model="globex-vlm"' in line]
    verdicts = [line for line in counted if line.startswith("candor_verdicts_total")]
    assert [line.rpartition(" ")[2] for line in verdicts] == ["1.0"]


def test_a_tenant_over_its_limit_is_told_when_to_come_back_and_others_are_not(
    house: House,
) -> None:
    answers = [house.judge(house.keys.small, f"Number {n}.") for n in range(4)]
    assert [a.status_code for a in answers] == [200, 200, 200, 429]
    assert answers[0].headers["ratelimit-policy"] == '"requests";q=3;w=3600'
    assert answers[0].headers["ratelimit"].startswith('"requests";r=2;t=')
    over = answers[3]
    assert over.json()["type"] == "urn:candor:problem:over-quota"
    assert 1 <= int(over.headers["retry-after"]) <= 7200
    assert house.judge(house.keys.acme, "Number 5.").status_code == 200
    assert house.metric('candor_rate_limited_total{measure="requests",tenant="small"}') == 1
    assert house.metric('candor_tenant_requests_total{outcome="limited",tenant="small"}') == 1


def test_money_is_charged_after_the_work_and_refuses_what_comes_next(house: House) -> None:
    assert house.judge(house.keys.poor, "Costly.").status_code == 200
    over = house.judge(house.keys.poor, "Costly too.")
    assert over.status_code == 429
    assert "cost_usd" in over.json()["detail"]
    # What is known costs nothing and is refused all the same: the window is used up.
    assert house.judge(house.keys.poor, "Costly.").status_code == 429
