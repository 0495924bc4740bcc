import threading
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageColor

from candor.domain.errors import InvalidExchange
from candor.domain.exchange import SourceImage
from candor.domain.vision.canvas import Mark
from candor.domain.vision.evidence import Exhibit, exhibits, marked_for_people, marks_of
from candor.domain.vision.geometry import BoxRegion, LineRegion, PointRegion
from candor.domain.vision.image import WORK_SIDE, ImageLimits
from candor.domain.vision.operations import MarkBox, MarkLine, MarkPoint, Operation, Zoom
from candor.domain.vision.palette import Colour
from candor.domain.vision.pictures import Pictures
from candor.domain.vision.pool import Pool
from candor.domain.vision.raster import MOST_ENLARGED
from tests import images

GREY = (128, 128, 128)
BOX = MarkBox(image=0, claim="c", label="total", x=0.25, y=0.5, width=0.25, height=0.25)
POINT = MarkPoint(image=0, claim="c", label="door", x=0.5, y=0.25)
LINE = MarkLine(image=0, claim="c", label="gap", x1=0.6, y1=0.1, x2=0.9, y2=0.1)
ZOOM = Zoom(image=0, claim="c", label="date", x=0.5, y=0.5, width=0.5, height=0.5)


@pytest.fixture
async def pool() -> AsyncIterator[Pool]:
    async with Pool() as pool:
        yield pool


async def opened(pool: Pool, *shown: Image.Image) -> Pictures:
    return await Pictures.open([images.source(i) for i in shown], ImageLimits(), pool)


def grey(width: int = 800, height: int = 400) -> Image.Image:
    return Image.new("RGB", (width, height), GREY)


async def made(
    pictures: Pictures, *operations: Operation, max_side: int = 800, prefix: str = "A1."
) -> tuple[Exhibit, ...]:
    return await exhibits(
        pictures, operations, prefix=prefix, colour=Colour.AFFIRMER, max_side=max_side
    )


def pixels(exhibit: Exhibit) -> Image.Image:
    with Image.open(BytesIO(exhibit.image.data)) as image:
        assert image.size == (exhibit.image.width, exhibit.image.height)
        return image.convert("RGB")


def is_ink(image: Image.Image, x: int, y: int, colour: Colour) -> bool:
    found, wanted = image.getpixel((x, y)), ImageColor.getrgb(colour)
    assert isinstance(found, tuple)
    # JPEG moves colours next to an edge a little.
    return all(abs(a - b) < 48 for a, b in zip(found, wanted, strict=True))


async def test_all_marks_of_an_image_are_on_one_picture(pool: Pool) -> None:
    pictures = await opened(pool, grey())

    (exhibit,) = await made(pictures, BOX, POINT, LINE)

    assert exhibit.caption == "image 0 with marks A1.1, A1.2, A1.3"
    assert exhibit.image.media_type == "image/jpeg"


