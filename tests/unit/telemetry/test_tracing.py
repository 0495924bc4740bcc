"""Spans kept in memory: what does not need a collector to be seen."""

import asyncio
import json
import threading
from io import StringIO

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import CollectorRegistry

from candor.domain.errors import ConfigError, ReaderUnavailable
from candor.domain.events import Event, Nobody, StepEnded, StepStarted
from candor.domain.verdict import Step
from candor.domain.vision.instruments import PageText
from candor.domain.vision.pictures import Picture
from candor.domain.vision.pool import Pool
from candor.telemetry.logs import JsonLines, Told, VerdictLine
from candor.telemetry.metrics import Metrics
from candor.telemetry.spans.current import ids
from candor.telemetry.spans.export import Batches, Delivered, Line
from candor.telemetry.spans.tracer import Traced
from candor.telemetry.tracing import TracingConfig, Untraced, unlabelled, with_label
from tests.reports import a_report
from tests.unit.debate.hearings import on_the_table, receipt

STEP = Step("screen", 0.4, False, 0.01)


class Tracer:
    def __init__(self) -> None:
        self.kept = InMemorySpanExporter()
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self.kept))
        self.traced = Traced(provider.get_tracer("test"))

    @property
    def spans(self) -> dict[str, ReadableSpan]:
        return {span.name: span for span in self.kept.get_finished_spans()}


async def test_a_step_that_nobody_waits_for_any_more_still_ends() -> None:
    one = Tracer()
    with one.traced.steps(Nobody()) as heard:
        heard.told(StepStarted("debate"))
    heard.told(StepEnded(STEP))
    heard.told(StepStarted("late"))
    assert list(one.spans) == ["tier debate"]
    assert not one.spans["tier debate"].status.is_ok
    assert dict(one.spans["tier debate"].attributes or {})["error.type"] == "cancelled"


async def test_listeners_hear_of_everything_all_the_same() -> None:
    told: list[Event] = []

    class Ears:
        def told(self, event: Event) -> None:
            told.append(event)

    with Tracer().traced.steps(Ears()) as heard:
        heard.told(StepStarted("screen"))
        heard.told(StepEnded(STEP))
    assert told == [StepStarted("screen"), StepEnded(STEP)]


async def test_work_in_the_pool_belongs_to_the_span_of_whoever_asked() -> None:
    one = Tracer()
    async with Pool(workers=1) as pool:
        with one.traced.request("POST", ()):
            mine, theirs = ids(), await pool.run(ids)
        outside = await pool.run(ids)
    assert mine == theirs != {}
    assert outside == {}


class Reader:
    name = "fake"

    async def read(self, picture: Picture, deadline: float) -> PageText:
        raise ReaderUnavailable("SECRET")


async def test_an_error_leaves_its_name_and_none_of_its_words() -> None:
    one = Tracer()
    async with on_the_table(receipt()) as case:
        with pytest.raises(ReaderUnavailable):
            await one.traced.reader(Reader()).read(await case.pictures.picture(0), 0)
    span = one.spans["ocr read"]
    assert dict(span.attributes or {})["error.type"] == "ReaderUnavailable"
    assert "SECRET" not in span.to_json()
    assert not span.events


async def test_a_route_that_fails_is_an_error_and_one_that_refuses_is_none() -> None:
    one = Tracer()
    for status in (200, 422, 503):
        with one.traced.request("BREW", ((b"baggage", b"user=SECRET"),)) as span:
            span.ended(f"/v1/{status}", status, "req-1")
    kinds = {name: dict(s.attributes or {}).get("error.type") for name, s in one.spans.items()}
    assert kinds == {"_OTHER /v1/200": None, "_OTHER /v1/422": None, "_OTHER /v1/503": "503"}
    assert "SECRET" not in str([span.to_json() for span in one.spans.values()])


