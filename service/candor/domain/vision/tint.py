"""Show a mask: the thing under a veil of colour, with an outline that stands out."""

from PIL import Image, ImageChops, ImageFilter

from candor.domain.vision.geometry import BoxRegion
from candor.domain.vision.instruments import Mask
from candor.domain.vision.palette import HALO, Colour

# The thing must still be seen.
_VEIL = 72


def covered(mask: Mask, size: tuple[int, int]) -> BoxRegion:
    """The box around the thing in pixels of an image of this size; `mask` is not empty."""
    height, width = mask.shape
    left, top, right, bottom = Image.fromarray(mask.astype("uint8")).getbbox() or (0, 0, 1, 1)
    box = BoxRegion(left, top, right - left, bottom - top)
    return box.scaled(size[0] / width, size[1] / height)


def tint(image: Image.Image, mask: Mask, colour: Colour, stroke: int) -> None:
    """Draws on `image`; `mask` covers all of it, whatever its size. `stroke` is odd, in pixels.

    CPU work: call it through a `Pool`.
    """
    small = Image.fromarray(mask.astype("uint8") * 255)
    whole = small.resize(image.size, Image.Resampling.BILINEAR)
    thing = whole.point([0] * 128 + [255] * 128)
    image.paste(colour, mask=thing.point([0] * 128 + [_VEIL] * 128))
    wide = thing.filter(ImageFilter.MaxFilter(stroke + 2))
    image.paste(HALO, mask=ImageChops.difference(wide, thing))
    edge = thing.filter(ImageFilter.MaxFilter(stroke))
    image.paste(colour, mask=ImageChops.difference(edge, thing))
