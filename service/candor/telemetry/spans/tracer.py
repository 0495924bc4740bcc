"""Spans by OpenTelemetry. docs/tracing.md has the tree; tests hold it."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from opentelemetry.context import Context
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes as gen_ai
from opentelemetry.semconv.attributes.http_attributes import (
    HTTP_REQUEST_METHOD,
    HTTP_RESPONSE_STATUS_CODE,
    HTTP_ROUTE,
)
from opentelemetry.trace import Link, Span, SpanKind, Tracer, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from candor.domain.events import Listener
from candor.domain.ports import NearCache, TextReader, VerdictCache, VisionModel
from candor.domain.verdict import Report
from candor.telemetry.spans.around import (
    TracedCache,
    TracedModel,
    TracedNearCache,
    TracedReader,
)
from candor.telemetry.spans.current import recorded_ids
from candor.telemetry.spans.opening import Value, failed, opened
from candor.telemetry.spans.steps import Steps
from candor.telemetry.tracing import Callee, Headers, RequestSpan, unlabelled, with_label

EVALUATION = "gen_ai.evaluation.result"
_W3C = TraceContextTextMapPropagator()
_PARENT, _STATE = b"traceparent", b"tracestate"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Traced:
    """Makes spans with this tracer."""

    tracer: Tracer

    @property
    def on(self) -> bool:
        return True

    @contextmanager
    def request(
        self, method: str, headers: Iterable[tuple[bytes, bytes]]
    ) -> Iterator[RequestSpan]:
        method = method if method in _METHODS else "_OTHER"
        about: dict[str, Value] = {HTTP_REQUEST_METHOD: method}
        parent = _parent(headers)
        with opened(self.tracer, method, about, SpanKind.SERVER, parent=parent) as span:
            yield _Request(span, method)

    @contextmanager
    def job(self, name: str, body: bytes) -> Iterator[bytes]:
        label, bare = unlabelled(body)
        queued = get_current_span(_W3C.extract({"traceparent": label}, Context()))
        links = [Link(queued.get_span_context())] if queued.get_span_context().is_valid else []
        kind, root = SpanKind.CONSUMER, Context()
        about = {"candor.job_id": name}
        with opened(self.tracer, "job", about, kind, parent=root, links=links):
            yield bare

    def labelled(self, body: bytes) -> bytes:
        parent = self.outgoing().get("traceparent")
        return with_label(body, parent) if parent else body

    @contextmanager
    def steps(self, listener: Listener) -> Iterator[Listener]:
        steps = Steps(self.tracer, listener)
        try:
            yield steps
        finally:
            steps.close()

    def evaluated(self, report: Report, model: str, verdict_id: str) -> None:
        span, verdict = get_current_span(), report.verdict
        if not span.is_recording():
            return
        about: dict[str, Value] = {
            gen_ai.GEN_AI_EVALUATION_NAME: "deception",
            gen_ai.GEN_AI_EVALUATION_SCORE_LABEL: verdict.outcome.value,
        }
        if verdict.score is not None:
            about[gen_ai.GEN_AI_EVALUATION_SCORE_VALUE] = verdict.score
        span.add_event(EVALUATION, about)
        span.set_attributes(_of(report, model, verdict_id))

    def model(self, model: VisionModel, callees: Mapping[str, Callee]) -> VisionModel:
        return TracedModel(self.tracer, model, callees)

    def reader(self, reader: TextReader) -> TextReader:
        return TracedReader(self.tracer, reader)

    def cache(self, cache: VerdictCache) -> VerdictCache:
        if isinstance(cache, NearCache):
            return TracedNearCache(self.tracer, cache, cache)
        return TracedCache(self.tracer, cache)

    def outgoing(self) -> Headers:
        carrier: dict[str, str] = {}
        _W3C.inject(carrier)
        return carrier

    def exemplar(self) -> dict[str, str] | None:
        return recorded_ids()


def _of(report: Report, model: str, verdict_id: str) -> dict[str, Value]:
    return {
        "candor.verdict_id": verdict_id,
        "candor.policy": report.policy.name,
        "candor.model": model,
        "candor.action": report.action.value,
        "candor.cache": report.cache.value,
        "candor.decided_by": report.verdict.decided_by or "none",
        "candor.degraded": bool(report.degraded),
    }


def _parent(headers: Iterable[tuple[bytes, bytes]]) -> Context:
    """Neither baggage nor anything else is read: a caller could put anything there."""
    found: dict[str, str] = {}
    for name, value in headers:
        if name in {_PARENT, _STATE}:
            found.setdefault(name.decode(), value.decode("latin-1"))
    return _W3C.extract(found, Context())


@dataclass(frozen=True, slots=True)
class _Request:
    span: Span
    method: str

    def ended(self, route: str | None, status: int | None, request_id: str) -> None:
        self.span.set_attribute("candor.request_id", request_id)
        if route is not None:
            self.span.update_name(f"{self.method} {route}")
            self.span.set_attribute(HTTP_ROUTE, route)
        if status is not None:
            self.span.set_attribute(HTTP_RESPONSE_STATUS_CODE, status)
        if status is None:
            failed(self.span, "cancelled")
        elif status >= 500:
            failed(self.span, str(status))
