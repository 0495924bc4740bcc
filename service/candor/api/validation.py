"""What pydantic found wrong with a request, in words and without its content."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from candor.domain.errors import InvalidExchange

# Pydantic's own messages may quote the input; ours never do. `{...}` come from the schema.
_WORDS = {
    "missing": "is required",
    "extra_forbidden": "is not a known field",
    "string_type": "must be a string",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing": "must be a whole number",
    "float_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "datetime_from_date_parsing": "must be a date and time such as 2026-01-31T09:00:00Z",
    "timezone_aware": "needs a time zone, such as 2026-01-31T09:00:00Z",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "tuple_type": "must be an array",
    "list_type": "must be an array",
    "literal_error": "must be one of: {expected}",
    "enum": "must be one of: {expected}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "string_pattern_mismatch": "holds a character that is not text",
    "string_too_long": "must be at most {max_length} characters long",
    "union_tag_invalid": "must be one of: {expected_tags}",
    "union_tag_not_found": "needs a `type`",
    "string_unicode": "holds half a surrogate pair, which is not text",
    "json_invalid": "is not valid JSON",
}
# A name that is safe to say back; anything else could be content in the place of a name.
PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_\-]{0,63}")
_MOST_ERRORS = 20
# Names of the arms of a message's content, as `v1/requests.py` tags them.
_TEXT, _PARTS = "=text", "=parts"


@dataclass(frozen=True, slots=True)
class FieldError:
    field: str
    message: str


class InvalidFields(InvalidExchange):
    """One problem for everything that is wrong with the fields of a request."""

    def __init__(self, errors: Sequence[FieldError], *, kind: str, hint: str) -> None:
        first = errors[0]
        message = f"{first.field or 'the body'} {first.message}"
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        super().__init__(message + more, field=first.field, kind=kind, hint=hint)
        self.errors = tuple(errors)


def in_words(exc: ValidationError) -> InvalidFields:
    found = exc.errors(include_url=False, include_input=False, include_context=True)
    if found[0]["type"] == "json_invalid":
        return _not_json(found[0])
    errors = [FieldError(path(e["loc"]), _message(e)) for e in found[:_MOST_ERRORS]]
    hint = "the fields of a request are described at /docs"
    return InvalidFields(errors, kind="invalid-request", hint=hint)


def _not_json(error: ErrorDetails) -> InvalidFields:
    # The parser's reason names a place and a rule, never the text.
    reason = str(error.get("ctx", {}).get("error", ""))
    hint = "send one JSON object in UTF-8"
    if "hex escape" in reason or "surrogate" in reason:
        reason = f"a \\u escape is cut short or half a surrogate pair ({reason})"
        hint = "send whole characters: both halves of a surrogate pair, or U+FFFD instead"
    elif "recursion" in reason:
        hint = "send JSON that is nested less deeply"
    error_in_words = FieldError("", f"is not valid JSON: {reason}")
    return InvalidFields([error_in_words], kind="invalid-json", hint=hint)


def _message(error: ErrorDetails) -> str:
    words = _WORDS.get(error["type"], "is not valid")
    return words.format(**error.get("ctx", {}))


def path(places: Sequence[int | str]) -> str:
    """`("images", 0, "data")` as `images[0].data`."""
    said = ""
    for place in _without_arms(places):
        if isinstance(place, int):
            said += f"[{place}]"
        else:
            name = place if PLAIN_NAME.fullmatch(place) else "?"
            said += f".{name}" if said else name
    return said


def _without_arms(places: Sequence[int | str]) -> list[int | str]:
    """Pydantic names the arm of a union as if it were a place in the request."""
    kept = list(places)
    if _PARTS in kept:
        # ("content", "=parts", 0, "text", "text"): the kind of part stands after its number.
        at = kept.index(_PARTS)
        del kept[at + 2 : at + 3]
    return [place for place in kept if place not in (_TEXT, _PARTS)]
