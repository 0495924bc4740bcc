"""Bytes for models and for people. CPU work: use a `Pool`."""

import os
import tempfile
from io import BytesIO
from typing import IO

from PIL import Image

from candor.domain.exchange import SourceImage
from candor.domain.vision.image import ImageFacts, ModelImage

# What model endpoints commonly take without conversion.
_SENDABLE = {"image/png", "image/jpeg", "image/webp"}
# Above 85 the bytes grow faster than anything that can be seen.
_JPEG_QUALITY = 85
# Longest side, in pixels, from which thin coloured marks survive halved colours.
_WIDE_STROKES = 640


def encode_jpeg(raster: Image.Image) -> ModelImage:
    """Of larger pictures, colours at half the resolution: marks are wide enough there, and it
    takes a third less time and bytes."""
    halved = 2 if max(raster.size) >= _WIDE_STROKES else 0
    with _scratch() as file:
        raster.save(file, format="JPEG", quality=_JPEG_QUALITY, subsampling=halved)
        file.seek(0)
        return ModelImage("image/jpeg", file.read(), *raster.size)


def _scratch() -> IO[bytes]:
    """A file in memory, where the system has them. Into a file's descriptor Pillow encodes with
    the interpreter's lock let go; into a `BytesIO` it would hold up the event loop meanwhile."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("candor-jpeg"), "w+b")
    return tempfile.TemporaryFile()


def encode_png(raster: Image.Image) -> bytes:
    """Lossless, for people."""
    buffer = BytesIO()
    raster.save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()


def as_sent(source: SourceImage, facts: ImageFacts, max_side: int) -> ModelImage | None:
    """The caller's own bytes where a model can take them as they are."""
    fits = max(facts.width, facts.height) <= max_side
    plain = facts.upright and facts.opaque and facts.frames == 1
    if fits and plain and facts.media_type in _SENDABLE:
        return ModelImage(facts.media_type, source.data, facts.width, facts.height)
    return None
