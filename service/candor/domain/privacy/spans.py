"""Where in a text something begins and ends, and what the text is without it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

Find = Callable[[str], Iterator["Span"]]
"""Yields spans in order that do not overlap, in time that grows with the text's length alone."""


@dataclass(frozen=True, slots=True)
class Span:
    """`end` is behind the last character."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Replaced:
    text: str
    count: int = 0


def replaced(text: str, spans: Iterable[Span], placeholder: str) -> Replaced:
    pieces: list[str] = []
    at = count = 0
    for span in spans:
        pieces += (text[at : span.start], placeholder)
        at, count = span.end, count + 1
    return Replaced("".join((*pieces, text[at:])), count) if count else Replaced(text)
