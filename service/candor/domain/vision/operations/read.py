"""Read the text in a region."""

import re
from typing import ClassVar, Literal

from PIL import Image
from pydantic import Field

from candor.domain.errors import OperationFailed, ReaderUnavailable
from candor.domain.vision.bench import Bench, Found
from candor.domain.vision.geometry import Box, BoxRegion
from candor.domain.vision.instruments import Need, PageText
from candor.domain.vision.operations.evidential import Evidential, visible
from candor.domain.vision.outcomes import RefusalReason
from candor.domain.vision.pictures import Picture
from candor.domain.vision.raster import cut_out

_LONGEST = 600
_IN_THE_PICTURE = 24
# Lower cuts than this are read badly; readers are trained on lines about as high.
_LEAST_SIDE = 64
_MOST_ENLARGED = 4
_BLANKS = re.compile(r"\s+")


class Read(Box, Evidential):
    """Have the text in a region read by the service's own reader, for words and numbers that
    somebody disputes."""

    kind: Literal["read"] = Field("read", description="Reads the text in the region.")
    needs: ClassVar[Need | None] = "reader"

    def region(self, width: int, height: int) -> BoxRegion:
        return self.to_pixels(width, height)

    async def perform(self, bench: Bench) -> Found:
        reader = bench.instruments.reader
        if reader is None:
            raise OperationFailed("no text reader is there", reason=RefusalReason.NOT_AVAILABLE)
        picture = await bench.pictures.picture(self.image)
        part = await bench.pictures.pool.run(_part, picture, self.region(*picture.raster.size))
        try:
            page = await reader.read(part, bench.deadline)
        except ReaderUnavailable as exc:
            raise OperationFailed("the text reader did not answer") from exc
        return _told(page)


def _part(picture: Picture, place: BoxRegion) -> Picture:
    """The region as a picture of its own, with a name of its own for those who remember."""
    cut = cut_out(picture.raster, place)
    scale = min(max(1, _LEAST_SIDE / min(cut.size)), _MOST_ENLARGED)
    if scale > 1:
        size = (round(cut.width * scale), round(cut.height * scale))
        cut = cut.resize(size, Image.Resampling.BICUBIC)
    digest = f"{picture.digest}/{place.x},{place.y},{place.width},{place.height}"
    return Picture(picture.index, digest, *cut.size, cut, picture.tenant)


def _told(page: PageText) -> Found:
    text = " / ".join(_clean(line.text) for line in page.lines)
    rest = f" (not all was read: {page.cut})" if page.cut else ""
    if not text:
        return Found(f"no text found there{rest}", "no text")
    if len(text) > _LONGEST:
        text, rest = text[:_LONGEST] + "…", rest or " (the rest is left out)"
    short = text if len(text) <= _IN_THE_PICTURE else text[: _IN_THE_PICTURE - 1] + "…"
    return Found(f"text “{text}”{rest}", f"“{short}”")


def _clean(text: str) -> str:
    # What was read is quoted to models and drawn: nothing in it may act.
    return _BLANKS.sub(" ", visible(text)).strip()
