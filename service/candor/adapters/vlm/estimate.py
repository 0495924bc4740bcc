"""Tokens, where a provider does not count them."""

from collections.abc import Sequence

from candor.adapters.vlm.dialect import Answer
from candor.domain.ports import Message

# Of English text, by the rule of thumb that providers give themselves.
_CHARS_PER_TOKEN = 4


def input_tokens(messages: Sequence[Message], pixels_per_token: int) -> int:
    """Text by its length, images by their area."""
    parts = [part for message in messages for part in message.parts]
    chars = sum(len(part) for part in parts if isinstance(part, str))
    pixels = [part.width * part.height for part in parts if not isinstance(part, str)]
    return _up(chars, _CHARS_PER_TOKEN) + sum(_up(area, pixels_per_token) for area in pixels)


def output_tokens(answer: Answer) -> int:
    """What was written, and thought before."""
    return _up(len(answer.text) + len(answer.reasoning), _CHARS_PER_TOKEN)


def _up(amount: int, per: int) -> int:
    return -(-amount // per)