@pytest.mark.parametrize("max_side", [800, 400, 236])
async def test_marks_are_where_the_operations_say_at_every_size(pool: Pool, max_side: int) -> None:
    pictures = await opened(pool, grey())

    (exhibit,) = await made(pictures, BOX, POINT, LINE, max_side=max_side)

    image = pixels(exhibit)
    assert max(image.size) == max_side
    box, point, line = (op.region(*image.size) for op in (BOX, POINT, LINE))
    assert isinstance(box, BoxRegion)
    assert isinstance(point, PointRegion)
    assert isinstance(line, LineRegion)
    spots = [
        (box.x, box.y + box.height // 2),
        (box.x + box.width - 1, box.y + box.height // 2),
        (box.x + box.width // 2, box.y + box.height - 1),
        (point.x, point.y),
        (line.x1, line.y1),
        (line.x2, line.y2),
    ]
    assert [is_ink(image, x, y, Colour.AFFIRMER) for x, y in spots] == [True] * 6


async def test_only_images_with_marks_are_shown_in_their_order(pool: Pool) -> None:
    pictures = await opened(pool, grey(), grey(), grey())
    last, first = BOX.model_copy(update={"image": 2}), BOX

    shown = await made(pictures, last, first, prefix="N2.")

    assert [e.caption for e in shown] == ["image 0 with marks N2.2", "image 2 with marks N2.1"]


async def test_a_turn_without_marks_shows_nothing(pool: Pool) -> None:
    assert await made(await opened(pool, grey())) == ()


async def test_a_zoom_is_marked_and_shown_enlarged(pool: Pool) -> None:
    pictures = await opened(pool, images.corners(400, 200))

    marked, close_up = await made(pictures, BOX, ZOOM.model_copy(update={"x": 0.0}))

    assert marked.caption == "image 0 with marks A1.1, A1.2"
    assert close_up.caption == "zoom A1.2 of image 0"
    image = pixels(close_up)
    assert image.size == (800, 400)
    middle = np.asarray(image)[20:-20, 20:-20].reshape(-1, 3)
    assert (np.abs(middle.astype(int) - images.BLUE) < 16).all(), "the bottom left quarter"


async def test_a_zoom_shows_detail_that_the_model_size_has_lost(pool: Pool) -> None:
    stripes = np.zeros((400, 1600, 3), np.uint8)
    stripes[:, ::2] = 255
    pictures = await opened(pool, Image.fromarray(stripes))
    part = Zoom(image=0, claim="c", label="l", x=0.5, y=0, width=0.1, height=0.5)

    marked, close_up = await made(pictures, part, max_side=200)

    assert np.asarray(pixels(marked))[30:, :80].std() < 30
    assert np.asarray(pixels(close_up)).std() > 60


async def test_a_tiny_zoom_is_enlarged_within_reason(pool: Pool) -> None:
    pictures = await opened(pool, grey())
    tiny = Zoom(image=0, claim="c", label="l", x=0.5, y=0.5, width=0.01, height=0.01)

    _, close_up = await made(pictures, tiny)

    assert (close_up.image.width, close_up.image.height) == (8 * MOST_ENLARGED, 4 * MOST_ENLARGED)


async def test_the_same_exhibits_are_made_once(pool: Pool) -> None:
    pictures = await opened(pool, grey())

    first = await made(pictures, BOX, ZOOM)

    assert await made(pictures, BOX.model_copy(), ZOOM) is first
    assert await made(pictures, BOX, ZOOM, max_side=400) is not first
    assert await made(pictures, BOX, ZOOM, prefix="A2.") is not first


async def test_the_picture_itself_is_never_drawn_on(pool: Pool) -> None:
    pictures = await opened(pool, grey())
    mark = Mark(0, BoxRegion(0, 0, 800, 400), "all", Colour.CONTRADICTS)

    await made(pictures, BOX, POINT, LINE, ZOOM)
    await marked_for_people(pictures, [mark])

    assert (await pictures.picture(0)).raster.getcolors() == [(800 * 400, GREY)]


class WatchedPool(Pool):
    """Remembers which threads worked."""

    def __init__(self) -> None:
        super().__init__()
        self.work: list[str] = []

    async def run(self, work, *args, **kwargs):  # type: ignore[no-untyped-def]
        return await super().run(self.watched(work), *args, **kwargs)

    async def within(self, needed, work, *args, **kwargs):  # type: ignore[no-untyped-def]
        return await super().within(needed, self.watched(work), *args, **kwargs)

    def watched(self, work: Any) -> Any:
        def watched(*args, **kwargs):  # type: ignore[no-untyped-def]
            assert threading.current_thread() is not threading.main_thread()
            self.work.append(work.__name__)
            return work(*args, **kwargs)

        return watched


async def test_drawing_is_done_in_the_pool() -> None:
    async with WatchedPool() as pool:
        pictures = await opened(pool, grey())
        await made(pictures, BOX)
        await marked_for_people(pictures, [Mark(0, PointRegion(1, 1), "x", Colour.SUPPORTS)])

    assert pool.work == ["inspect", "decode", "_exhibits_of", "_draw_for_people"]


async def test_a_damaged_image_has_no_exhibits(pool: Pool) -> None:
    whole = images.encoded(images.photo(200, 150), "JPEG")
    pictures = await Pictures.open([SourceImage(whole[:-2000])], ImageLimits(), pool)

    with pytest.raises(InvalidExchange):
        await made(pictures, BOX)


async def test_people_get_one_png_per_marked_image(pool: Pool) -> None:
    pictures = await opened(pool, grey(), grey(300, 200))
    marks = [
        Mark(1, BoxRegion(40, 60, 80, 50), "48.20", Colour.CONTRADICTS),
        Mark(1, PointRegion(250, 150), "door", Colour.SUPPORTS),
    ]

    plain, marked = await marked_for_people(pictures, marks)

    assert plain is None
    assert marked is not None
    with Image.open(BytesIO(marked)) as image:
        assert (image.format, image.size) == ("PNG", (300, 200))
        red, green = (ImageColor.getrgb(c) for c in (Colour.CONTRADICTS, Colour.SUPPORTS))
        assert [image.getpixel((x, 85)) for x in (40, 119)] == [red, red]
        assert image.getpixel((250, 150)) == green


async def test_marks_in_pixels_as_sent_land_on_the_smaller_raster(pool: Pool) -> None:
    pictures = await opened(pool, grey(2 * WORK_SIDE, 1000))

    (marked,) = await marked_for_people(
        pictures, [Mark(0, BoxRegion(1000, 400, 600, 200), "x", Colour.CONTRADICTS)]
    )

    assert marked is not None
    with Image.open(BytesIO(marked)) as image:
        assert image.size == (WORK_SIDE, 500)
        red = ImageColor.getrgb(Colour.CONTRADICTS)
        assert [image.getpixel((x, 250)) for x in (500, 799)] == [red, red]
        assert [image.getpixel((650, y)) for y in (200, 299)] == [red, red]
        assert image.getpixel((650, 250)) == GREY


async def test_an_operation_becomes_a_mark_in_pixels_as_sent(pool: Pool) -> None:
    pictures = await opened(pool, grey(4000, 1000))

    (mark,) = marks_of(BOX, pictures, "A1.1 total", Colour.NEGATOR)

    assert (mark.image, mark.region) == (0, BoxRegion(1000, 500, 1000, 250))
    assert (mark.label, mark.colour) == ("A1.1 total", Colour.NEGATOR)
