"""Cuts off shared libraries what no process loads: debugging information, symbols for linkers.

    python trim.py /opt/candor

Wheels often come with it, and it is a tenth of the installation. A loader reads the segments
(ELF, program headers) and never the sections, so what lies behind the last segment can go, and no
byte before it moves. Needs no compiler's tools. 64-bit little-endian files only; others stay.
"""

import struct
import sys
from pathlib import Path

_MAGIC = b"\x7fELF\x02\x01"
# The header's e_phoff, e_shoff, (e_flags, e_ehsize,) e_phentsize, e_phnum, (e_shentsize,) e_shnum
# and e_shstrndx.
_HEADER = struct.Struct("<32xQQ6xHHHHH")
_SECTIONS_AT, _SECTION_NUMBERS_AT = 40, 60
# A program header's p_type, p_offset and p_filesz.
_SEGMENT = struct.Struct("<I4xQ16xQ")


def trim(path: Path) -> int:
    """The bytes that went."""
    content = path.read_bytes()
    if not content.startswith(_MAGIC):
        return 0
    end = _loaded(content)
    if end >= len(content):
        return 0
    kept = bytearray(content[:end])
    struct.pack_into("<Q", kept, _SECTIONS_AT, 0)
    struct.pack_into("<HH", kept, _SECTION_NUMBERS_AT, 0, 0)
    path.write_bytes(kept)
    return len(content) - end


def _loaded(content: bytes) -> int:
    """Where the last segment ends, in bytes from the beginning."""
    start, _, entry, count, _, _, _ = _HEADER.unpack_from(content)
    end: int = start + entry * count
    for number in range(count):
        kind, offset, size = _SEGMENT.unpack_from(content, start + number * entry)
        if kind:
            end = max(end, offset + size)
    return end


if __name__ == "__main__":
    libraries = [path for path in Path(sys.argv[1]).rglob("*.so*") if path.is_file()]
    gone = sum(trim(path) for path in libraries if not path.is_symlink())
    print(f"{gone / 1e6:7.1f} MB  behind the last segment of shared libraries")
