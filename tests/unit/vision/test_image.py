import re
import resource
import struct
import sys
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from candor.domain.errors import InvalidExchange, TooLarge
from candor.domain.exchange import SourceImage
from candor.domain.vision.image import WORK_SIDE, ImageFacts, ImageLimits, decode, inspect
from tests import images

LIMITS = ImageLimits()
PLACE = "images[0]"
FORMATS = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
    "AVIF": "image/avif",
}


def facts_of(source: SourceImage) -> ImageFacts:
    return inspect(source, LIMITS, PLACE)


def close(pixel: object, colour: tuple[int, int, int], by: int = 24) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(a - b) <= by for a, b in zip(pixel, colour, strict=True))


def assert_upright(raster: Image.Image, by: int = 24) -> None:
    across, down = raster.width // 4, raster.height // 4
    assert raster.mode == "RGB"
    assert close(raster.getpixel((across, down)), images.RED, by)
    assert close(raster.getpixel((3 * across, down)), images.GREEN, by)
    assert close(raster.getpixel((across, 3 * down)), images.BLUE, by)
    assert close(raster.getpixel((3 * across, 3 * down)), images.WHITE, by)


@pytest.mark.parametrize(("kind", "media_type"), FORMATS.items())
def test_every_format_is_known_by_its_bytes_and_decoded(kind: str, media_type: str) -> None:
    source = images.source(images.corners(), kind)

    facts = facts_of(source)

    assert (facts.media_type, facts.width, facts.height) == (media_type, 60, 40)
    assert (facts.frames, facts.upright) == (1, True)
    assert_upright(decode(source, PLACE), by=40)


def test_a_page_of_html_is_not_an_image_whatever_it_is_called() -> None:
    with pytest.raises(InvalidExchange) as refused:
        facts_of(SourceImage(b"<!doctype html><title>receipt.png</title>"))

    assert refused.value.kind == "invalid-image"
    assert refused.value.field == PLACE
    assert "png" in refused.value.hint


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM", b"\xff\xd8\xff"])
def test_a_bare_signature_is_not_an_image(data: bytes) -> None:
    with pytest.raises(InvalidExchange):
        facts_of(SourceImage(data))


def test_a_format_that_is_not_on_the_list_is_never_opened() -> None:
    with pytest.raises(InvalidExchange):
        facts_of(images.source(images.corners(), "PPM"))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_image_stored_in_any_orientation_is_seen_upright(kind: str, orientation: int) -> None:
    source = images.stored_as(images.corners(), orientation, kind)

    facts = facts_of(source)
    raster = decode(source, PLACE)

    assert (facts.width, facts.height) == raster.size == (60, 40)
    assert_upright(raster, by=40)


def test_an_impossible_orientation_counts_as_none() -> None:
    source = images.stored_as(images.corners(), 99)

    assert facts_of(source).upright
    assert_upright(decode(source, PLACE))


def glass(mode: str) -> SourceImage:
    """The left half is see-through black, the right half is black, however the mode says so."""
    image = Image.new("RGBA", (20, 10), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (10, 0, 20, 10))
    if mode == "P":
        coloured = Image.new("P", (20, 10), 1)
        coloured.putpalette([0, 0, 0, 0, 0, 0])
        coloured.paste(0, (0, 0, 10, 10))
        return images.source(coloured, transparency=0)
    if mode == "RGB with a see-through colour":
        plain = Image.new("RGB", (20, 10), (0, 0, 0))
        plain.paste((9, 9, 9), (0, 0, 10, 10))
        return images.source(plain, transparency=(9, 9, 9))
    return images.source(image.convert(mode))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "RGB with a see-through colour"])
def test_what_is_see_through_is_white(mode: str) -> None:
    source = glass(mode)

    raster = decode(source, PLACE)

    assert not facts_of(source).opaque
    assert close(raster.getpixel((3, 5)), images.WHITE, by=0)
    assert close(raster.getpixel((16, 5)), (0, 0, 0), by=0)


def test_a_large_see_through_image_is_scaled_without_dark_seams() -> None:
    image = Image.new("RGBA", (WORK_SIDE * 2, 40), (0, 0, 0, 0))
    image.paste((255, 255, 255, 255), (0, 0, WORK_SIDE, 40))

    raster = decode(images.source(image), PLACE)

    assert raster.getextrema() == ((255, 255), (255, 255), (255, 255))


def grey_ramp(dtype: type, highest: float) -> Image.Image:
    return Image.fromarray(np.tile(np.linspace(0, highest, 64).astype(dtype), (8, 1)))


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(images.source(grey_ramp(np.uint16, 65535)), id="16 bit PNG"),
        pytest.param(images.source(grey_ramp(np.uint16, 65535), "TIFF"), id="16 bit TIFF"),
        pytest.param(images.source(grey_ramp(np.int32, 2_000_000), "TIFF"), id="32 bit TIFF"),
        pytest.param(images.source(grey_ramp(np.float32, 1.0), "TIFF"), id="float TIFF 0..1"),
        pytest.param(images.source(grey_ramp(np.float32, 255.0), "TIFF"), id="float TIFF 0..255"),
    ],
)
def test_deep_greys_keep_their_shades(source: SourceImage) -> None:
    raster = decode(source, PLACE)

    shades = [raster.getpixel((x, 4)) for x in (0, 32, 63)]
    assert close(shades[0], (0, 0, 0), by=2)
    assert close(shades[1], (129, 129, 129), by=3)
    assert close(shades[2], (255, 255, 255), by=2)


