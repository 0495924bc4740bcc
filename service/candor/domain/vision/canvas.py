"""Draw marks on a copy of a picture."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PIL import Image, ImageDraw

from candor.domain.vision.geometry import BoxRegion, LineRegion, PointRegion, Region
from candor.domain.vision.instruments import Mask
from candor.domain.vision.layout import Extent, Rect, place
from candor.domain.vision.lettering import Letters, drawable
from candor.domain.vision.palette import HALO, LETTERS, Colour
from candor.domain.vision.tint import covered, tint

Spares = dict[tuple[int, int], list[Image.Image]]
"""By size in pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Mark:
    """One mark to draw; whoever hands it on says in the pixels of which raster.

    Without `strokes` the region itself is drawn. `mask` is tinted, whatever its size.
    """

    image: int
    region: Region
    label: str
    colour: Colour
    strokes: tuple[Region, ...] = ()
    mask: "Mask | None" = None

    @property
    def drawn(self) -> tuple[Region, ...]:
        return self.strokes or (self.region,)

    def scaled(self, across: float, down: float) -> "Mark":
        """The same mark on a raster of another size."""
        return replace(
            self,
            region=self.region.scaled(across, down),
            strokes=tuple(stroke.scaled(across, down) for stroke in self.strokes),
        )


class Canvas:
    """A copy of `raster` that can be drawn on.

    `spares` are rasters that nobody needs any more: fresh memory costs more than copying into
    old. CPU work: call it through a `Pool`.
    """

    def __init__(self, raster: Image.Image, spares: Spares | None = None) -> None:
        self._spares = spares if spares is not None else {}
        self.image = _copied(raster, self._spares)
        self.size = Extent(*self.image.size)
        self._pen = ImageDraw.Draw(self.image)
        side = max(self.size)
        # Odd, so that a stroke has a middle: the pixel that was meant.
        self._stroke = 2 * max(1, round(side / 800)) + 1
        self._halo = max(1, self._stroke // 3)
        self._letters = Letters(max(12, round(side / 50)))

    def draw(self, marks: Sequence[Mark]) -> None:
        """Regions in pixels of this canvas. Captions come last: no stroke crosses one."""
        for mark in marks:
            if mark.mask is not None:
                tint(self.image, mark.mask, mark.colour, self._stroke)
            for region in mark.drawn:
                self._outline(region, mark.colour)
        taken = [self._extent(region) for mark in marks for region in mark.drawn]
        taken += [self._whole(mark) for mark in marks if mark.mask is not None]
        for mark in marks:
            taken.append(self._caption(mark, taken))

    def give_back(self) -> None:
        """The last word: the image is another's from here on."""
        self._spares.setdefault(self.image.size, []).append(self.image)

    def _outline(self, region: Region, colour: Colour) -> None:
        match region:
            case BoxRegion() as box:
                self._box(box, colour)
            case PointRegion() as point:
                self._point(point, colour)
            case LineRegion() as line:
                self._line(line, colour)

    def _box(self, box: BoxRegion, colour: str) -> None:
        """The box's outermost pixels carry the colour; the rest of the stroke lies outside,
        off the evidence, or inside where the picture ends."""
        spread, halo = self._stroke - 1, self._halo
        last_x, last_y = self.size.width - 1, self.size.height - 1
        left, top = _within(box.x - spread, last_x), _within(box.y - spread, last_y)
        right = _within(box.x + box.width - 1 + spread, last_x)
        bottom = _within(box.y + box.height - 1 + spread, last_y)
        around = (left - halo, top - halo, right + halo, bottom + halo)
        self._pen.rectangle(around, outline=HALO, width=halo)
        self._pen.rectangle((left, top, right, bottom), outline=colour, width=self._stroke)

    def _point(self, point: PointRegion, colour: str) -> None:
        """A ring that leaves its surroundings to be seen, and a dot on the very pixel."""
        stroke, halo, radius = self._stroke, self._halo, self._radius
        self._ring(point.x, point.y, radius + halo, HALO, stroke + 2 * halo)
        self._ring(point.x, point.y, radius, colour, stroke)
        self._dot(point.x, point.y, stroke // 2 + halo, HALO)
        self._dot(point.x, point.y, stroke // 2, colour)

    def _line(self, line: LineRegion, colour: str) -> None:
        ends = ((line.x1, line.y1), (line.x2, line.y2))
        stroke, halo = self._stroke, self._halo
        for ink, more in ((HALO, halo), (colour, 0)):
            self._pen.line(ends, fill=ink, width=stroke + 2 * more)
            for x, y in ends:
                self._dot(x, y, stroke + more, ink)

    @property
    def _radius(self) -> int:
        return 4 * self._stroke

    def _ring(self, x: int, y: int, radius: int, ink: str, width: int) -> None:
        self._pen.ellipse(_square(x, y, radius), outline=ink, width=width)

    def _dot(self, x: int, y: int, radius: int, ink: str) -> None:
        self._pen.ellipse(_square(x, y, radius), fill=ink)

    def _extent(self, region: Region) -> Rect:
        """All that the mark covers, strokes and halo included."""
        edge = self._stroke + self._halo
        match region:
            case BoxRegion(x, y, width, height):
                return Rect(x - edge, y - edge, x + width + edge, y + height + edge)
            case PointRegion(x, y):
                edge += self._radius
                return Rect(x - edge, y - edge, x + edge + 1, y + edge + 1)
            case LineRegion(x1, y1, x2, y2):
                (left, right), (top, bottom) = sorted((x1, x2)), sorted((y1, y2))
                return Rect(left - edge, top - edge, right + edge + 1, bottom + edge + 1)

    def _whole(self, mark: Mark) -> Rect:
        """As `_extent`, of the mask too."""
        marked = self._extent(mark.region)
        if mark.mask is None:
            return marked
        masked = self._extent(covered(mark.mask, self.size))
        corner = min(marked.left, masked.left), min(marked.top, masked.top)
        return Rect(*corner, max(marked.right, masked.right), max(marked.bottom, masked.bottom))

    def _caption(self, mark: Mark, taken: Sequence[Rect]) -> Rect:
        """Draws it and tells where."""
        pad = self._stroke
        room = self.size.width - 2 * pad
        text = self._letters.shortened(drawable(mark.label), room)
        left, top, right, bottom = self._letters.extent(text)
        plate = Extent(right - left + 2 * pad, bottom - top + 2 * pad)
        spot = place(plate, self._whole(mark), taken, self.size)
        self._pen.rectangle((*spot[:2], spot.right - 1, spot.bottom - 1), fill=mark.colour)
        start = (spot.left + pad - left, spot.top + pad - top)
        self._letters.write(self._pen, start, text, LETTERS)
        return spot


def _copied(raster: Image.Image, spares: Spares) -> Image.Image:
    try:
        # One step, so that no two threads take the same.
        spare = spares.get(raster.size, []).pop()
    except IndexError:
        return raster.copy()
    spare.paste(raster)
    return spare


def _within(position: int, last: int) -> int:
    return min(max(position, 0), last)


def _square(x: int, y: int, radius: int) -> tuple[int, int, int, int]:
    return (x - radius, y - radius, x + radius, y + radius)
