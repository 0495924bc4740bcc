"""Open hostile bytes with Pillow: few formats, no surprises in size, one kind of error."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from io import BytesIO

from PIL import Image

from candor.domain.errors import CandorError, InvalidExchange, TooLarge
from candor.domain.exchange import SourceImage

# Formats we read, by Pillow's name. Nothing else is ever tried on hostile bytes.
MEDIA_TYPES = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
    "AVIF": "image/avif",
}
_READERS = ("Png", "Jpeg", "Mpo", "WebP", "Gif", "Bmp", "Tiff", "Avif")
_ORIENTATION = 0x0112
_SIGNATURE_BYTES = 16


@contextmanager
def opened(source: SourceImage, place: str) -> Iterator[Image.Image]:
    """The image with its header read and its pixels not yet decoded.

    Keep nothing but the work on the image inside the block: whatever fails there is laid on
    the image's bytes.

    Raises: InvalidExchange, TooLarge.
    """
    try:
        with _recognised(source.data, place) as image:
            yield image
    except CandorError:
        raise
    except Image.DecompressionBombError as exc:
        # Not our limit but one built into Pillow's WebP and GIF readers.
        raise TooLarge(
            "the image has more pixels than its format's reader takes",
            field=place,
            limit="limits.max_image_pixels",
            hint="send a smaller image",
        ) from exc
    except Exception as exc:
        # Pillow's readers fail in every way there is: OSError, struct.error, zlib.error,
        # MemoryError, AssertionError. Hostile bytes must not become a server error.
        raise _invalid("the image is damaged or malformed: it cannot be decoded", place) from exc


def _recognised(data: bytes, place: str) -> Image.Image:
    """By signature, like `Image.open`, but without its check against a process-wide number of
    pixels: it would warn or fail below the limit that an operator has set. Ours follows."""
    _load_readers()
    for name in MEDIA_TYPES:
        if name in Image.OPEN:
            factory, accept = Image.OPEN[name]
            if accept is not None and accept(data[:_SIGNATURE_BYTES]) is True:
                return factory(BytesIO(data), "")
    raise _invalid("the bytes are not an image in a format that Candor reads", place)


@cache
def _load_readers() -> None:
    """Pillow's own `init` loads those of forty formats, while the first image waits."""
    for name in _READERS:
        import_module(f"PIL.{name}ImagePlugin")


def _invalid(message: str, place: str) -> InvalidExchange:
    known = ", ".join(sorted({kind.removeprefix("image/") for kind in MEDIA_TYPES.values()}))
    return InvalidExchange(
        message, field=place, kind="invalid-image", hint=f"send one of: {known}"
    )


def orientation(image: Image.Image) -> int:
    """How the raster must be turned, 1..8 as in EXIF 2.32, section 4.6.4. Ask before loading."""
    if image.format == "TIFF":
        return 1  # Pillow turns these itself.
    # Of the base class: that of PNG decodes all pixels, to find EXIF data behind them.
    found = Image.Image.getexif(image).get(_ORIENTATION, 1)
    return found if found in range(1, 9) else 1


def loaded(image: Image.Image) -> Image.Image:
    """The first frame with its pixels, at the end of `opened`: nothing else may follow.

    Of WebP, Pillow holds its decoder's two canvases while it makes the raster: a third more than
    without, so here they go first."""
    if image.format != "WEBP":
        image.load()
        return image
    kept = vars(image)
    pixels, _ = kept.pop("_decoder").get_next()
    mode = kept["rawmode"]
    return Image.frombuffer(mode, image.size, pixels, "raw", mode, 0, 1)
