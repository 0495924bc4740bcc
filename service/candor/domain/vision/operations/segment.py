"""Find the outline of a thing."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from candor.domain.errors import OperationFailed
from candor.domain.vision.bench import Bench, Found
from candor.domain.vision.geometry import Box, BoxRegion, Point, Region, around
from candor.domain.vision.instruments import Mask, Need, Pointers
from candor.domain.vision.operations.evidential import Evidential
from candor.domain.vision.outcomes import RefusalReason
from candor.domain.vision.tint import covered

_MOST = 16
_Points = Annotated[tuple[Point, ...], Field(max_length=_MOST)]


class Segment(Evidential):
    """Find the outline of one thing and how much of the image it takes, from points on it,
    points beside it, and a box around it. Needs a point on it or a box."""

    kind: Literal["segment"] = Field("segment", description="Finds a thing's outline.")
    points: _Points = Field(description="Points on the thing, each with x and y in fractions.")
    not_points: _Points = Field(
        (), description="Points beside the thing, that do not belong to it; may be empty."
    )
    box: Box | None = Field(None, description="A box around the whole thing, or null.")
    needs: ClassVar[Need | None] = "segmenter"

    @model_validator(mode="after")
    def _points_at_something(self) -> Self:
        if not self.points and self.box is None:
            raise ValueError("segment takes a point on the thing, or a box around it")
        return self

    def region(self, width: int, height: int) -> BoxRegion:
        if self.box is not None:
            return self.box.to_pixels(width, height)
        return around(self.strokes(self.image, width, height))

    def strokes(self, image: int, width: int, height: int) -> tuple[Region, ...]:
        if image != self.image:
            return ()
        spots = tuple(point.to_pixels(width, height) for point in self.points)
        return spots if self.box is None else (self.box.to_pixels(width, height), *spots)

    async def perform(self, bench: Bench) -> Found:
        engine = bench.instruments.segmenter
        if engine is None:
            raise OperationFailed("no segmenter is there", reason=RefusalReason.NOT_AVAILABLE)
        picture = await bench.pictures.picture(self.image)
        mask = await engine.segment(picture, self._pointers(*picture.raster.size), bench.deadline)
        return await bench.pictures.pool.run(_told, mask)

    def _pointers(self, width: int, height: int) -> Pointers:
        return Pointers(
            tuple(point.to_pixels(width, height) for point in self.points),
            tuple(point.to_pixels(width, height) for point in self.not_points),
            None if self.box is None else self.box.to_pixels(width, height),
        )


def _told(mask: Mask) -> Found:
    share = float(mask.mean())
    if not share:
        raise OperationFailed(
            "nothing stands out from its surroundings there", reason=RefusalReason.NOTHING_FOUND
        )
    height, width = mask.shape
    box = covered(mask, (width, height))
    left, right = box.x / width, (box.x + box.width) / width
    top, bottom = box.y / height, (box.y + box.height) / height
    fact = (
        f"area {share:.3f} of the image, between x {left:.2f} and {right:.2f}, "
        f"y {top:.2f} and {bottom:.2f}"
    )
    return Found(fact, f"{share:.1%} of the image", mask=mask)
