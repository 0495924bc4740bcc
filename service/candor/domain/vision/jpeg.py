"""The outline of a JPEG file: its segments and scans (ITU-T T.81, annex B), nothing decoded."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

_SCAN = re.compile(b"\xff\xda")
_START_OF_SCAN = 0xDA
_END_OF_IMAGE = 0xD9
_RESOURCES = 0xED
_MARKER = re.compile(rb"\xff[\x01-\xfe]")
# The next marker of a scan: what is stuffed, repeated or only restarts the decoder is none.
_NEXT_IN_SCAN = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")
# As Pillow reads them.
_WITHOUT_LENGTH = frozenset({0x01, 0xC8, *range(0xD0, 0xDA), *range(0xF0, 0xFE)})
# From how many on they are counted well.
_FEW = 20


@dataclass(frozen=True, slots=True)
class Segment:
    """`start` and `end` of what follows the marker; `skipped` bytes before it belong to none."""

    marker: int
    start: int
    end: int
    skipped: int


def header(data: bytes) -> Iterator[Segment]:
    """All segments up to the first scan's, as Pillow finds them."""
    at = 2
    while (found := _MARKER.search(data, at)) is not None:
        marker, start = data[found.end() - 1], found.end()
        end = start
        if marker not in _WITHOUT_LENGTH:
            end += max(int.from_bytes(data[start : start + 2], "big"), 2)
        yield Segment(marker, start, end, found.start() - at)
        if marker == _START_OF_SCAN:
            return
        at = end


def pieces(data: bytes) -> Iterator[int]:
    """How many steps a reader takes for each segment of the header."""
    for segment in header(data):
        inside = 0
        if segment.marker == _RESOURCES:
            inside = data.count(b"8BIM", segment.start, segment.end)
        yield 1 + segment.skipped + inside


def layers_of_the_first_scan(data: bytes) -> int:
    """0 where there is no scan."""
    starts = (s.start for s in header(data) if s.marker == _START_OF_SCAN)
    at = next(starts, len(data))
    return int.from_bytes(data[at + 2 : at + 3], "big")


def scans(data: bytes) -> int:
    """How often a decoder goes over all of the image."""
    # Cheap, and too many where a thumbnail or a film is inside: counted well only then.
    # By `re`, which takes a third of the time of `count`.
    found = sum(1 for _ in islice(_SCAN.finditer(data), _FEW + 1))
    return found if found <= _FEW else _scans_of_the_first(data)


def _scans_of_the_first(data: bytes) -> int:
    """By its markers, so that other files inside do not count."""
    at, found, markers = 2, 0, 0
    while (marker := _NEXT_IN_SCAN.search(data, at)) is not None:
        kind, at = data[marker.end() - 1], marker.end()
        markers += 1
        if kind == _END_OF_IMAGE or markers > _MOST_MARKERS:
            break
        if kind not in _WITHOUT_LENGTH:
            at += int.from_bytes(data[at : at + 2], "big")
        found += kind == _START_OF_SCAN
    # Whoever puts more between the scans means to keep us busy.
    return max(found, 1) if markers <= _MOST_MARKERS else _MOST_MARKERS


_MOST_MARKERS = 20_000
