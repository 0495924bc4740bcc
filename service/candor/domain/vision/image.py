"""Open what the caller sent: type from the bytes, limits from the header, one upright raster."""

from dataclasses import dataclass, field

from PIL import Image
from pydantic import BaseModel, ConfigDict, Field

from candor.domain.errors import TooLarge
from candor.domain.exchange import SourceImage
from candor.domain.vision import frames, pieces, weight
from candor.domain.vision.opening import MEDIA_TYPES, loaded, opened, orientation
from candor.domain.vision.raster import Averaged, averaged, target

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
        240_000_000,
        gt=0,
        description="Memory that decoding may take, estimated from format and size before: 12.2 "
        "bytes per pixel for WebP, 16.8 for AVIF; else 1 to 4, and as much again for what it is "
        "unpacked or scaled through. An image over it is refused; images that are over it "
        "together are decoded one after the other.",
    )
    max_scanned_pixels: int = Field(
        750_000_000,
        gt=0,
        description="Pixels of a progressive JPEG times its scans: each goes over all of them. Of "
        "a BMP in run lengths, pixels or bytes times 250.",
    )
    max_image_pieces: int = Field(
        20_000,
        gt=0,
        description="Chunks of a PNG, segments before the pixels of a JPEG, blocks before those "
        "of a GIF, entries of a TIFF: each takes time, however small.",
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
    _check_pieces(source.data, limits.max_image_pieces, place)
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


def _check_pieces(data: bytes, allowed: int, place: str) -> None:
    if pieces.exceed(allowed, data):
        raise TooLarge(
            f"the image file consists of more than {allowed} pieces",
            field=place,
            limit="limits.max_image_pieces",
            hint="save it again without its metadata",
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
    needed = weight.bytes_to_decode(image, data, WORK_SIDE)
    if needed > limits.max_decoded_bytes:
        raise TooLarge(
            f"the image takes some {needed // 2**20} MiB to decode; "
            f"{limits.max_decoded_bytes // 2**20} are allowed",
            field=place,
            limit="limits.max_decoded_bytes",
            hint="send a smaller image, or the same as JPEG",
        )
    if weight.scanned_pixels(image, data) > limits.max_scanned_pixels:
        raise TooLarge(
            "the image takes long to decode: a JPEG with many scans, or a BMP in run lengths",
            field=place,
            limit="limits.max_scanned_pixels",
            hint="save it as a baseline JPEG, or as PNG",
        )
    return needed


def decode(source: SourceImage, place: str, max_side: int = WORK_SIDE) -> Image.Image:
    """The first frame as upright RGB, alpha flattened on white, longest side at most `max_side`.

    A file that is cut off is refused. One that properly ends before its last row cannot be told
    from a sound one here: its rest is blank or grey, as it is in the viewers that show it.

    CPU work: call it through a `Pool`.

    Raises: InvalidExchange.
    """
    frame = _first_frame(source, place, max_side)
    # Made after the full raster is gone, so that the allocator can give its memory back, which
    # a small one lying above it on the heap would hold on to.
    raster = frame.averaged.scaled(frame.size)
    if frame.turn is not None:
        return raster.transpose(frame.turn)
    return raster


@dataclass(frozen=True, slots=True)
class _Frame:
    """As stored: what it becomes at `size`, and how to turn it upright."""

    averaged: Averaged
    size: tuple[int, int]
    turn: Image.Transpose | None


def _first_frame(source: SourceImage, place: str, max_side: int) -> _Frame:
    with opened(source, place) as image:
        turn = _TURNS.get(orientation(image))
        size = target(image.size, max_side)
        # Lets libjpeg decode a large photo at a fraction of its size.
        image.draft("RGB", size)
        return _Frame(averaged(loaded(image), size), size, turn)