def test_a_job_is_found_again_behind_its_label() -> None:
    parent = f"00-{'1' * 32}-{'2' * 16}-01"
    assert unlabelled(with_label(b'{"a": 1}', parent)) == (parent, b'{"a": 1}')
    assert unlabelled(b'{"a": 1}') == ("", b'{"a": 1}')
    # Also where it is worked on without tracing.
    with Untraced().job("job_1", with_label(b"{}", parent)) as body:
        assert body == b"{}"


def test_a_label_that_somebody_broke_is_no_link() -> None:
    one = Tracer()
    with one.traced.job("job_1", b"#traceparent=\xff\xfe nonsense\n{}") as body:
        assert body == b"{}"
    assert list(one.spans["job"].links) == []


class Stuck(InMemorySpanExporter):
    """Takes nothing until it may."""

    def __init__(self) -> None:
        super().__init__()
        self.may = threading.Event()

    def export(self, spans: object) -> SpanExportResult:
        self.may.wait(10)
        return SpanExportResult.FAILURE


def test_spans_that_find_no_room_are_counted_and_cost_no_memory() -> None:
    lost: dict[str, int] = {}
    line = Line(lambda reason, count: lost.update({reason: lost.get(reason, 0) + count}), most=600)
    stuck = Stuck()
    batches = Batches(Delivered(stuck, line), line)
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(batches)
    traced = Traced(provider.get_tracer("test"))
    for _ in range(1000):
        with traced.request("GET", ()):
            pass
    assert lost == {"queue_full": 400}
    assert line.waiting == 600
    stuck.may.set()
    batches.shutdown()  # type: ignore[no-untyped-call] # the library has no types here
    assert lost == {"queue_full": 400, "undelivered": 600}
    assert line.waiting == 0


async def test_a_line_has_the_ids_of_its_span() -> None:
    out, one = StringIO(), Tracer()
    lines = JsonLines(out, ids)
    told = Told("mon_1", "req-1", "other", 1.0)
    with one.traced.request("POST", ()):
        here = ids()
        lines.add(VerdictLine.of(a_report(), "other"), told)
    await asyncio.sleep(0)
    written = json.loads(out.getvalue())
    assert {name: written[name] for name in here} == here


def test_exemplars_are_in_openmetrics_alone_and_only_of_recorded_traces() -> None:
    one, metrics = Tracer(), Metrics(CollectorRegistry())
    metrics.traced_by(one.traced.exemplar)
    metrics.observe(a_report(), "x", 0.2)
    assert b"trace_id" not in metrics.scraped("application/openmetrics-text").text
    with one.traced.request("POST", ()):
        trace = ids()["trace_id"]
        metrics.observe(a_report(), "x", 0.2)
    scraped = metrics.scraped("application/openmetrics-text;version=1.0.0")
    told = [line for line in scraped.text.decode().splitlines() if f'trace_id="{trace}"' in line]
    kinds = {line.partition("{")[0] for line in told}
    assert kinds == {"candor_request_seconds_bucket", "candor_step_seconds_bucket"}
    assert b"trace_id" not in metrics.scraped("text/plain").text


def test_the_environment_can_turn_it_on_and_off(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not TracingConfig().on
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://otel:4318")
    assert TracingConfig().on
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")
    assert not TracingConfig().on
    assert TracingConfig(endpoint="http://otel:4318").on
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    assert not TracingConfig(endpoint="http://otel:4318").on


def test_an_endpoint_with_a_password_is_refused() -> None:
    with pytest.raises(ValueError, match="pattern"):
        TracingConfig(endpoint="http://user:word@otel:4318")


def test_without_the_extra_an_endpoint_stops_with_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_there(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr("candor.telemetry.tracing.find_spec", not_there)
    with pytest.raises(ConfigError, match=r"candor-monitor\[otel\]"):
        _ = TracingConfig(endpoint="http://otel:4318").on
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://otel:4318")
    assert not TracingConfig().on
