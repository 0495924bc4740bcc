# one file, one line
"""Every file with the answer that it must get."""

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from PIL import Image

from tests.hostile_images import raw
from tests.images import animation, corners, encoded, photo, stored_as

JUDGED, MALFORMED, TOO_LARGE = "judged", "invalid-image", "too-large"
_LARGE = 65_535
_UPRIGHT = corners()


@dataclass(frozen=True)
class Row:
    """`answer`: `judged`, or the type of the problem. The file is made when it is asked for."""

    name: str
    answer: str
    made: Callable[[], bytes]


def _flat(side: int, mode: str, kind: str, **options: object) -> bytes:
    """One colour: large as an image, small as a file."""
    return encoded(Image.new(mode, (side, side)), kind, **options)


def _headers() -> Iterator[Row]:
    jpeg = encoded(_UPRIGHT, "JPEG")
    yield Row("PNG of 65,535 x 65,535", TOO_LARGE, partial(raw.png, _LARGE, _LARGE))
    yield Row("PNG of 2^31 - 1 each way", TOO_LARGE, partial(raw.png, 2**31 - 1, 2**31 - 1))
    yield Row("PNG of no size", MALFORMED, partial(raw.png, 0, 0))
    yield Row("GIF of 65,535 x 65,535", TOO_LARGE, partial(raw.gif, _LARGE, _LARGE))
    yield Row("JPEG of 65,535 x 65,535", TOO_LARGE, partial(raw.jpeg_of_size, jpeg, 65500, 65500))
    yield Row("BMP of 65,535 x 65,535", TOO_LARGE, partial(raw.bmp, _LARGE, _LARGE))
    yield Row("BMP of negative size", TOO_LARGE, partial(raw.bmp, -_LARGE, 2))
    yield Row("BMP, RLE, without data", MALFORMED, partial(raw.bmp, 1000, 1000, 8, 1))
    yield Row("WebP of 2^24 each way", TOO_LARGE, partial(raw.webp, 2**24, 2**24))
    yield Row("WebP without an image", MALFORMED, partial(raw.webp, 100, 100))
    huge = raw.tiff_entries(_LARGE, _LARGE, 8, 2**31)
    yield Row("TIFF of 65,535 x 65,535", TOO_LARGE, partial(raw.tiff, huge))


def _bombs() -> Iterator[Row]:
    rows = bytes(1 + 3 * 7000)
    yield Row(
        "PNG of 49 million pixels", JUDGED, lambda: raw.png(7000, 7000, raw.pixels(rows * 7000))
    )
    yield Row("PNG, transparent", JUDGED, partial(_flat, 7000, "RGBA", "PNG", compress_level=1))
    yield Row(
        "PNG, palette, transparent", JUDGED, partial(_flat, 7000, "P", "PNG", transparency=0)
    )
    yield Row("PNG, 1 bit, 42 million", JUDGED, partial(_flat, 6450, "1", "PNG"))
    yield Row(
        "PNG with more data than rows", JUDGED, lambda: raw.png(9, 9, raw.pixels(bytes(10**8)))
    )
    yield Row("JPEG of 49 million pixels", JUDGED, partial(_flat, 7000, "RGB", "JPEG"))
    yield Row(
        "JPEG, progressive, 49 million",
        JUDGED,
        partial(_flat, 7000, "L", "JPEG", progressive=True),
    )
    yield Row("WebP of 49 million in 200 bytes", TOO_LARGE, partial(_webp, 7000))
    yield Row("WebP of 19 million", JUDGED, partial(_webp, 4400))
    yield Row("GIF of 42 million", JUDGED, partial(_flat, 6450, "P", "GIF"))
    yield Row(
        "GIF, transparent, 49 million", JUDGED, partial(_flat, 7000, "P", "GIF", transparency=0)
    )
    yield Row(
        "TIFF, deflated, 49 million",
        JUDGED,
        partial(_flat, 7000, "RGB", "TIFF", compression="tiff_deflate"),
    )
    yield Row(
        "TIFF, fax, 42 million", JUDGED, partial(_flat, 6450, "1", "TIFF", compression="group4")
    )
    yield Row("TIFF of 32 bits, 49 million", JUDGED, partial(_deflated, "F"))
    yield Row("TIFF in one strip, 49 million", TOO_LARGE, partial(_deflated, "RGB", {278: 7000}))
    yield Row("TIFF to be turned, 49 million", TOO_LARGE, partial(_deflated, "RGB", {274: 6}))
    tile = [(322, 4, 1, 16_384), (323, 4, 1, 16_384), (324, 4, 1, 8), (325, 4, 1, 9)]
    entries = [*raw.tiff_entries(9, 9, 200, 81), *tile]
    yield Row("TIFF in a tile of 268 million", TOO_LARGE, partial(raw.tiff, entries))
    yield Row(
        "JPEG, progressive, 49 million in colour",
        TOO_LARGE,
        partial(_flat, 7000, "RGB", "JPEG", progressive=True, subsampling=0),
    )
    yield Row("BMP in run lengths, 3 million", JUDGED, partial(raw.bmp_in_runs, 2000, 1500))
    yield Row("BMP in run lengths, 24 million", TOO_LARGE, partial(raw.bmp_in_runs, 6000, 4000))
    yield Row("BMP of 22 MB", TOO_LARGE, partial(_flat, 4700, "P", "BMP"))
    progressive = encoded(Image.new("L", (1000, 1000)), "JPEG", progressive=True)
    yield Row("JPEG, 1,000 scans", TOO_LARGE, partial(raw.with_more_scans, progressive, 1000))
    yield Row(
        "JPEG, 900 scans of a small one",
        JUDGED,
        partial(raw.with_more_scans, encoded(_UPRIGHT, "JPEG", progressive=True), 900),
    )


