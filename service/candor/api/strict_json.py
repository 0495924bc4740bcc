"""What JSON readers let pass and their users then read differently: names given twice, and numbers
that are none."""

import codecs
import json
import re
from collections import Counter
from typing import NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from candor.api.validation import PLAIN_NAME, FieldError, InvalidFields, in_words

M = TypeVar("M", bound=BaseModel)

# From here on it pays to take out texts first: they are most of a request, and hold no names.
_LONG = 2048
_LONG_TEXT = 64
_QUOTE, _BACKSLASH = b'"', 0x5C
# Ten times as slow as looking for the mark alone, and right where it is escaped.
_REST_OF_TEXT = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
_NAMES = re.compile(rb"[ \t\r\n]*:")


def read(model: type[M], body: bytes) -> M:
    """Raises: InvalidFields."""
    try:
        found = model.model_validate_json(body)
    except ValidationError as exc:
        if body.startswith(codecs.BOM_UTF8):
            raise _invalid("it begins with a byte order mark", "send UTF-8 without one") from None
        # Pydantic's error quotes the input: it ends here, and is nobody's cause.
        raise in_words(exc) from None
    check(body)
    return found


def check(body: bytes) -> None:
    """For text that pydantic's reader has taken: its syntax is not looked at again.

    Raises: InvalidFields.
    """
    try:
        _READER.decode((body if len(body) < _LONG else _without_texts(body)).decode("utf-8"))
    except _Loose as exc:
        raise _invalid(str(exc), exc.hint) from None


def _invalid(reason: str, hint: str) -> InvalidFields:
    error = FieldError("", f"is not valid JSON: {reason}")
    return InvalidFields([error], kind="invalid-json", hint=hint)


class _Loose(Exception):
    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.hint = hint


def _unique(pairs: list[tuple[str, object]]) -> None:
    if len(dict(pairs)) == len(pairs):
        return
    counts = Counter(name for name, _ in pairs)
    name, _ = counts.most_common(1)[0]
    told = f" ({name})" if PLAIN_NAME.fullmatch(name) else ""
    raise _Loose(f"an object holds one name twice{told}", "give each name once")


def _no_constant(_: str) -> NoReturn:
    raise _Loose("NaN and Infinity are not numbers in JSON", "send null, or leave it out")


def _unread(_: str) -> None:
    """A number is not looked at: one of a million digits would take its time."""


_READER = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_constant=_no_constant,
    parse_int=_unread,
    parse_float=_unread,
    strict=False,
)


def _without_texts(body: bytes) -> bytes:
    """The same names at the same places; long texts that are no names are empty."""
    kept: list[bytes] = []
    keep_from, opened = 0, body.find(_QUOTE)
    while opened >= 0:
        closed = _end_of_text(body, opened + 1)
        if closed - opened > _LONG_TEXT and not _NAMES.match(body, closed + 1):
            kept.append(body[keep_from : opened + 1])
            keep_from = closed
        opened = body.find(_QUOTE, closed + 1)
    kept.append(body[keep_from:])
    return b"".join(kept)


def _end_of_text(body: bytes, start: int) -> int:
    """Where the quotation mark is that no backslash makes a part of the text."""
    end = body.find(_QUOTE, start)
    if body[end - 1] != _BACKSLASH:
        return end
    rest = _REST_OF_TEXT.match(body, start)
    return rest.end() if rest else end
