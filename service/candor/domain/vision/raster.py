"""Bring any decoded image to 8-bit RGB at working size. CPU work: use a `Pool`."""

import sys
from dataclasses import dataclass

from PIL import Image

from candor.domain.vision.geometry import BoxRegion

_BILINEAR = Image.Resampling.BILINEAR
# Beyond this there is nothing more to see, and every pixel costs the reader tokens.
MOST_ENLARGED = 8
# Modes of 16 bits, and where in each pair of bytes the high one is.
_SIXTEEN_BITS = {"I;16": 1, "I;16L": 1, "I;16B": 0, "I;16N": int(sys.byteorder == "little")}
# Modes that can be scaled as they are: their pixels are amounts, not numbers of colours.
_AMOUNTS = ("L", "RGB", "RGBX", "CMYK", "YCbCr")
_NUMBERS = ("I", "F")
_BAND_PIXELS = 2**19


def target(size: tuple[int, int], max_side: int) -> tuple[int, int]:
    """The size with the same shape whose longest side is at most `max_side`."""
    scale = min(max_side / max(size), 1)
    return max(round(size[0] * scale), 1), max(round(size[1] * scale), 1)


def fitted(raster: Image.Image, max_side: int) -> Image.Image:
    """A copy whose longest side is at most `max_side` pixels. At half the size or less, whole
    pixels are averaged first: it takes a fifth of the time."""
    return raster.resize(target(raster.size, max_side), _BILINEAR, reducing_gap=1.0)


def cut_out(raster: Image.Image, place: BoxRegion) -> Image.Image:
    """A copy of one part."""
    return raster.crop((place.x, place.y, place.x + place.width, place.y + place.height))


def enlarged(raster: Image.Image, place: BoxRegion, max_side: int) -> Image.Image:
    """One part, its longest side `max_side` pixels, or `MOST_ENLARGED` times its own where
    that is less."""
    scale = min(max_side / max(place.width, place.height), MOST_ENLARGED)
    size = (max(1, round(place.width * scale)), max(1, round(place.height * scale)))
    return cut_out(raster, place).resize(size, Image.Resampling.BICUBIC)


@dataclass(frozen=True, slots=True)
class Averaged:
    """Less than twice the size asked for. `across` and `down` are the image's sides in pixels of
    `raster`, whose last column and row may stand for fewer pixels than the others."""

    raster: Image.Image
    across: float
    down: float

    def scaled(self, size: tuple[int, int]) -> Image.Image:
        """RGB, alpha flattened on white."""
        small = self.raster
        if small.size != size:
            small = small.resize(size, _BILINEAR, box=(0, 0, self.across, self.down))
        return _in_rgb(small)


def averaged(image: Image.Image, size: tuple[int, int]) -> Averaged:
    """The first step to `size`. What it gives holds nothing of `image`, which can be let go.

    Never holds a large image twice: it is scaled as it is, or turned into RGB band by band.
    """
    by = (image.width // size[0], image.height // size[1])
    plain = image.mode in _AMOUNTS and "transparency" not in image.info
    if not plain and image.mode not in _NUMBERS:
        return Averaged(_in_bands(image, by), image.width / by[0], image.height / by[1])
    if by == (1, 1):
        return Averaged(image.resize(size, _BILINEAR), *size)
    return Averaged(image.reduce(by), image.width / by[0], image.height / by[1])


def _in_bands(image: Image.Image, by: tuple[int, int]) -> Image.Image:
    rows = max(_BAND_PIXELS // image.width // by[1], 1) * by[1]
    whole = Image.new("RGB", (-(-image.width // by[0]), -(-image.height // by[1])))
    for top in range(0, image.height, rows):
        band = image.crop((0, top, image.width, min(top + rows, image.height)))
        whole.paste(_flat(band).reduce(by), (0, top // by[1]))
    return whole


def _flat(image: Image.Image) -> Image.Image:
    if image.mode in _SIXTEEN_BITS:
        # Pillow would clip 16 bits to white; the high byte is what a viewer shows.
        high = image.tobytes()[_SIXTEEN_BITS[image.mode] :: 2]
        image = Image.frombytes("L", image.size, high)
    return _on_white(image) if image.has_transparency_data else image.convert("RGB")


def _on_white(image: Image.Image) -> Image.Image:
    colours = image.convert("RGBA")
    flat = Image.new("RGB", image.size, "white")
    flat.paste(colours, mask=colours.getchannel("A"))
    return flat


def _in_rgb(image: Image.Image) -> Image.Image:
    if image.mode in _NUMBERS:
        image = _stretched(image)
    return image if image.mode == "RGB" else image.convert("RGB")


def _stretched(image: Image.Image) -> Image.Image:
    """Measurements without a fixed range: the lowest becomes black, the highest white, unless
    they are within 0..255 already. Only TIFF has such images."""
    # It takes 0.1 s and 15 MB, and next to nobody sends one.
    import numpy as np  # noqa: PLC0415

    values = np.array(image, dtype=np.float64)
    np.nan_to_num(values, copy=False, posinf=0, neginf=0)
    low, high = float(values.min()), float(values.max())
    fits = low >= 0 and 1 < high <= 255
    if not fits:
        values -= low
        values *= 255 / (high - low) if high > low else 0
    return Image.fromarray(values.round(out=values).astype(np.uint8))
