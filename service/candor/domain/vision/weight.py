"""What decoding an image costs, told from its header. Few bytes can ask for much: a WebP file of
a hundred bytes for 800 MB, a JPEG of a megabyte for minutes."""

import re

from PIL import Image

# Bytes for each pixel at the peak, as measured with Pillow 13 at 49 million pixels.
_WHOLE_CANVASES = 16.8
"""These decoders hold the canvas several times, in RGBA."""
_WITH_TRANSPARENCY = 10.1
_AS_STORED = 5.4
_CONVERTED = 6.4
_JPEG = 4.0
_CANVAS_FORMATS = ("WEBP", "AVIF")
_JPEG_FORMATS = ("JPEG", "MPO")
_STORED_MODES = ("RGB", "L", "RGBX", "CMYK", "YCbCr")

_SCAN = b"\xff\xda"
# The next marker of a scan: what is stuffed, repeated or only restarts the decoder is none.
_NEXT_MARKER = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")
_END_OF_IMAGE = 0xD9
_WITHOUT_LENGTH = frozenset({0x01, 0xD8, *range(0xD0, 0xD8)})


def bytes_to_decode(image: Image.Image) -> int:
    """Most memory that decoding takes, roughly. Ask before loading."""
    width, height = image.size
    return round(width * height * _bytes_per_pixel(image))


def _bytes_per_pixel(image: Image.Image) -> float:
    if image.format in _CANVAS_FORMATS:
        return _WHOLE_CANVASES
    if image.format in _JPEG_FORMATS:
        return _JPEG
    if image.has_transparency_data:
        return _WITH_TRANSPARENCY
    return _AS_STORED if image.mode in _STORED_MODES else _CONVERTED


def scans(image: Image.Image, data: bytes) -> int:
    """How often a decoder goes over all of the image; 1 for what is no JPEG."""
    if image.format not in _JPEG_FORMATS:
        return 1
    # Cheap, and too many where a thumbnail or a film is inside: counted well only then.
    found = data.count(_SCAN)
    return found if found <= _FEW else _scans_of_the_first(data)


_FEW = 20


def _scans_of_the_first(data: bytes) -> int:
    """By its markers (ITU-T T.81, annex B), so that other files inside do not count."""
    at, found = 2, 0
    while (marker := _NEXT_MARKER.search(data, at)) is not None:
        kind, at = data[marker.end() - 1], marker.end()
        if kind == _END_OF_IMAGE:
            break
        if kind not in _WITHOUT_LENGTH:
            at += int.from_bytes(data[at : at + 2], "big")
        found += kind == _SCAN[1]
    return max(found, 1)
