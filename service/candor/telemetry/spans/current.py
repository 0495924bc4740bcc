"""What is known of the span that is open here and now."""

from opentelemetry.trace import format_span_id, format_trace_id, get_current_span


def ids() -> dict[str, str]:
    """Empty outside of any span."""
    context = get_current_span().get_span_context()
    if not context.is_valid:
        return {}
    return {
        "trace_id": format_trace_id(context.trace_id),
        "span_id": format_span_id(context.span_id),
    }


def recorded_ids() -> dict[str, str] | None:
    """None where nobody will find the trace."""
    sampled = get_current_span().get_span_context().trace_flags.sampled
    return ids() if sampled else None
