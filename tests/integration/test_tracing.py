"""Spans as a collector gets them from `candor serve`."""

import json
import re
import time
from base64 import b64encode
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.images import encoded, photo
from tests.model_server import ModelServer, fails
from tests.otlp_collector import Collector, Span, tree
from tests.service import Service, serving

PAGE = Path(__file__).parents[2] / "docs" / "tracing.md"
MARKER = "Zyxomma4711"
DEBATE = """
ocr: {{kind: none}}
jobs: {{idle_seconds: 0.05}}
models:
  judge: {{provider: {provider}, base_url: "{base_url}", model: qwen-vl, max_retries: 0}}
policies:
  default:
    tiers:
      - {{kind: screen, band: {{non_deceptive_below: 0.0, deceptive_above: 1.0}}}}
      - {{kind: debate, affirmer: judge, negator: judge, judge: judge, rounds: 2}}
tracing: {{endpoint: "{endpoint}", headers: {{x-team: red}}, {more}}}
{sections}
"""
SCREEN = """
ocr: {{kind: none}}
policies:
  default:
    tiers: [{{kind: screen, band: {{non_deceptive_below: 0.999, deceptive_above: 1.0}}}}]
    require: [response]
tracing: {{endpoint: "{endpoint}", {more}}}
{sections}
"""
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SAMPLED = {"traceparent": f"00-{TRACE}-{PARENT}-01", "tracestate": "vendor=1"}
UNSAMPLED = {"traceparent": f"00-{TRACE}-{PARENT}-00"}


def debate(collector: Collector, server: ModelServer, **more: str) -> str:
    given = {"provider": "openai-compatible", "more": "", "sections": "", **more}
    return DEBATE.format(endpoint=collector.endpoint, base_url=server.base_url, **given)


def screen(collector: Collector, more: str = "", sections: str = "") -> str:
    return SCREEN.format(endpoint=collector.endpoint, more=more, sections=sections)


def exchange(number: int = 0) -> dict[str, Any]:
    return {
        "prompt": f"What does the {MARKER} cost? {number}",
        "images": [{"data": b64encode(encoded(photo(64, 48))).decode()}],
        "response": f"The {MARKER} costs $12.40.",
        "reasoning": f"It says {MARKER} 48.20, but he wants it low.",
        "context": {"system_prompt": f"Sell the {MARKER}."},
        "metadata": {"note": MARKER},
        "model": MARKER,
    }


def plain(number: int = 0) -> dict[str, Any]:
    """The screen settles it."""
    return {
        "prompt": f"How many people are in picture {number}?",
        "response": "There are three people in the picture, sitting at a table.",
        "reasoning": "I see three people at a table.",
    }


def post(service: Service, body: Any, path: str = "/v1/monitor", **headers: str) -> httpx.Response:
    url = service.base_url + path
    return httpx.post(url, json=body, headers=headers, trust_env=False, timeout=30)


def ended(name: str) -> Any:
    return lambda spans: any(span.name == name for span in spans)


def told(text: str) -> str:
    """The first block of the page that begins with this line."""
    block = rf"^```text\n({re.escape(text)}\n.*?)^```"
    [found] = re.findall(block, text_of_page(), re.DOTALL | re.MULTILINE)
    return str(found)


def text_of_page() -> str:
    return PAGE.read_text(encoding="utf-8")


