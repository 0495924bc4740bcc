"""How a span is opened, so that none ever carries the words of an error."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from opentelemetry.context import Context, attach, detach
from opentelemetry.semconv.attributes.error_attributes import ERROR_TYPE
from opentelemetry.trace import (
    Link,
    Span,
    SpanKind,
    Status,
    StatusCode,
    Tracer,
    set_span_in_context,
)

Value = str | bool | int | float
_FAILED = Status(StatusCode.ERROR)


@contextmanager
def opened(
    tracer: Tracer,
    name: str,
    attributes: Mapping[str, Value],
    kind: SpanKind = SpanKind.INTERNAL,
    *,
    parent: Context | None = None,
    links: Sequence[Link] = (),
) -> Iterator[Span]:
    """The span is the current one inside. An error leaves its class on it, no more."""
    span = started(tracer, name, attributes, kind, parent=parent, links=links)
    token = attach(set_span_in_context(span, parent))
    try:
        yield span
    except BaseException as exc:
        failed(span, type(exc).__name__)
        raise
    finally:
        detach(token)
        span.end()


def started(
    tracer: Tracer,
    name: str,
    attributes: Mapping[str, Value],
    kind: SpanKind = SpanKind.INTERNAL,
    *,
    parent: Context | None = None,
    links: Sequence[Link] = (),
) -> Span:
    return tracer.start_span(
        name,
        parent,
        kind,
        attributes,
        links,
        # Messages of errors may quote what is judged.
        record_exception=False,
        set_status_on_exception=False,
    )


def failed(span: Span, kind: str) -> None:
    """`kind` is the name of an error's class, or a status."""
    span.set_attribute(ERROR_TYPE, kind)
    span.set_status(_FAILED)