def _deflated(mode: str, tags: dict[int, int] | None = None) -> bytes:
    return _flat(7000, mode, "TIFF", compression="tiff_deflate", tiffinfo=tags or {})


def _webp(side: int) -> bytes:
    return _flat(side, "RGB", "WEBP", lossless=True, method=0)


def _frames() -> Iterator[Row]:
    yield Row("GIF of 10,000 frames", JUDGED, partial(raw.gif, 9, 9, 10_000))
    yield Row(
        "GIF of 10,000 frames, 40 million pixels", JUDGED, partial(raw.gif, 6400, 6400, 10_000)
    )
    yield Row("PNG that says 10,000 frames", JUDGED, partial(_apng, 10_000))
    yield Row("TIFF of 300 pages", JUDGED, lambda: animation(300, "TIFF").data)
    yield Row("TIFF that leads to itself", JUDGED, partial(_tiff_loop, 8))
    yield Row("TIFF that leads beyond its end", MALFORMED, partial(_tiff_loop, 10**9))
    yield Row("WebP of 200 frames", JUDGED, lambda: animation(200, "WEBP").data)


def _pieces() -> Iterator[Row]:
    """Small pieces by the million: nothing in each, and yet each is read."""
    million = 10**6
    row, jpeg = raw.pixels(bytes(9 * 28)), encoded(_UPRIGHT, "JPEG")
    empty, note = raw.chunk(b"ruSt", b""), b"\xff\xee\x00\x02"
    yield Row("PNG of a million chunks", TOO_LARGE, lambda: raw.png(9, 9, empty * million, row))
    yield Row("PNG of 10,000 chunks", JUDGED, lambda: raw.png(9, 9, empty * 10_000, row))
    yield Row("JPEG of a million segments", TOO_LARGE, partial(_begun, jpeg, note * million))
    yield Row("JPEG of 10,000 segments", JUDGED, partial(_begun, jpeg, note * 10_000))
    yield Row("JPEG with junk inside", TOO_LARGE, partial(_begun, jpeg, note + bytes(million)))
    resources = b"Photoshop 3.0\x00" + b"8BIM\x04\x00\x00\x00\x00\x00\x00\x00" * 5000
    yield Row("JPEG of 250,000 resources", TOO_LARGE, lambda: _nested(jpeg, resources, 50, 0xED))
    small = encoded(_UPRIGHT, "JPEG", progressive=True)
    yield Row("JPEG, 100,000 scans", TOO_LARGE, partial(raw.with_more_scans, small, 100_000))
    yield Row("GIF, a comment in a million blocks", TOO_LARGE, partial(_remarked, million))
    yield Row("GIF, a comment in 10,000 blocks", JUDGED, partial(_remarked, 10_000))
    many = [(tag, 3, 1, 1) for tag in range(65_535)]
    yield Row("TIFF of 65,535 entries", TOO_LARGE, lambda: raw.tiff(many))


