"""Show what is near and what is far."""

from typing import Annotated, ClassVar, Literal

from PIL import Image
from pydantic import Field

from candor.domain.errors import OperationFailed
from candor.domain.vision.bench import Bench, Found, Rasters
from candor.domain.vision.geometry import Box, BoxRegion, Point, Region
from candor.domain.vision.instruments import Need, Relief
from candor.domain.vision.operations.evidential import SEEN, Evidential, words
from candor.domain.vision.outcomes import RefusalReason
from candor.domain.vision.raster import enlarged

_MOST = 8
# From far to near: dark blue, teal, yellow. Reads in grey too, for it only gets lighter.
_SCALE = ((24, 20, 82), (32, 110, 142), (90, 200, 130), (253, 231, 80))


class NamedPoint(Point):
    """A spot and what is there."""

    name: Annotated[str, words(40), SEEN] = Field(description="What is there, in a word or two.")


class Depth(Box, Evidential):
    """Show how near or far the things in a region of a photo are, compared with each other."""

    kind: Literal["depth"] = Field("depth", description="Shows what is near and what is far.")
    points: Annotated[tuple[NamedPoint, ...], Field(max_length=_MOST)] = Field(
        (),
        description="Things to compare, each with x and y in fractions of the image and a "
        "name; may be empty.",
    )
    needs: ClassVar[Need | None] = "depth"

    def region(self, width: int, height: int) -> BoxRegion:
        return self.to_pixels(width, height)

    def strokes(self, image: int, width: int, height: int) -> tuple[Region, ...]:
        if image != self.image:
            return ()
        spots = (point.to_pixels(width, height) for point in self.points)
        return (self.region(width, height), *spots)

    async def perform(self, bench: Bench) -> Found:
        engine = bench.instruments.depth
        if engine is None:
            raise OperationFailed("no depth model is there", reason=RefusalReason.NOT_AVAILABLE)
        picture = await bench.pictures.picture(self.image)
        relief = await engine.estimate(picture, bench.deadline)
        return self._told(relief)

    def _told(self, relief: Relief) -> Found:
        height, width = relief.shape
        spots = [(point.name, point.to_pixels(width, height)) for point in self.points]
        found = sorted(((float(relief[at.y, at.x]), name) for name, at in spots), reverse=True)
        said = ", ".join(f"“{name}” {near:.2f}" for near, name in found)
        scale = "1 is the nearest spot of the image, 0 the farthest"
        return Found(f"depth picture; {scale}{': ' + said if said else ''}", relief=relief)

    def close_up(self, rasters: Rasters, max_side: int, found: Found) -> Image.Image | None:
        """The region's relief: light is near, dark is far."""
        del rasters
        if found.relief is None:
            return None
        coloured = _coloured(found.relief)
        return enlarged(coloured, self.region(*coloured.size), max_side)


def _coloured(relief: Relief) -> Image.Image:
    # Whoever has a relief has loaded it.
    import numpy as np  # noqa: PLC0415

    steps = np.linspace(0, 1, len(_SCALE))
    channels = [np.interp(relief, steps, channel) for channel in zip(*_SCALE, strict=True)]
    return Image.fromarray(np.stack(channels, axis=-1).round().astype(np.uint8))