def test_a_float_image_without_a_usable_number_is_black_and_not_an_error() -> None:
    nothing = Image.fromarray(np.full((8, 8), np.nan, dtype=np.float32))

    raster = decode(images.source(nothing, "TIFF"), PLACE)

    assert raster.getextrema() == ((0, 0), (0, 0), (0, 0))


@pytest.mark.parametrize(
    ("mode", "kind"), [("CMYK", "JPEG"), ("CMYK", "TIFF"), ("YCbCr", "TIFF"), ("P", "GIF")]
)
def test_other_colour_models_become_rgb(mode: str, kind: str) -> None:
    assert_upright(decode(images.source(images.corners().convert(mode), kind), PLACE), by=60)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_one_bit_pages_are_read(kind: str) -> None:
    page = Image.new("1", (20, 10), 1)
    page.paste(0, (0, 0, 10, 10))

    raster = decode(images.source(page, kind), PLACE)

    assert [raster.getpixel((x, 5)) for x in (3, 16)] == [(0, 0, 0), (255, 255, 255)]


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF", "AVIF"])
def test_of_an_animation_the_first_frame_is_seen_and_all_are_counted(kind: str) -> None:
    source = images.animation(5, kind)

    assert facts_of(source).frames == 5
    assert close(decode(source, PLACE).getpixel((8, 6)), images.RED, by=40)


def test_a_photo_with_a_preview_inside_is_one_frame() -> None:
    preview = images.corners(30, 20)
    source = images.source(images.corners(), "MPO", save_all=True, append_images=[preview])

    facts = facts_of(source)

    assert (facts.media_type, facts.frames) == ("image/jpeg", 1)
    assert_upright(decode(source, PLACE))


def png_that_claims(width: int, height: int) -> SourceImage:
    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + crc

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b""))
    return SourceImage(b"\x89PNG\r\n\x1a\n" + header + pixels + chunk(b"IEND", b""))


def bmp_that_claims(width: int, height: int) -> SourceImage:
    data = bytearray(images.encoded(images.corners(), "BMP"))
    struct.pack_into("<ii", data, 18, width, height)
    return SourceImage(bytes(data))


def gif_that_claims(width: int, height: int) -> SourceImage:
    data = bytearray(images.encoded(images.corners(), "GIF"))
    struct.pack_into("<HH", data, 6, width, height)
    return SourceImage(bytes(data))


@pytest.mark.parametrize("claims", [png_that_claims, bmp_that_claims, gif_that_claims])
def test_a_header_that_claims_too_many_pixels_is_refused_before_decoding(
    claims: Callable[[int, int], SourceImage],
) -> None:
    with pytest.raises(TooLarge) as refused:
        facts_of(claims(30_000, 30_000))

    assert refused.value.limit == "limits.max_image_pixels"
    assert "30000x30000" in str(refused.value)


def test_the_operator_may_allow_more_pixels_than_the_library_would() -> None:
    allowing = ImageLimits(max_image_pixels=10**9, max_decoded_bytes=10**10)

    facts = inspect(png_that_claims(30_000, 30_000), allowing, PLACE)

    assert (facts.width, facts.height) == (30_000, 30_000)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("kept", [0.5, 0.9])
def test_a_truncated_image_is_refused_and_never_partly_grey(kind: str, kept: float) -> None:
    data = images.encoded(images.photo(200, 150), kind)
    cut = SourceImage(data[: int(len(data) * kept)])

    with pytest.raises(InvalidExchange) as refused:
        decode(cut, PLACE)

    assert refused.value.kind == "invalid-image"


def test_a_png_without_any_pixels_is_refused_although_it_ends_properly() -> None:
    with pytest.raises(InvalidExchange):
        decode(png_that_claims(100, 100), PLACE)


def test_errors_do_not_quote_the_image() -> None:
    secret = b"\x89PNG\r\n\x1a\nthe account number is 12345678"

    with pytest.raises(InvalidExchange) as refused:
        facts_of(SourceImage(secret))

    assert not re.search("account|1234", f"{refused.value} {refused.value.hint}")


@pytest.mark.parametrize(
    ("size", "seen"),
    [((4000, 3000), (2000, 1500)), ((900, 7000), (257, 2000)), ((64, 32), (64, 32))],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_the_working_raster_is_small_and_keeps_its_shape(
    kind: str, size: tuple[int, int], seen: tuple[int, int]
) -> None:
    raster = decode(images.source(images.corners(*size), kind), PLACE)

    assert raster.size == seen
    assert_upright(raster)


def test_a_strip_of_one_pixel_stays_one_pixel_high() -> None:
    raster = decode(images.source(Image.new("RGB", (9000, 1))), PLACE)

    assert raster.size == (WORK_SIDE, 1)


def test_the_raster_does_not_hold_on_to_the_file() -> None:
    raster = decode(images.source(images.corners()), PLACE)

    assert type(raster) is Image.Image
    assert not any(isinstance(value, BytesIO) for value in vars(raster).values())


@pytest.mark.skipif(sys.platform != "linux", reason="reads the process's memory from /proc")
def test_the_memory_of_a_full_raster_is_given_back_while_the_small_one_lives() -> None:
    source = images.source(Image.new("RGB", (6000, 4000), images.RED), compress_level=1)
    before = resident_mb()

    raster = decode(source, PLACE)

    full = 6000 * 4000 * 4 / 2**20
    assert resident_mb() - before < full / 2
    assert raster.size == (2000, 1333)


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def test_looking_at_the_header_of_a_png_leaves_its_pixels_alone() -> None:
    # The pixels cannot be decoded, so an inspection that tried would fail.
    assert facts_of(png_that_claims(5000, 5000)).frames == 1
