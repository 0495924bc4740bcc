"""What decoding an image costs, told from its header. Few bytes can ask for much: a WebP file of
a hundred bytes for 600 MB, a JPEG of a megabyte for minutes."""

import math
from typing import cast

from PIL import Image, TiffImagePlugin

from candor.domain.vision import jpeg
from candor.domain.vision.raster import target

# Bytes for each pixel at the peak, as measured with Pillow 13.
_WEBP = 12.2
"""Two canvases of its decoder, in RGBA, and a copy of one."""
_AVIF = 16.8
# Of what Pillow decodes in place, by mode; 4 of every other.
_STORED = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16L": 2, "I;16B": 2, "I;16N": 2}
_WIDTH, _BITS, _ORIENTATION = 256, 258, 274
_ROWS_PER_STRIP, _TILE_WIDTH, _TILE_HEIGHT = 278, 322, 323
# Some are unpacked as RGBA.
_AT_LEAST_BITS = 32
_COEFFICIENT = 2
# However small the image, a scan takes as long as so many pixels.
_PIXELS_OF_A_SCAN = 50_000
# The reader of run-length BMP files is written in Python.
_RUN_LENGTHS = (1, 2)
_SLOW = 250


def bytes_to_decode(image: Image.Image, data: bytes, side: int) -> int:
    """Most memory that decoding takes, roughly, down to a longest side of `side` pixels. Ask
    before loading."""
    return round(_decoding(image, data, side))


def _decoding(image: Image.Image, data: bytes, side: int) -> float:
    pixels = image.width * image.height
    match image.format:
        case "WEBP":
            return pixels * _WEBP
        case "AVIF":
            return pixels * _AVIF
        case "JPEG" | "MPO":
            return _raster(image, side, _coefficients(image, data), drafted=True)
        case "TIFF":
            tiff = cast("TiffImagePlugin.TiffImageFile", image)
            return _raster(image, side, max(_strip(tiff), 4 * pixels * _turned(tiff)))
        case _:
            return _raster(image, side)


def _raster(image: Image.Image, side: int, beside: float = 0, *, drafted: bool = False) -> float:
    """What is decoded, and either what is held `beside` it meanwhile, or what it is averaged to
    then. A JPEG is decoded at a fraction of its size, as `Image.draft` has it."""
    across, down = target(image.size, side)
    by = min(image.width // across, image.height // down)
    draft = next(part for part in (8, 4, 2, 1) if by >= part) if drafted else 1
    pixels = image.width * image.height / draft**2
    return pixels * _STORED.get(image.mode, 4) + max(beside, 4 * pixels / (by // draft) ** 2)


def _coefficients(image: Image.Image, data: bytes) -> float:
    """Where one scan does not hold all of the image, libjpeg keeps what all hold, at full size."""
    layers: list[tuple[int, int, int, int]] = vars(image)["layer"]
    if "progressive" not in image.info and jpeg.layers_of_the_first_scan(data) == len(layers):
        return 0
    blocks = [across * down for _, across, down, _ in layers]
    most = math.prod(max(layer[i] for layer in layers) for i in (1, 2))
    return image.width * image.height * _COEFFICIENT * sum(blocks) / max(most, 1)


def _strip(image: TiffImagePlugin.TiffImageFile) -> float:
    """The largest piece that is unpacked at once: of the file's own choice, and no part of the
    raster."""
    bits = image.tag_v2.get(_BITS, 1)
    deep = max(sum(bits) if isinstance(bits, tuple) else bits, _AT_LEAST_BITS)
    pixels = image.width * image.height
    held = min(_number(image, _WIDTH, 0) * _number(image, _ROWS_PER_STRIP, pixels), pixels)
    if _TILE_WIDTH in image.tag_v2:
        held = _number(image, _TILE_WIDTH, 0) * _number(image, _TILE_HEIGHT, 0)
    return held * deep / 8


def _turned(image: TiffImagePlugin.TiffImageFile) -> bool:
    """Pillow turns these when it has decoded them, into a second raster."""
    return bool(image.getexif().get(_ORIENTATION, 1) != 1)


def _number(image: TiffImagePlugin.TiffImageFile, tag: int, otherwise: int) -> int:
    value = image.tag_v2.get(tag, otherwise)
    return max(value) if isinstance(value, tuple) else int(value)


def scanned_pixels(image: Image.Image, data: bytes) -> int:
    """How many a decoder goes over, as often as it does; 0 where it does so once, and fast."""
    pixels = image.width * image.height
    match image.format:
        case "JPEG" | "MPO":
            return max(pixels, _PIXELS_OF_A_SCAN) * jpeg.scans(data)
        case "BMP" if image.info.get("compression") in _RUN_LENGTHS:
            # Rows may hold more than fits into them: then the file's bytes are what takes time.
            return _SLOW * max(pixels, len(data))
        case _:
            return 0
