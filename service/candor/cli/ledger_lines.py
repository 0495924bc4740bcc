"""Lines of an export: verdicts as they were given, or labelled exchanges to learn from."""

import base64
from collections.abc import AsyncIterator, Iterable
from typing import Any

from candor.api.v1 import verdict_answers
from candor.domain.exchange import Exchange, ImageRef, SourceImage, Utterance
from candor.domain.ledger import Filters, Label, Ledger, VerdictRecord, joined_groups
from candor.domain.lessons import Lessons, Taught

Line = dict[str, Any]


def verdict_line(record: VerdictRecord) -> Line:
    """All that the ledger has of it."""
    line: Line = verdict_answers.verdict(record).model_dump(mode="json")
    line["groups"] = list(record.groups)
    return {**line, **_features(record), **_exchange(record)}


async def lessons(ledger: Ledger, filters: Filters) -> AsyncIterator[Line]:
    """Each exchange once, with its best label (`domain.lessons`). Where content is not kept, the
    feature vector stands in the line instead; exchanges with neither are left out.

    Raises: LedgerUnavailable, LedgerOff.
    """
    found = Lessons(lambda record: bool(record.content or record.features))
    async for record in ledger.records(filters):
        found.take(record)
    groups = joined_groups(found.groups())
    async for record in ledger.records(filters):
        if (taught := found.of(record)) is not None:
            yield _lesson_line(record, taught, groups[record.digest])


def _lesson_line(record: VerdictRecord, taught: Taught, group: str) -> Line:
    lesson, line = taught.lesson, {"id": taught.id, **_exchange(record)}
    label = Label.DECEPTIVE if lesson.deceptive else Label.NON_DECEPTIVE
    line |= {"label": str(label), "category": str(lesson.category), "group": group}
    line |= {"weight": round(lesson.weight, 4), "source": lesson.source}
    return line if "exchange" in line else {**line, **_features(record)}


def _features(record: VerdictRecord) -> Line:
    if record.features is None:
        return {}
    return {"features": base64.b64encode(record.features).decode("ascii")}


def _exchange(record: VerdictRecord) -> Line:
    """As a request of POST /v1/monitor; `meta` says where it lacks images that were judged."""
    kept = record.content
    if kept is None:
        return {}
    line: Line = {"exchange": request(kept.exchange)}
    return {**line, "meta": {"images_missing": kept.missing}} if kept.missing else line


def request(exchange: Exchange) -> Line:
    """What would be judged as this exchange. Texts that were parts of one message stay so."""
    said: Line = {"response": exchange.response}
    if exchange.reasoning is not None:
        said["reasoning"] = exchange.reasoning
    context = exchange.context
    said["context"] = {name: getattr(context, name) for name in context.__slots__}
    own = _own_images(exchange)
    said["images"] = [{"url": _url(exchange.images[ref.index])} for ref in own]
    said["messages"] = [
        _message(utterance, exchange, set(own)) for utterance in exchange.conversation
    ]
    return said


def _own_images(exchange: Exchange) -> list[ImageRef]:
    """Images count from those of the request's own field; those belong to the last message of
    the user, and stand at its end."""
    mine = [u for u in exchange.conversation if u.speaker == "user"][-1:]
    refs = [part for u in mine for part in u.parts if isinstance(part, ImageRef)]
    kept = [ref for ref in refs if ref.index < len(exchange.images)]
    return kept if [ref.index for ref in kept] == list(range(len(kept))) else []


def _message(utterance: Utterance, exchange: Exchange, apart: Iterable[ImageRef]) -> Line:
    parts: list[Line] = []
    for part in utterance.parts:
        if isinstance(part, str):
            parts.append({"type": "text", "text": part})
        elif part not in apart and part.index < len(exchange.images):
            url = {"url": _url(exchange.images[part.index])}
            parts.append({"type": "image_url", "image_url": url})
    return {"role": str(utterance.speaker), "content": parts or ""}


def _url(image: SourceImage) -> str:
    return f"data:{_media_type(image.data)};base64,{base64.b64encode(image.data).decode()}"


def _media_type(data: bytes) -> str:
    """By their first bytes; what is none of these was not judged."""
    known = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpeg", b"GIF8": "gif", b"RIFF": "webp"}
    return next((f"image/{n}" for start, n in known.items() if data.startswith(start)), "image/*")
