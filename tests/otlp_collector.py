"""A collector on loopback that takes OTLP over HTTP, and keeps the spans.

with Collector() as collector:                       # takes everything
    config = {"endpoint": collector.endpoint}
with Collector(status=503) as collector:             # takes nothing
with Collector(hangs=True) as collector:             # never answers
"""

import gzip
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Wire
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from tests.loopback import Loopback

_PROTOBUF = "application/x-protobuf"


def _plain(pairs: Any) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(one) for one in value.array_value.values]
    return getattr(value, kind)


@dataclass(frozen=True)
class Span:
    wire: Wire
    resource: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.wire.name)

    @property
    def trace_id(self) -> str:
        return str(self.wire.trace_id.hex())

    @property
    def span_id(self) -> str:
        return str(self.wire.span_id.hex())

    @property
    def parent_id(self) -> str:
        """Empty for a root."""
        return str(self.wire.parent_span_id.hex())

    @property
    def kind(self) -> str:
        return str(Wire.SpanKind.Name(self.wire.kind)).removeprefix("SPAN_KIND_").lower()

    @property
    def failed(self) -> bool:
        return self.wire.status.code == Status.STATUS_CODE_ERROR

    @cached_property
    def attributes(self) -> dict[str, Any]:
        return _plain(self.wire.attributes)

    @cached_property
    def events(self) -> list[tuple[str, dict[str, Any]]]:
        return [(event.name, _plain(event.attributes)) for event in self.wire.events]

    @property
    def links(self) -> list[tuple[str, str]]:
        return [(link.trace_id.hex(), link.span_id.hex()) for link in self.wire.links]


class Collector(Loopback):
    def __init__(self, *, status: int = 200, hangs: bool = False) -> None:
        self.headers: list[Mapping[str, str]] = []
        self.raw: list[bytes] = []
        self._spans: list[Span] = []
        self._lock = threading.Lock()
        self._status = status
        self._leaving = threading.Event()
        self._hangs = hangs
        super().__init__(self._handler())

    @property
    def endpoint(self) -> str:
        return f"http://{self.host}"

    @property
    def spans(self) -> Sequence[Span]:
        with self._lock:
            return tuple(self._spans)

    @property
    def asked(self) -> int:
        with self._lock:
            return len(self.raw)

    def named(self, name: str) -> list[Span]:
        return [span for span in self.spans if span.name == name]

    def wait_for(self, there: Callable[[Sequence[Span]], bool], seconds: float = 20) -> None:
        until = time.monotonic() + seconds
        while not there(self.spans):
            found = sorted(span.name for span in self.spans)
            assert time.monotonic() < until, f"the spans did not come; there are {found}"
            time.sleep(0.05)

    def _take(self, headers: Mapping[str, str], body: bytes) -> bytes:
        raw = gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body
        request = ExportTraceServiceRequest.FromString(raw)
        with self._lock:
            self.headers.append(headers)
            self.raw.append(raw)
            if self._status == 200:
                self._spans += _spans_of(request)
        return bytes(ExportTraceServiceResponse().SerializeToString())

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                right = self.path == "/v1/traces" and headers["content-type"] == _PROTOBUF
                body = self.rfile.read(int(headers["content-length"]))
                said = collector._take(headers, body)
                if collector._hangs:
                    collector._leaving.wait(60)
                    return
                self.send_response(collector._status if right else 400)
                self.send_header("content-type", _PROTOBUF)
                self.send_header("content-length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_: object) -> None:
                pass

        return Handler

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leaving.set()
        super().__exit__(kind, error, trace)


def _spans_of(request: ExportTraceServiceRequest) -> list[Span]:
    return [
        Span(span, _plain(group.resource.attributes))
        for group in request.resource_spans
        for scope in group.scope_spans
        for span in scope.spans
    ]


def tree(spans: Sequence[Span], root: Span, depth: int = 0) -> list[str]:
    """One line per span, those below indented, in order of their beginnings."""
    below = sorted(
        (span for span in spans if span.parent_id == root.span_id),
        key=lambda span: span.wire.start_time_unix_nano,
    )
    lines = ["  " * depth + root.name]
    for span in below:
        lines += tree(spans, span, depth + 1)
    return lines
