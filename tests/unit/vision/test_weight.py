"""What an image will cost is told before it is decoded."""

from typing import Any

import pytest
from PIL import Image

from candor.domain.errors import TooLarge
from candor.domain.exchange import SourceImage
from candor.domain.vision.image import ImageLimits, inspect
from tests.hostile_images import raw
from tests.images import corners, encoded, source

PROGRESSIVE = encoded(corners(), "JPEG", progressive=True)


@pytest.mark.parametrize(
    ("mode", "kind", "options", "per_pixel"),
    [
        ("RGB", "WEBP", {}, 12.2),
        ("RGB", "AVIF", {}, 16.8),
        ("RGBA", "PNG", {}, 8),
        ("P", "GIF", {}, 5),
        ("RGB", "PNG", {}, 8),
        ("I;16", "PNG", {}, 6),
        ("RGB", "JPEG", {}, 8),
        ("RGB", "JPEG", {"progressive": True, "subsampling": 0}, 10),
        ("RGB", "JPEG", {"progressive": True, "subsampling": 2}, 8),
        ("CMYK", "JPEG", {"progressive": True}, 12),
        ("RGB", "TIFF", {"tiffinfo": {274: 6}}, 8),
    ],
)
def test_the_format_says_what_a_pixel_takes(
    mode: str, kind: str, options: dict[str, Any], per_pixel: float
) -> None:
    image = source(Image.new(mode, (100, 100)), kind, **options)
    enough = round(10_000 * per_pixel)
    inspect(image, ImageLimits(max_decoded_bytes=enough), "images[0]")
    with pytest.raises(TooLarge, match="to decode") as refused:
        inspect(image, ImageLimits(max_decoded_bytes=enough - 1), "images[0]")
    assert refused.value.limit == "limits.max_decoded_bytes"


@pytest.mark.parametrize(("kind", "per_pixel"), [("PNG", 4 + 4 / 9), ("JPEG", 2)])
def test_of_a_large_image_a_small_copy_is_made(kind: str, per_pixel: float) -> None:
    image = source(Image.new("RGB", (6000, 6000)), kind)
    facts = inspect(image, ImageLimits(), "images[0]")
    assert facts.bytes_to_decode == pytest.approx(6000 * 6000 * per_pixel, rel=1e-3)


def looked_at(data: bytes, most: int) -> None:
    inspect(SourceImage(data), ImageLimits(max_scanned_pixels=most), "images[0]")


def test_each_scan_of_a_jpeg_counts() -> None:
    large = encoded(corners(300, 200), "JPEG", progressive=True)
    scans = large.count(b"\xff\xda") + 100
    many = raw.with_more_scans(large, 100)
    looked_at(many, scans * 300 * 200)
    with pytest.raises(TooLarge, match="scans") as refused:
        looked_at(many, scans * 300 * 200 - 1)
    assert refused.value.limit == "limits.max_scanned_pixels"


def test_a_scan_takes_its_time_however_small_the_jpeg() -> None:
    with pytest.raises(TooLarge, match="scans"):
        looked_at(raw.with_more_scans(PROGRESSIVE, 20_000), ImageLimits().max_scanned_pixels)


def test_scans_of_what_lies_in_or_behind_a_jpeg_do_not_count() -> None:
    film = PROGRESSIVE + b"\xff\xda" * 10_000
    inside = raw.with_segment(film, 0xE5, b"\xff\xda" * 10_000)
    looked_at(inside, 20 * 50_000)


def test_run_lengths_are_read_slowly() -> None:
    image = raw.bmp_in_runs(250, 40)
    looked_at(image, 250 * 10_000)
    with pytest.raises(TooLarge):
        looked_at(image, 250 * 10_000 - 1)
