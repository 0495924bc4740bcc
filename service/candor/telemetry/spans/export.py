"""How spans get to the collector: in batches, from a thread of their own. A collector that is away
costs spans, which are counted, and nothing else."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import requests
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from candor.telemetry.tracing import Lost, TracingConfig

_PATH = "/v1/traces"
_MOST_WAITING = 2048
_BATCH = 512
_EVERY_MS = 1000.0


@dataclass(slots=True)
class Line:
    """Spans that are not delivered yet: at most `most`."""

    lost: Lost
    most: int = _MOST_WAITING
    waiting: int = 0
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)

    def enter(self) -> bool:
        """False where there is no room."""
        with self._lock:
            if self.waiting < self.most:
                self.waiting += 1
                return True
        self.lost("queue_full", 1)
        return False

    def left(self, count: int, *, delivered: bool) -> None:
        with self._lock:
            self.waiting -= count
        if not delivered:
            self.lost("undelivered", count)


class Delivered(SpanExporter):
    """Counts what the exporter inside could not deliver."""

    def __init__(self, inner: SpanExporter, line: Line) -> None:
        self._inner = inner
        self._line = line

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = SpanExportResult.FAILURE
        try:
            result = self._inner.export(spans)
        finally:
            self._line.left(len(spans), delivered=result is SpanExportResult.SUCCESS)
        return result

    def shutdown(self) -> None:
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        return self._inner.force_flush(timeout_millis)


class Batches(BatchSpanProcessor):
    """The library's, which drops without a count where this one counts."""

    def __init__(self, exporter: SpanExporter, line: Line) -> None:
        super().__init__(exporter, line.most, _EVERY_MS, _BATCH)
        self._line = line

    def on_end(self, span: ReadableSpan) -> None:
        if span.context is not None and span.context.trace_flags.sampled and self._line.enter():
            super().on_end(span)


@asynccontextmanager
async def open_batches(config: TracingConfig, lost: Lost) -> AsyncIterator[Batches]:
    """What waits at the end is delivered within `flush_seconds`, or counted as lost."""
    # It says at length, again and again, what the counter says.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    line = Line(lost)
    exporter = _exporter(config)
    batches = Batches(Delivered(exporter, line), line)
    try:
        yield batches
    finally:
        if not await _ended(batches, config.flush_seconds):
            exporter.shutdown()  # type: ignore[no-untyped-call] # the library has no types here
            if line.waiting:
                lost("undelivered", line.waiting)


async def _ended(batches: Batches, seconds: float) -> bool:
    """Not in a thread of the event loop's: that one is waited for at the end of the process."""
    loop, done = asyncio.get_running_loop(), asyncio.Event()

    def end() -> None:
        batches.shutdown()  # type: ignore[no-untyped-call] # the library has no types here
        # The loop may be gone: nobody waits any longer then.
        if not loop.is_closed():
            loop.call_soon_threadsafe(done.set)

    threading.Thread(target=end, name="candor-last-spans", daemon=True).start()
    try:
        async with asyncio.timeout(seconds):
            await done.wait()
    except TimeoutError:
        return False
    return True


def _exporter(config: TracingConfig) -> OTLPSpanExporter:
    # Neither proxies nor passwords from the environment or a netrc file.
    session = requests.Session()
    session.trust_env = False
    return OTLPSpanExporter(
        endpoint=_url(config.endpoint),
        headers={name: value.get_secret_value() for name, value in config.headers.items()} or None,
        timeout=config.timeout_seconds,
        session=session,
    )


def _url(endpoint: str | None) -> str | None:
    """None: the library looks into the environment."""
    if endpoint is None:
        return None
    bare = endpoint.rstrip("/")
    return bare if bare.endswith(_PATH) else bare + _PATH
