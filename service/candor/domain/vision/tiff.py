"""The outline of a TIFF file: its directories (TIFF 6.0, section 2), nothing decoded."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

# As Pillow recognises BigTIFF.
_BIG = b"+"


@dataclass(frozen=True, slots=True)
class _Layout:
    """Sizes in bytes; BigTIFF has wider ones."""

    order: Literal["little", "big"]
    link: int
    number: int
    entry: int

    def read(self, data: bytes, at: int, size: int) -> int:
        return int.from_bytes(data[at : at + size], self.order)


def directories(data: bytes) -> Iterator[int]:
    """Of each page, how many entries it has. A list that leads back to itself ends there.

    Raises: ValueError where a page lies beyond the end of the file.
    """
    layout = _layout(data)
    at, seen = layout.read(data, layout.link, layout.link), set[int]()
    while at and at not in seen:
        if at >= len(data):
            raise ValueError("a page lies beyond the end of the file")
        seen.add(at)
        entries = layout.read(data, at, layout.number)
        yield entries
        at = layout.read(data, at + layout.number + entries * layout.entry, layout.link)


def _layout(data: bytes) -> _Layout:
    order: Literal["little", "big"] = "little" if data[:2] == b"II" else "big"
    return _Layout(order, 8, 8, 20) if data[2:3] == _BIG else _Layout(order, 4, 2, 12)
