"""Short captions in Pillow's built-in font, which needs no file."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

# The font has little beyond ASCII; anything else would be drawn as the same empty frame.
_DRAWN = frozenset(map(chr, range(0x20, 0x7F))) | frozenset("©«°±´·»‘’“”…‹›⁄™")
_SPELT = str.maketrans({"€": "EUR", "£": "GBP", "¥": "JPY", "–": "-", "—": "-", "×": "x"})
_UNKNOWN = "?"
_CUT = "…"

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@lru_cache(maxsize=64)
def font(size: int) -> Font:
    """`size` in pixels. Kept: loading it costs as much as drawing a mark."""
    return ImageFont.load_default(size)


def drawable(text: str) -> str:
    """The text in letters that the font has: accents are dropped, the rest becomes `?`."""
    plain = unicodedata.normalize("NFKD", text.translate(_SPELT))
    letters = (char for char in plain if not unicodedata.combining(char))
    return "".join(char if char in _DRAWN else _UNKNOWN for char in letters)


@dataclass(frozen=True, slots=True, eq=False)
class _Glyph:
    """`ink` is None where nothing is drawn; the rest in pixels from the pen's place."""

    ink: Image.Image | None
    left: int
    top: int
    right: int
    bottom: int
    advance: float


@dataclass(frozen=True, slots=True)
class Letters:
    """Letters of `size` pixels, each made once: to make them costs ten times what it costs to
    set them."""

    size: int

    def extent(self, text: str) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of the text's ink, in pixels from the pen's place."""
        inked = [(x, glyph) for x, glyph in self._set(text) if glyph.ink is not None]
        if not inked:
            return 0, 0, 0, 0
        return (
            min(x + glyph.left for x, glyph in inked),
            min(glyph.top for _, glyph in inked),
            max(x + glyph.right for x, glyph in inked),
            max(glyph.bottom for _, glyph in inked),
        )

    def write(self, pen: ImageDraw.ImageDraw, at: tuple[int, int], text: str, ink: str) -> None:
        for x, glyph in self._set(text):
            if glyph.ink is not None:
                pen.bitmap((at[0] + x + glyph.left, at[1] + glyph.top), glyph.ink, ink)

    def shortened(self, text: str, width: int) -> str:
        """As much of the text as fits `width` pixels, with a sign where it was cut."""
        if self.extent(text)[2] <= width:
            return text
        while text and self.extent(text + _CUT)[2] > width:
            text = text[:-1]
        return text + _CUT

    def _set(self, text: str) -> Iterator[tuple[int, _Glyph]]:
        """Each letter and where the pen is then."""
        along = 0.0
        for letter in text:
            glyph = _glyph(letter, self.size)
            yield round(along), glyph
            along += glyph.advance


@lru_cache(maxsize=2048)
def _glyph(letter: str, size: int) -> _Glyph:
    letters = font(size)
    left, top, right, bottom = map(round, letters.getbbox(letter))
    advance = letters.getlength(letter)
    if right <= left or bottom <= top:
        return _Glyph(None, 0, 0, 0, 0, advance)
    ink = Image.new("L", (right - left, bottom - top))
    ImageDraw.Draw(ink).text((-left, -top), letter, 255, letters)
    return _Glyph(ink, left, top, right, bottom, advance)
