"""What a PromQL expression names. No whole parser: names, matchers and groupings are enough."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_NAME = re.compile(r"(?<![\w:$\"])((?:candor|ALERTS)[a-zA-Z0-9_:]*)\s*(\{[^}]*\})?")
_MATCHER = re.compile(r"([a-zA-Z_]\w*)\s*(?:=~|!~|!=|=)")
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
_REPLACED = re.compile(r'label_replace\(.*?,\s*"(\w+)",\s*"[^"]*",\s*"(\w+)"')
_STRING = re.compile(r'"[^"]*"')


@dataclass(frozen=True, slots=True)
class Selector:
    """A series and the labels that its matchers name."""

    name: str
    labels: frozenset[str]


def selectors(expr: str) -> Iterator[Selector]:
    for name, braces in _NAME.findall(expr):
        matchers = _STRING.sub('""', braces)
        yield Selector(name, frozenset(_MATCHER.findall(matchers)))


def grouped(expr: str) -> frozenset[str]:
    """Labels in `by (...)` and its like."""
    found = (one for group in _GROUPING.findall(expr) for one in group.split(","))
    return frozenset(one.strip() for one in found if one.strip())


def made(expr: str) -> frozenset[str]:
    """Labels that the expression itself makes."""
    return frozenset(new for new, _ in _REPLACED.findall(expr))