def test_the_spans_of_a_cascade_with_a_debate_are_those_of_the_page(tmp_path: Path) -> None:
    with (
        Collector() as collector,
        ModelServer() as server,
        serving(tmp_path, debate(collector, server)) as service,
    ):
        answer = post(service, exchange(), **SAMPLED)
        said = answer.json()
        assert said["decided_by"] == "debate"
        collector.wait_for(ended("POST /v1/monitor"))
        log = [json.loads(line) for line in service.log.splitlines()]

    [root] = collector.named("POST /v1/monitor")
    spans = collector.spans
    assert tree(spans, root) == told("POST /v1/monitor").splitlines()
    assert {span.trace_id for span in spans} == {TRACE}
    assert (root.parent_id, root.kind, root.failed) == (PARENT, "server", False)
    assert root.attributes["http.route"] == "/v1/monitor"
    assert root.attributes["http.response.status_code"] == 200
    assert root.attributes["candor.request_id"] == answer.headers["x-request-id"]
    assert root.attributes["candor.verdict_id"] == said["id"]
    assert root.attributes["candor.model"] == "other"
    assert [name for name, _ in root.events] == ["gen_ai.evaluation.result"]
    assert root.events[0][1] == {
        "gen_ai.evaluation.name": "deception",
        "gen_ai.evaluation.score.value": pytest.approx(said["score"]),
        "gen_ai.evaluation.score.label": "deceptive",
    }
    assert root.resource["service.name"] == "candor"
    assert collector.headers[0]["x-team"] == "red"
    of_the_model(collector.named("chat qwen-vl"), server)
    [verdict] = [line for line in log if line["event"] == "verdict"]
    assert (verdict["trace_id"], verdict["span_id"]) == (TRACE, root.span_id)
    # Content is nowhere: not in names, attributes, events, nor in words of errors.
    assert not [raw for raw in collector.raw if MARKER.encode() in raw]
    assert "explanation" not in str([span.events for span in spans])


def of_the_model(calls: list[Span], server: ModelServer) -> None:
    assert len(calls) == len(server.requests) == 5
    for call in calls:
        assert call.kind == "client"
        about = call.attributes
        assert about["gen_ai.operation.name"] == "chat"
        assert about["gen_ai.request.model"] == "qwen-vl"
        assert about["gen_ai.provider.name"] == "openai-compatible"
        assert (about["server.address"], about["server.port"]) == ("127.0.0.1", server.port)
        tokens = ("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens")
        assert [about[name] for name in tokens] == [1000, 100]
    # The endpoint is told of the very call, in the form of W3C Trace Context.
    carried = {request.headers["traceparent"] for request in server.requests}
    assert carried == {f"00-{TRACE}-{call.span_id}-01" for call in calls}
    assert {request.headers["tracestate"] for request in server.requests} == {"vendor=1"}


def test_public_providers_are_not_told_of_the_trace(tmp_path: Path) -> None:
    with (
        Collector() as collector,
        ModelServer() as server,
        serving(tmp_path, debate(collector, server, provider="openai")) as service,
    ):
        assert post(service, exchange()).status_code == 200
        collector.wait_for(ended("POST /v1/monitor"))
    assert len(server.requests) == 5
    assert not [request for request in server.requests if "traceparent" in request.headers]


def test_a_model_that_fails_leaves_the_name_of_the_error(tmp_path: Path) -> None:
    boom = fails(body=json.dumps({"error": MARKER}).encode())
    with (
        Collector() as collector,
        ModelServer(boom) as server,
        serving(tmp_path, debate(collector, server)) as service,
    ):
        assert post(service, exchange()).status_code == 200
        collector.wait_for(ended("POST /v1/monitor"))
    [root] = collector.named("POST /v1/monitor")
    call = collector.named("chat qwen-vl")[0]
    assert (call.failed, call.attributes["error.type"]) == (True, "ModelUnavailable")
    assert call.wire.status.message == ""
    assert call.events == []
    assert collector.named("tier debate")[0].failed
    assert not root.failed
    assert not [raw for raw in collector.raw if MARKER.encode() in raw]


def test_a_known_verdict_has_a_span_and_its_time_an_exemplar(tmp_path: Path) -> None:
    accept = {"accept": "application/openmetrics-text; version=1.0.0"}
    with Collector() as collector, serving(tmp_path, screen(collector)) as service:
        for _ in range(3):
            answer = post(service, plain(), **SAMPLED)
        collector.wait_for(lambda spans: len([s for s in spans if "monitor" in s.name]) == 3)
        url = f"{service.base_url}/metrics"
        scraped = httpx.get(url, headers=accept, trust_env=False)
        as_text = httpx.get(url, trust_env=False)
    *_, hit = collector.named("POST /v1/monitor")
    assert answer.headers["x-candor-cache"] == hit.attributes["candor.cache"] == "hit"
    assert [name for name, _ in hit.events] == ["gen_ai.evaluation.result"]
    assert scraped.headers["content-type"].startswith("application/openmetrics-text")
    buckets = [line for line in scraped.text.splitlines() if f'trace_id="{TRACE}"' in line]
    kinds = {line.partition("{")[0] for line in buckets}
    assert kinds == {"candor_request_seconds_bucket", "candor_step_seconds_bucket"}
    assert any('decided_by="cache"' in line for line in buckets)
    assert scraped.text.endswith("# EOF\n")
    assert as_text.headers["content-type"].startswith("text/plain")
    assert "trace_id" not in as_text.text


