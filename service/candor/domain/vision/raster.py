"""Bring any decoded image to 8-bit RGB at working size. CPU work: use a `Pool`."""

import numpy as np
from PIL import Image

from candor.domain.vision.geometry import BoxRegion

_BILINEAR = Image.Resampling.BILINEAR
# Beyond this there is nothing more to see, and every pixel costs the reader tokens.
MOST_ENLARGED = 8
_SIXTEEN_BITS = ("I;16", "I;16L", "I;16B", "I;16N")
# Modes that can be scaled as they are: their pixels are amounts, not numbers of colours.
_SCALABLE = ("L", "LA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "I", "F")


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


def flattened(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """An RGB raster of this size, alpha flattened on white; it may be `image` itself.

    Scaled first, where the mode allows it: a large image is then held once, not twice.
    """
    image = _scalable(image)
    small = image
    if image.size != size:
        small = image.resize(size, _BILINEAR, reducing_gap=2.0)
    return _on_white(small) if small.has_transparency_data else _in_rgb(small)


def _scalable(image: Image.Image) -> Image.Image:
    if image.mode in _SIXTEEN_BITS:
        # Pillow would clip 16 bits to white; the high byte is what a viewer shows.
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if "transparency" in image.info:
        return image.convert("RGBA")
    if image.mode in _SCALABLE:
        return image
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _on_white(image: Image.Image) -> Image.Image:
    colours = image.convert("RGBA")
    flat = Image.new("RGB", image.size, "white")
    flat.paste(colours, mask=colours.getchannel("A"))
    return flat


def _in_rgb(image: Image.Image) -> Image.Image:
    if image.mode in ("I", "F"):
        image = _stretched(image)
    return image if image.mode == "RGB" else image.convert("RGB")


def _stretched(image: Image.Image) -> Image.Image:
    """Measurements without a fixed range: the lowest becomes black, the highest white, unless
    they are within 0..255 already."""
    values = np.nan_to_num(np.asarray(image, dtype=np.float64), posinf=0, neginf=0)
    low, high = float(values.min()), float(values.max())
    fits = low >= 0 and 1 < high <= 255
    if not fits:
        values = (values - low) * (255 / (high - low)) if high > low else values * 0
    return Image.fromarray(values.round().astype(np.uint8))
