"""From a parsed request to the exchange that is judged."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic_core import to_json

from candor.api.limits import Limits, over
from candor.api.v1 import conversation
from candor.api.v1.draft import Draft
from candor.api.v1.requests import MessageIn, MonitorRequest, TextPart
from candor.domain.errors import InvalidExchange
from candor.domain.exchange import Context, Exchange, SourceImage
from candor.domain.monitor import Wishes
from candor.domain.ports import ImageSource

# Up to the first closing tag: a later one is part of the answer.
_THOUGHT_FIRST = re.compile(r"\s*<think>(.*?)</think>\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Spoken:
    """The response and the reasoning, told apart."""

    response: str
    reasoning: str | None


def exchange(
    request: MonitorRequest, size: int, files: Sequence[SourceImage], limits: Limits
) -> Exchange:
    """As `draft`, where nothing is fetched."""
    return draft(request, size, files, limits, None).exchange()


def draft(
    request: MonitorRequest,
    size: int,
    files: Sequence[SourceImage],
    limits: Limits,
    source: ImageSource | None,
) -> Draft:
    """`size` is that of the request's JSON in bytes, `files` are images that came as files,
    `source` is where remote images are fetched from, if they are.

    Raises: InvalidExchange, TooLarge.
    """
    # A text is never longer than the JSON it came in.
    if size > min(limits.max_text_chars, limits.max_metadata_bytes):
        _check_texts(request, limits)
    spoken = _spoken(request)
    said = conversation.read(request, files, limits, source)
    return Draft(
        conversation=said.utterances,
        response=spoken.response,
        images=said.images,
        reasoning=spoken.reasoning,
        context=Context(**request.context.__dict__),
    )


def wishes(request: MonitorRequest) -> Wishes:
    options = request.options
    return Wishes(
        request.policy,
        options.deadline_ms,
        options.stop_after,
        options.cache,
        options.max_model_calls,
        options.max_cost_usd,
        options.swap_check,
    )


def _spoken(request: MonitorRequest) -> _Spoken:
    response, reasoning = request.response, _reasoning(request)
    if reasoning is None and (thought := _THOUGHT_FIRST.match(response)):
        response, reasoning = response[thought.end() :], _unless_blank(thought[1])
    if not response or response.isspace():
        raise InvalidExchange(
            "the response is empty: there is nothing to judge",
            field="response",
            kind="empty-response",
            hint="send what the model answered; reasoning alone is not an answer",
        )
    return _Spoken(response, reasoning)


def _reasoning(request: MonitorRequest) -> str | None:
    names = ("reasoning", "reasoning_content", "thinking")
    given = [name for name in names if getattr(request, name) is not None]
    if len(given) > 1:
        raise InvalidExchange(
            f"the reasoning is given more than once: {', '.join(given)}",
            field=given[1],
            hint="send exactly one of them",
        )
    return _unless_blank(getattr(request, given[0])) if given else None


def _unless_blank(text: str) -> str | None:
    return text if text.strip() else None


def _check_texts(request: MonitorRequest, limits: Limits) -> None:
    for place, text in _texts(request):
        if len(text) > limits.max_text_chars:
            allowed = limits.max_text_chars
            raise over(place, "max_text_chars", allowed, "characters per text are allowed")
    if request.metadata and len(to_json(request.metadata)) > limits.max_metadata_bytes:
        allowed = limits.max_metadata_bytes
        raise over("metadata", "max_metadata_bytes", allowed, "bytes of metadata are allowed")


def _texts(request: MonitorRequest) -> Iterator[tuple[str, str]]:
    for name in ("response", "prompt", "reasoning", "reasoning_content", "thinking"):
        yield name, getattr(request, name) or ""
    for name, text in request.context.__dict__.items():
        yield f"context.{name}", text
    for i, message in enumerate(request.messages):
        for where, text in _message_texts(message):
            yield f"messages[{i}].{where}", text


def _message_texts(message: MessageIn) -> Iterator[tuple[str, str]]:
    for name in ("reasoning_content", "refusal", "name", "tool_call_id"):
        yield name, getattr(message, name) or ""
    for i, call in enumerate(message.tool_calls or ()):
        yield f"tool_calls[{i}].id", call.id
        for name, text in (("name", call.function.name), ("arguments", call.function.arguments)):
            yield f"tool_calls[{i}].function.{name}", text
    if isinstance(message.content, str):
        yield "content", message.content
        return
    for i, part in enumerate(message.content or ()):
        if isinstance(part, TextPart):
            yield f"content[{i}].text", part.text