def _begun(jpeg: bytes, inside: bytes) -> bytes:
    return jpeg[:2] + inside + jpeg[2:]


def _remarked(blocks: int) -> bytes:
    gif = raw.gif(9, 9)
    return gif[:19] + b"!\xfe" + b"\x01-" * blocks + b"\x00" + gif[19:]


def _apng(frames: int) -> bytes:
    said = raw.chunk(b"acTL", struct.pack(">II", frames, 0))
    return raw.png(9, 9, said, raw.pixels(bytes(9 * 28)))


def _tiff_loop(after: int) -> bytes:
    entries = raw.tiff_entries(9, 9, 8 + 2 + 12 * 9 + 4, 81)
    return raw.tiff(entries, after, bytes(81))


def _inside() -> Iterator[Row]:
    """What is hidden in metadata."""
    bomb = zlib.compress(bytes(10**8), 9)
    row = raw.pixels(bytes(9 * 28))
    jpeg, png = encoded(_UPRIGHT, "JPEG"), encoded(_UPRIGHT)
    text = raw.chunk(b"zTXt", b"k\x00\x00" + bomb)
    texts = raw.chunk(b"zTXt", b"k\x00\x00" + zlib.compress(bytes(10**6), 9)) * 100
    international = raw.chunk(b"iTXt", b"k\x00\x01\x00\x00\x00" + bomb)
    profile = raw.chunk(b"iCCP", b"k\x00\x00" + bomb)
    yield Row("PNG, a text of 100 MB", MALFORMED, lambda: raw.png(9, 9, text, row))
    yield Row("PNG, 100 texts of 1 MB", MALFORMED, lambda: raw.png(9, 9, texts, row))
    yield Row(
        "PNG, a text of 100 MB in UTF-8", MALFORMED, lambda: raw.png(9, 9, international, row)
    )
    yield Row("PNG, a profile of 100 MB", MALFORMED, lambda: raw.png(9, 9, profile, row))
    yield Row(
        "PNG, 16 MB of nothing before",
        JUDGED,
        lambda: raw.png(9, 9, raw.chunk(b"ruSt", bytes(2**23)), row),
    )
    loop = b"Exif\x00\x00" + raw.tiff([(0x8769, 4, 1, 8), (0x0112, 3, 1, 6)], 8)
    yield Row(
        "JPEG, EXIF that leads to itself", JUDGED, lambda: raw.with_segment(jpeg, 0xE1, loop)
    )
    many = b"Exif\x00\x00" + raw.tiff([(0x9286, 7, 2**32 - 1, 8)] * 4000)
    yield Row(
        "JPEG, EXIF that says 4 GB 4,000 times", JUDGED, lambda: raw.with_segment(jpeg, 0xE1, many)
    )
    turned = b"Exif\x00\x00" + raw.tiff([(0x0112, 3, 1, 77)])
    yield Row("JPEG, orientation 77", JUDGED, lambda: raw.with_segment(jpeg, 0xE1, turned))
    icc = b"ICC_PROFILE\x00\x01\xff" + bytes(60_000)
    yield Row("JPEG, 200 pieces of a profile", JUDGED, lambda: _nested(jpeg, icc, 200))
    pictures = b"MPF\x00" + raw.tiff([(0xB001, 4, 1, 2**32 - 1)])
    yield Row(
        "JPEG, says 4 billion pictures", JUDGED, lambda: raw.with_segment(jpeg, 0xE2, pictures)
    )
    yield Row("PNG, and HTML behind it", JUDGED, lambda: png + b"<script>alert(1)</script>")
    yield Row("GIF that is JavaScript too", JUDGED, lambda: raw.gif(9, 9) + b"/*=1;alert(1)//*/")
    yield Row("ICO around a PNG", MALFORMED, lambda: raw.ico(raw.png(_LARGE, _LARGE)))
    yield Row("ICO around itself", MALFORMED, lambda: raw.ico(raw.ico(raw.ico(b""))))


def _nested(jpeg: bytes, segment: bytes, times: int, marker: int = 0xE2) -> bytes:
    for _ in range(times):
        jpeg = raw.with_segment(jpeg, marker, segment)
    return jpeg


