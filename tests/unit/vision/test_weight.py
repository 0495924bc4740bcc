"""What an image will cost is told before it is decoded."""

import pytest
from PIL import Image

from candor.domain.errors import TooLarge
from candor.domain.exchange import SourceImage
from candor.domain.vision.image import ImageLimits, inspect
from tests.hostile_images import raw
from tests.images import corners, encoded, source

PROGRESSIVE = encoded(corners(), "JPEG", progressive=True)


@pytest.mark.parametrize(
    ("mode", "kind", "per_pixel"),
    [
        ("RGB", "WEBP", 16.8),
        ("RGBA", "PNG", 10.1),
        ("LA", "PNG", 10.1),
        ("P", "GIF", 6.4),
        ("1", "TIFF", 6.4),
        ("RGB", "PNG", 5.4),
        ("RGB", "JPEG", 4.0),
    ],
)
def test_the_format_says_what_a_pixel_takes(mode: str, kind: str, per_pixel: float) -> None:
    image = source(Image.new(mode, (100, 100)), kind)
    enough = round(10_000 * per_pixel)
    inspect(image, ImageLimits(max_decoded_bytes=enough), "images[0]")
    with pytest.raises(TooLarge, match="to decode") as refused:
        inspect(image, ImageLimits(max_decoded_bytes=enough - 1), "images[0]")
    assert refused.value.limit == "limits.max_decoded_bytes"


def looked_at(data: bytes, most: int) -> None:
    inspect(SourceImage(data), ImageLimits(max_scanned_pixels=most), "images[0]")


def test_each_scan_of_a_jpeg_counts() -> None:
    many = raw.with_more_scans(PROGRESSIVE, 100)
    scans = PROGRESSIVE.count(b"\xff\xda") + 100
    looked_at(many, scans * 60 * 40)
    with pytest.raises(TooLarge, match=f"{scans} scans") as refused:
        looked_at(many, scans * 60 * 40 - 1)
    assert refused.value.limit == "limits.max_scanned_pixels"


def test_scans_of_what_lies_in_or_behind_a_jpeg_do_not_count() -> None:
    film = PROGRESSIVE + b"\xff\xda" * 10_000
    inside = raw.with_segment(film, 0xE5, b"\xff\xda" * 10_000)
    looked_at(inside, 20 * 60 * 40)
