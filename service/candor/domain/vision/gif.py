"""The outline of a GIF file: its blocks (GIF89a, appendix A), nothing decoded."""

from collections.abc import Iterator

_EXTENSION, _IMAGE, _END = 0x21, 0x2C, 0x3B
_HEADER = 13
# Blocks to walk over: 20 MB in full blocks.
_MAX_BLOCKS = 100_000


def pieces(data: bytes) -> Iterator[int]:
    """The steps of a reader up to the first image: 1 for each block, 1 for each byte between."""
    at = _HEADER + _colour_table(data[10:11])
    while at < len(data) and data[at] not in (_IMAGE, _END):
        extension = data[at] == _EXTENSION
        at += 1 + extension
        yield 1
        while extension and at < len(data) and data[at]:
            at += 1 + data[at]
            yield 1
        at += extension


def frames(data: bytes, most: int) -> int:
    """Counted up to `most`."""
    at, frames, blocks = _HEADER + _colour_table(data[10:11]), 0, 0
    while at < len(data) and data[at] != _END and frames < most:
        introducer = data[at]
        at += 1
        blocks += 1
        if introducer == _IMAGE and at + 9 <= len(data):
            frames += 1
            # Descriptor, local colours, and the code size before the first block.
            at += 9 + _colour_table(data[at + 8 : at + 9]) + 1
        elif introducer == _EXTENSION:
            at += 1
        elif blocks > _MAX_BLOCKS:
            return frames + 1
        else:
            continue
        while at < len(data) and data[at]:
            at += 1 + data[at]
            blocks += 1
            if blocks > _MAX_BLOCKS:
                # Who cuts a file this small has more to hide than a frame: assume another.
                return frames + 1
        at += 1
    return max(frames, 1)


def _colour_table(flags: bytes) -> int:
    """Its size in bytes."""
    return 3 << ((flags[0] & 7) + 1) if flags and flags[0] & 0x80 else 0