def _half(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


def _turned(turn: int) -> bytes:
    return stored_as(_UPRIGHT, turn).data


def _others() -> Iterator[Row]:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
    entities = b'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a "aa">]><svg>&a;</svg>'
    yield Row("SVG", MALFORMED, lambda: svg)
    yield Row("SVG with entities", MALFORMED, lambda: entities)
    yield Row("PDF", MALFORMED, lambda: b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n")
    yield Row("PostScript that runs", MALFORMED, lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n{} loop\n")
    yield Row("ZIP", MALFORMED, lambda: b"PK\x03\x04" + bytes(60))
    yield Row(
        "PSD of 30,000 x 30,000",
        MALFORMED,
        lambda: b"8BPS\x00\x01" + bytes(6) + struct.pack(">HIIHH", 3, 30_000, 30_000, 8, 3),
    )
    for kind in ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP", "AVIF"):
        whole = encoded(_UPRIGHT, kind)
        yield Row(f"half of a {kind}", MALFORMED, partial(_half, whole))
    tiles = [*raw.tiff_entries(9, 9, 200, 81), (322, 4, 1, 2**30), (323, 4, 1, 2**30)]
    yield Row(
        "TIFF in tiles of 2^30",
        TOO_LARGE,
        lambda: raw.tiff([*tiles, (324, 4, 1, 8), (325, 4, 1, 9)]),
    )
    layers = [e for e in raw.tiff_entries(9, 9, 200, 81) if e[0] != 277]
    yield Row("TIFF of 65,535 layers", MALFORMED, lambda: raw.tiff([*layers, (277, 3, 1, 65535)]))


def _sound() -> Iterator[Row]:
    """Odd, and to be judged."""
    alpha = _UPRIGHT.convert("RGBA")
    alpha.putalpha(90)
    modes = [("1", "PNG"), ("L", "PNG"), ("LA", "PNG"), ("P", "PNG"), ("CMYK", "JPEG")]
    modes += [("CMYK", "TIFF"), ("LAB", "TIFF"), ("F", "TIFF"), ("I", "TIFF"), ("YCbCr", "JPEG")]
    for mode, kind in modes:
        source = _UPRIGHT if mode != "LAB" else Image.new("LAB", (9, 9))
        image = alpha.convert(mode) if mode == "LA" else source.convert(mode)
        yield Row(f"{kind} in mode {mode}", JUDGED, partial(encoded, image, kind))
    yield Row("PNG of 16 bits", JUDGED, partial(encoded, Image.new("I;16", (9, 7), 40_000)))
    yield Row("PNG with alpha", JUDGED, partial(encoded, alpha))
    yield Row(
        "PNG, palette, transparent, small",
        JUDGED,
        partial(encoded, _UPRIGHT.convert("P"), transparency=0),
    )
    yield Row("PNG of one pixel", JUDGED, partial(encoded, Image.new("RGB", (1, 1))))
    yield Row("PNG of 20,000 x 1", JUDGED, partial(encoded, Image.new("RGB", (20_000, 1))))
    for turn in (2, 5, 8):
        yield Row(f"JPEG, orientation {turn}", JUDGED, partial(_turned, turn))


def _honest() -> Iterator[Row]:
    """As cameras and screens make them."""
    yield Row("JPEG photo of 24 million", JUDGED, partial(_photo, 6000, "JPEG", quality=90))
    yield Row(
        "JPEG photo of 24 million, progressive, all colours",
        JUDGED,
        partial(_photo, 6000, "JPEG", quality=90, progressive=True, subsampling=0),
    )
    yield Row("WebP photo of 12 million", JUDGED, partial(_photo, 4240, "WEBP", method=0))
    yield Row("AVIF photo of 12 million", JUDGED, partial(_photo, 4240, "AVIF", speed=10))
    yield Row("PNG photo of 12 million", JUDGED, partial(_photo, 4240, "PNG", compress_level=1))
    yield Row("TIFF photo of 6 million", JUDGED, partial(_photo, 3000, "TIFF"))


def _photo(width: int, kind: str, **options: object) -> bytes:
    soft = photo(1500, 1000).resize((width, width * 2 // 3), Image.Resampling.BICUBIC)
    return encoded(soft, kind, **options)


def table() -> list[Row]:
    return [
        *_headers(),
        *_bombs(),
        *_frames(),
        *_pieces(),
        *_inside(),
        *_others(),
        *_sound(),
        *_honest(),
    ]
