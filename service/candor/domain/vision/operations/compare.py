"""Put two regions side by side."""

from typing import ClassVar, Literal, Self

from PIL import Image, ImageDraw
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from candor.domain.vision.bench import Found, Rasters
from candor.domain.vision.geometry import (
    OUT_OF_BOUNDS,
    Box,
    BoxRegion,
    Extent,
    Fraction,
    Region,
    check_inside,
)
from candor.domain.vision.lettering import Letters
from candor.domain.vision.operations.evidential import Evidential
from candor.domain.vision.raster import enlarged

_PAPER, _INK = "#ffffff", "#1a1a1a"


class Compare(Box, Evidential):
    """Show two regions side by side, of one image or of two: the same thing or not, more or
    less, before and after."""

    kind: Literal["compare"] = Field("compare", description="Shows two regions side by side.")
    other_image: int = Field(ge=0, description="Number of the image of the second region.")
    other_x: Fraction = Field(description="Left edge of the second region, as x.")
    other_y: Fraction = Field(description="Top edge of the second region, as y.")
    other_width: Extent = Field(description="Width of the second region, as width.")
    other_height: Extent = Field(description="Height of the second region, as height.")
    cuts_out: ClassVar[bool] = True

    @model_validator(mode="after")
    def _two_places(self) -> Self:
        check_inside(self.other_x, self.other_width, self.other_y, self.other_height)
        first = (self.image, self.x, self.y, self.width, self.height)
        other = (self.other_image, self.other_x, self.other_y, self.other_width)
        if first == (*other, self.other_height):
            raise PydanticCustomError(OUT_OF_BOUNDS, "the two regions are the same one")
        return self

    @property
    def _other(self) -> Box:
        return Box(
            x=self.other_x, y=self.other_y, width=self.other_width, height=self.other_height
        )

    @property
    def images(self) -> tuple[int, ...]:
        return tuple(dict.fromkeys((self.image, self.other_image)))

    def region(self, width: int, height: int) -> BoxRegion:
        return self.to_pixels(width, height)

    def strokes(self, image: int, width: int, height: int) -> tuple[Region, ...]:
        places = ((self.image, self), (self.other_image, self._other))
        return tuple(box.to_pixels(width, height) for number, box in places if number == image)

    def close_up(self, rasters: Rasters, max_side: int, found: Found) -> Image.Image:
        """Both regions on white, each under the number of its image, `max_side` pixels wide
        in all; enlarged alike only as far as each of them goes."""
        del found
        letters = Letters(max(11, max_side // 48))
        strip = letters.extent("Ag")[3] + 8
        gap = max(4, max_side // 64)
        side = (max_side - gap) // 2
        first, second = rasters[self.image], rasters[self.other_image]
        left = _panel(first, self.region(*first.size), side, max_side - strip)
        right = _panel(second, self._other.to_pixels(*second.size), side, max_side - strip)
        sheet = Image.new("RGB", (2 * side + gap, strip + max(left.height, right.height)), _PAPER)
        pen = ImageDraw.Draw(sheet)
        for at, part, number, which in (
            (0, left, self.image, "first"),
            (side + gap, right, self.other_image, "second"),
        ):
            caption = letters.shortened(f"{which} region, image {number}", side)
            letters.write(pen, (at, 2), caption, _INK)
            sheet.paste(part, (at, strip))
        return sheet


def _panel(raster: Image.Image, place: BoxRegion, side: int, height: int) -> Image.Image:
    """At most `side` wide and `height` high."""
    most = min(side, round(height * place.width / place.height))
    longest = most if place.width >= place.height else round(most * place.height / place.width)
    return enlarged(raster, place, max(longest, 1))
