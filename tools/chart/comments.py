"""The values with their comments: a value's is what stands right above it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml


@dataclass(frozen=True, slots=True)
class Value:
    """`name` is dotted. `default` is as it stands in the file; None for a section."""

    name: str
    comment: str
    default: str | None


def values(file: Path) -> list[Value]:
    text = file.read_text(encoding="utf-8")
    return list(_walk(yaml.compose(text), "", text.splitlines()))


def _walk(node: yaml.Node | None, above: str, lines: list[str]) -> Iterator[Value]:
    assert isinstance(node, yaml.MappingNode)
    for key, value in node.value:
        name = f"{above}.{key.value}" if above else key.value
        comment = " ".join(_above(key.start_mark.line, lines))
        is_section = isinstance(value, yaml.MappingNode) and not value.flow_style
        yield Value(name, comment, None if is_section else _written(value, lines))
        if is_section:
            yield from _walk(value, name, lines)


def _above(line: int, lines: list[str]) -> list[str]:
    first = line
    while first > 0 and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    return [one.lstrip().removeprefix("#").strip() for one in lines[first:line]]


def _written(node: yaml.Node, lines: list[str]) -> str:
    """All defaults stand on one line."""
    start, end = node.start_mark, node.end_mark
    return lines[start.line][start.column : end.column if end.line == start.line else None]
