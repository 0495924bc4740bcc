"""Files built byte by byte, as no writer would write them."""

import struct
import zlib
from collections.abc import Sequence

PNG_START = b"\x89PNG\r\n\x1a\n"


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, *chunks: bytes, bits: int = 8, colours: int = 2) -> bytes:
    """Without `chunks` it has a header only; `colours` as in the PNG specification, 11.2.2."""
    head = struct.pack(">IIBBBBB", width, height, bits, colours, 0, 0, 0)
    return PNG_START + chunk(b"IHDR", head) + b"".join(chunks) + chunk(b"IEND", b"")


def pixels(data: bytes) -> bytes:
    return chunk(b"IDAT", zlib.compress(data, 9))


def gif(width: int, height: int, frames: int = 1) -> bytes:
    """Frames of one pixel each on a canvas of any size."""
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return head + frame * frames + b"\x3b"


Entry = tuple[int, int, int, int]
"""Of a TIFF directory: tag, type, count, value or offset."""


def tiff(entries: Sequence[Entry], after: int = 0, rest: bytes = b"") -> bytes:
    """One little-endian directory; `after` is where the next one is said to be."""
    packed = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    directory = struct.pack("<H", len(entries)) + packed + struct.pack("<I", after)
    return b"II*\x00\x08\x00\x00\x00" + directory + rest


def tiff_entries(width: int, height: int, strip: int, length: int) -> list[Entry]:
    """Of an 8-bit grey image in one strip that is not compressed."""
    return [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, strip),
        (277, 3, 1, 1),
        (278, 4, 1, height),
        (279, 4, 1, length),
    ]


def bmp(width: int, height: int, bits: int = 24, compression: int = 0, data: bytes = b"") -> bytes:
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + len(data), 0, 0, 54) + info + data


def bmp_in_runs(width: int, height: int) -> bytes:
    """16 colours, 10 bytes for 1,000 pixels: its reader takes a step for each pixel."""
    row = b"\xfa\x12" * (width // 250) + b"\x00\x00"
    data = bytearray(bmp(width, height, 4, 2, bytes(64) + row * height))
    data[10:14] = (54 + 64).to_bytes(4, "little")
    return bytes(data)


def jpeg_of_size(sound: bytes, width: int, height: int) -> bytes:
    """The same file, said to be of another size."""
    at = max(sound.find(b"\xff\xc0"), sound.find(b"\xff\xc2"))
    return sound[: at + 5] + struct.pack(">HH", height, width) + sound[at + 9 :]


def with_segment(jpeg: bytes, marker: int, data: bytes) -> bytes:
    """With one more segment after the start of the JPEG file."""
    return jpeg[:2] + bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data + jpeg[2:]


def with_more_scans(progressive: bytes, more: int) -> bytes:
    last = progressive[progressive.rindex(b"\xff\xda") : -2]
    return progressive[:-2] + last * more + progressive[-2:]


def webp(width: int, height: int) -> bytes:
    """A header of the extended form, and nothing behind it."""
    sizes = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + sizes
    return b"RIFF" + struct.pack("<I", len(body)) + body


def ico(inside: bytes) -> bytes:
    entry = struct.pack("<BBBBHHII", 0, 0, 0, 0, 1, 32, len(inside), 22)
    return struct.pack("<HHH", 0, 1, 1) + entry + inside