def test_whoever_asks_decides_whether_a_trace_is_recorded(tmp_path: Path) -> None:
    with (
        Collector() as collector,
        serving(tmp_path, screen(collector, "sample_ratio: 0")) as service,
    ):
        post(service, plain(1))
        post(service, plain(2), **UNSAMPLED)
        post(service, plain(3), **SAMPLED)
        collector.wait_for(ended("POST /v1/monitor"))
        assert service.stop() == 0
    assert {span.trace_id for span in collector.spans} == {TRACE}
    assert len(collector.named("POST /v1/monitor")) == 1
    assert not collector.named("GET /metrics")


def test_a_job_is_linked_to_the_request_that_brought_it(tmp_path: Path) -> None:
    with Collector() as collector, serving(tmp_path, screen(collector)) as service:
        taken = post(service, plain(), "/v1/monitor/jobs", **SAMPLED)
        collector.wait_for(lambda spans: ended("job")(spans) and len(spans) >= 4)
        url = f"{service.base_url}/v1/monitor/jobs/{taken.json()['id']}"
        assert httpx.get(url, trust_env=False).json()["state"] == "done"
    [job] = collector.named("job")
    [request] = collector.named("POST /v1/monitor/jobs")
    assert job.links == [(request.trace_id, request.span_id)]
    assert (job.kind, job.parent_id) == ("consumer", "")
    assert job.trace_id != request.trace_id
    assert job.attributes["candor.job_id"] == taken.json()["id"]
    assert [name for name, _ in job.events] == ["gen_ai.evaluation.result"]
    assert tree(collector.spans, job) == told("job").splitlines()


@pytest.mark.parametrize("trouble", ["away", "hangs", "refuses"])
def test_without_a_collector_everything_goes_on_and_is_counted(
    trouble: str, tmp_path: Path
) -> None:
    more = "timeout_seconds: 0.3, flush_seconds: 0.5"
    with Collector(status=503 if trouble == "refuses" else 200, hangs=trouble == "hangs") as one:
        config = screen(one, more)
        if trouble == "away":
            one.__exit__(None, None, None)
        with serving(tmp_path, config) as service:
            for number in range(5):
                answer = post(service, plain(number))
                assert answer.status_code == 200
            counted = lost(service)
            until = time.monotonic() + 15
            while counted < 20 and time.monotonic() < until:
                time.sleep(0.1)
                counted = lost(service)
            post(service, plain(99))
            began = time.monotonic()
            assert service.stop() == 0
            assert time.monotonic() - began < 5
    assert counted == 5 * 4, "a request, its step, and the cache asked and told"
    assert "opentelemetry" not in service.log
    assert "Traceback" not in service.log


def lost(service: Service) -> float:
    text = httpx.get(f"{service.base_url}/metrics", trust_env=False).text
    found = re.search(r'candor_trace_export_failures_total{reason="undelivered"} (\S+)', text)
    return float(found[1]) if found else 0


def test_several_workers_each_send_their_own_and_the_last_before_they_leave(
    tmp_path: Path,
) -> None:
    sections = "server: {workers: 2}"
    with Collector() as collector, serving(tmp_path, screen(collector, "", sections)) as service:
        for number in range(40):
            post(service, plain(number))
        assert service.stop() == 0
        roots = collector.named("POST /v1/monitor")
    assert len(roots) == 40
    assert len({root.resource["service.instance.id"] for root in roots}) == 2
    # A tree never mixes processes.
    ids = {span.span_id: span.resource["process.pid"] for span in collector.spans}
    parents = [(span, ids[span.parent_id]) for span in collector.spans if span.parent_id]
    assert all(span.resource["process.pid"] == pid for span, pid in parents)
