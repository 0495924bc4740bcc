"""Small sound files of every format, for the fuzzer to spoil."""

import functools
from typing import Any

from PIL import Image

from candor.domain.exchange import SourceImage
from tests.images import animation, corners, encoded, stored_as

_SIDES = (9, 7)


@functools.cache
def image_files() -> tuple[bytes, ...]:
    upright = corners(*_SIDES)
    alpha = upright.convert("RGBA")
    alpha.putalpha(90)
    made = [
        _file(upright, "PNG"),
        _file(upright.convert("P"), "PNG", transparency=0),
        _file(upright.convert("1"), "PNG"),
        _file(alpha, "PNG"),
        _file(Image.new("I;16", _SIDES, 40_000), "PNG"),
        _file(upright, "JPEG"),
        _file(upright.convert("CMYK"), "JPEG"),
        _file(upright, "JPEG", progressive=True),
        _file(alpha, "WEBP", lossless=True),
        _file(upright, "WEBP"),
        _file(upright, "GIF"),
        _file(upright, "BMP"),
        _file(upright.convert("P"), "BMP"),
        *(_file(upright, "TIFF", compression=kind) for kind in (None, "tiff_lzw", "jpeg")),
        _file(upright.convert("1"), "TIFF", compression="group4"),
        stored_as(upright, 6).data,
        animation(3, "GIF", _SIDES).data,
        animation(3, "PNG", _SIDES).data,
        animation(2, "TIFF", _SIDES).data,
        animation(2, "WEBP", _SIDES).data,
    ]
    return tuple(made)


def _file(image: Image.Image, kind: str, **options: Any) -> bytes:
    given = {name: value for name, value in options.items() if value is not None}
    return SourceImage(encoded(image, kind, **given)).data
