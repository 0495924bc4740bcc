"""Of how many pieces a file is made. Readers take their time for each, however little is in it:
20 MB of empty ones keep them busy for many seconds."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

from candor.domain.vision import gif, jpeg, tiff


def exceed(most: int, data: bytes) -> bool:
    """Whether the file has more pieces than that: segments, chunks, blocks or entries."""
    found = 0
    for more in _pieces(data):
        found += more
        if found > most:
            return True
    return False


def _pieces(data: bytes) -> Iterator[int]:
    """So many at a time."""
    match data[:2]:
        case b"\x89P":
            return _chunks(data)
        case b"\xff\xd8":
            return jpeg.pieces(data)
        case b"GI":
            return gif.pieces(data)
        case b"II" | b"MM":
            return _entries(data)
        case _:
            return iter(())


def _chunks(data: bytes) -> Iterator[int]:
    """PNG (third edition), section 5.3."""
    at = 8
    while at < len(data):
        at += 12 + int.from_bytes(data[at : at + 4], "big")
        yield 1


def _entries(data: bytes) -> Iterator[int]:
    """Those of the first page; other pages are only counted."""
    with suppress(ValueError):  # Told of when the image is opened.
        yield from islice(tiff.directories(data), 1)
