"""Open what the caller sent: type from the bytes, limits from the header, one upright raster."""

from dataclasses import dataclass, field

from PIL import Image
from pydantic import BaseModel, ConfigDict, Field

from candor.domain.errors import TooLarge
from candor.domain.exchange import SourceImage
from candor.domain.vision import frames, weight
from candor.domain.vision.opening import MEDIA_TYPES, opened, orientation
from candor.domain.vision.raster import flattened, target

# EXIF 2.32, section 4.6.4: how a viewer turns the stored raster upright.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SWAP_SIDES = (5, 6, 7, 8)
# Raster that all work is done on: text stays legible, memory stays small.
WORK_SIDE = 2000


class ImageLimits(BaseModel):
    """What one exchange may bring."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_images: int = Field(16, ge=0, description="Images per request.")
    max_image_bytes: int = Field(20 * 2**20, gt=0, description="Bytes per image.")
    max_image_pixels: int = Field(
        50_000_000, gt=0, description="Width times height per image, checked before decoding."
    )
    max_decoded_bytes: int = Field(
        256 * 2**20,
        gt=0,
        description="Memory that decoding may take, estimated from format and size before: 16.8 "
        "bytes per pixel for WebP and AVIF, 10.1 with transparency, 4 for JPEG, 5.4 to 6.4 "
        "otherwise. An image over it is refused; images that are over it together are decoded one "
        "after the other.",
    )
    max_scanned_pixels: int = Field(
        1_000_000_000,
        gt=0,
        description="Pixels of a progressive JPEG times its scans: each goes over all of them.",
    )


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What the header says; `width` and `height` in pixels of the upright image."""

    media_type: str
    width: int
    height: int
    frames: int
    """Exact up to `frames.MAX_COUNTED_FRAMES`."""
    upright: bool
    """False where EXIF says that the stored raster must be turned."""
    opaque: bool
    bytes_to_decode: int = 0
    """Most memory that decoding takes, roughly."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class ModelImage:
    """An encoded image for a model; `media_type` is that of the bytes, sizes in pixels.

    Compared by identity, so that an adapter can keep what it made of it.
    """

    media_type: str
    data: bytes = field(repr=False)
    width: int
    height: int


def inspect(source: SourceImage, limits: ImageLimits, place: str) -> ImageFacts:
    """Read the header only. `place` names the image in errors (`images[0]`).

    CPU work: call it through a `Pool`.

    Raises: InvalidExchange, TooLarge.
    """
    with opened(source, place) as image:
        width, height = image.size
        _check_pixels(width, height, limits.max_image_pixels, place)
        needed = _checked_weight(image, source.data, limits, place)
        turn = orientation(image)
        if turn in _SWAP_SIDES:
            width, height = height, width
        return ImageFacts(
            media_type=MEDIA_TYPES[image.format or ""],
            width=width,
            height=height,
            upright=turn == 1,
            bytes_to_decode=needed,
            opaque=not image.has_transparency_data and image.mode in ("RGB", "L"),
            # Last: counting may seek.
            frames=frames.count(image, source.data),
        )


def _check_pixels(width: int, height: int, allowed: int, place: str) -> None:
    if width * height > allowed:
        raise TooLarge(
            f"the image has {width}x{height} pixels; {allowed} are allowed in all",
            field=place,
            limit="limits.max_image_pixels",
        )


def _checked_weight(image: Image.Image, data: bytes, limits: ImageLimits, place: str) -> int:
    """In bytes."""
    needed = weight.bytes_to_decode(image)
    if needed > limits.max_decoded_bytes:
        raise TooLarge(
            f"the image takes some {needed // 2**20} MiB to decode; "
            f"{limits.max_decoded_bytes // 2**20} are allowed",
            field=place,
            limit="limits.max_decoded_bytes",
            hint="send a smaller image, or the same as JPEG",
        )
    scans = weight.scans(image, data)
    if scans * image.width * image.height > limits.max_scanned_pixels:
        raise TooLarge(
            f"the JPEG has {scans} scans, which are too many for its size",
            field=place,
            limit="limits.max_scanned_pixels",
            hint="save it with fewer scans, or as a baseline JPEG",
        )
    return needed


def decode(source: SourceImage, place: str, max_side: int = WORK_SIDE) -> Image.Image:
    """The first frame as upright RGB, alpha flattened on white, longest side at most `max_side`.

    A file that is cut off is refused. One that properly ends before its last row cannot be told
    from a sound one here: its rest is blank or grey, as it is in the viewers that show it.

    CPU work: call it through a `Pool`.

    Raises: InvalidExchange.
    """
    turned = _first_frame(source, place, max_side)
    if turned.turn is not None:
        return turned.raster.transpose(turned.turn)
    # Of a smaller one, a new raster: made after the full one is gone, it lets the allocator give
    # that memory back, which a small one lying above it on the heap would hold on to.
    return turned.raster if turned.whole else turned.raster.copy()


@dataclass(frozen=True, slots=True)
class _Turned:
    """A raster as stored, and how to turn it upright; `whole` as it was decoded, not scaled."""

    raster: Image.Image
    turn: Image.Transpose | None
    whole: bool


def _first_frame(source: SourceImage, place: str, max_side: int) -> _Turned:
    with opened(source, place) as image:
        turn = _TURNS.get(orientation(image))
        size = target(image.size, max_side)
        # Lets libjpeg decode a large photo at a fraction of its size.
        image.draft("RGB", size)
        image.load()
        raster = flattened(image, size)
        # The file's own is copied as long as the file is open.
        return _Turned(raster.copy() if raster is image else raster, turn, image.size == size)
