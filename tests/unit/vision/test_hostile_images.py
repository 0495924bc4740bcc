"""Bytes made to break the reader: all that may come out is our own error, or a picture."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candor.domain.errors import InvalidExchange
from candor.domain.exchange import SourceImage
from candor.domain.vision.image import WORK_SIDE, ImageLimits, decode, inspect
from candor.domain.vision.raster import target
from tests import images

# In service Pillow's warnings about odd metadata are just that; here they would be errors.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")

LIMITS = ImageLimits(max_image_pixels=1_000_000)
SOUND = [
    images.encoded(images.corners(), "PNG"),
    images.encoded(images.corners().convert("RGBA"), "PNG"),
    images.encoded(images.corners().quantize(8), "PNG", transparency=1),
    images.encoded(images.corners(), "JPEG", exif=b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01"),
    images.encoded(images.corners(), "WEBP"),
    images.encoded(images.corners(), "BMP"),
    images.encoded(images.corners(), "TIFF"),
    images.encoded(images.corners(), "TIFF", compression="tiff_lzw"),
    images.encoded(images.corners(), "AVIF"),
    images.stored_as(images.corners(), 6).data,
    images.stored_as(images.corners(), 6, "PNG").data,
    images.animation(3).data,
    images.animation(3, "PNG").data,
    images.animation(3, "WEBP").data,
    images.animation(3, "TIFF").data,
]
SIGNATURES = sorted({data[:12] for data in SOUND})
bounded = settings(suppress_health_check=[HealthCheck.too_slow])


def look_at(data: bytes) -> None:
    """Raises: anything but InvalidExchange is a bug."""
    source = SourceImage(data)
    try:
        facts = inspect(source, LIMITS, "images[0]")
        raster = decode(source, "images[0]")
    except InvalidExchange:
        return
    assert raster.mode == "RGB"
    assert raster.size == target((facts.width, facts.height), WORK_SIDE)


@bounded
@given(st.sampled_from(SIGNATURES), st.binary(max_size=300))
def test_random_bytes_behind_a_signature(signature: bytes, rest: bytes) -> None:
    look_at(signature + rest)


@bounded
@given(
    st.sampled_from(SOUND),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=8),
)
def test_sound_images_with_some_bytes_changed(data: bytes, changes: list[tuple[int, int]]) -> None:
    broken = bytearray(data)
    for place, value in changes:
        broken[place % len(broken)] = value
    look_at(bytes(broken))


@bounded
@given(
    st.sampled_from(SOUND), st.integers(0, 10**6), st.integers(0, 10**6), st.binary(max_size=40)
)
def test_sound_images_with_a_piece_replaced(
    data: bytes, start: int, length: int, piece: bytes
) -> None:
    start %= len(data)
    look_at(data[:start] + piece + data[start + length % 64 :])
