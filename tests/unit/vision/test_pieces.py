"""A file of many pieces is refused before anything reads them."""

import time

import pytest

from candor.domain.errors import TooLarge
from candor.domain.exchange import SourceImage
from candor.domain.vision.image import ImageLimits, inspect
from tests.hostile_images import raw
from tests.images import corners, encoded, photo

JPEG = encoded(corners(), "JPEG")
GIF = raw.gif(9, 9)
PIXELS = raw.pixels(bytes(9 * 28))
NOTE = b"\xff\xee\x00\x02"
RESOURCE = b"8BIM\x04\x00\x00\x00\x00\x00\x00\x00"


def png(more: int) -> bytes:
    return raw.png(9, 9, raw.chunk(b"ruSt", b"") * more, PIXELS)


def jpeg(more: int) -> bytes:
    return JPEG[:2] + NOTE * more + JPEG[2:]


def jpeg_with_junk(more: int) -> bytes:
    return JPEG[:2] + NOTE + bytes(more) + JPEG[2:]


def jpeg_with_resources(more: int) -> bytes:
    return raw.with_segment(JPEG, 0xED, b"Photoshop 3.0\x00" + RESOURCE * more)


def gif(more: int) -> bytes:
    return GIF[:19] + b"!\xfe" + b"\x01-" * more + b"\x00" + GIF[19:]


def gif_with_junk(more: int) -> bytes:
    return GIF[:19] + bytes(more) + GIF[19:]


def tiff(more: int) -> bytes:
    entries = raw.tiff_entries(9, 9, 8 + 2 + 12 * (9 + more) + 4, 81)
    return raw.tiff([*entries, *((1000 + n, 3, 1, 1) for n in range(more))], 0, bytes(81))


MAKERS = [png, jpeg, jpeg_with_junk, jpeg_with_resources, gif, gif_with_junk, tiff]


def look(data: bytes, most: int = 1000) -> None:
    inspect(SourceImage(data), ImageLimits(max_image_pieces=most), "images[0]")


@pytest.mark.parametrize("made", MAKERS)
def test_many_pieces_are_too_many(made: object) -> None:
    assert callable(made)
    look(made(900))
    with pytest.raises(TooLarge, match="pieces") as refused:
        look(made(1001))
    assert refused.value.limit == "limits.max_image_pieces"


@pytest.mark.parametrize("made", [png, jpeg, gif, jpeg_with_junk])
def test_a_file_full_of_them_takes_no_time(made: object) -> None:
    assert callable(made)
    crumbs = made(1_000_000)
    started = time.process_time()
    with pytest.raises(TooLarge):
        look(crumbs, ImageLimits().max_image_pieces)
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP", "AVIF"])
def test_what_a_writer_makes_has_few(kind: str) -> None:
    look(encoded(photo(), kind), 100)
