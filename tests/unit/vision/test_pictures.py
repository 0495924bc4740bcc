import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from candor.domain.errors import InvalidExchange, Overloaded, TooLarge
from candor.domain.exchange import SourceImage
from candor.domain.vision.image import ImageLimits
from candor.domain.vision.pictures import Pictures
from candor.domain.vision.pool import Pool
from tests import images


@pytest.fixture
async def pool() -> AsyncIterator[Pool]:
    async with Pool() as pool:
        yield pool


async def opened(pool: Pool, *sources: SourceImage) -> Pictures:
    return await Pictures.open(sources, ImageLimits(), pool)


def cut(source: SourceImage) -> SourceImage:
    return SourceImage(source.data[: len(source.data) * 3 // 4])


async def test_the_image_at_fault_is_named(pool: Pool) -> None:
    with pytest.raises(InvalidExchange) as refused:
        await opened(pool, images.source(images.corners()), SourceImage(b"no image"))

    assert refused.value.field == "images[1]"


async def test_an_image_over_the_limit_is_refused(pool: Pool) -> None:
    with pytest.raises(TooLarge):
        await Pictures.open(
            [images.source(images.corners(60, 40))], ImageLimits(max_image_pixels=2399), pool
        )


async def test_an_image_is_decoded_once_whoever_asks(pool: Pool) -> None:
    pictures = await opened(pool, images.source(images.corners()))

    first, second = await asyncio.gather(pictures.picture(0), pictures.picture(0))

    assert first is second
    assert (first.width, first.height) == (60, 40)


async def test_a_damaged_image_is_found_when_it_is_decoded_and_stays_damaged(pool: Pool) -> None:
    pictures = await opened(pool, cut(images.source(images.photo(200, 150), "JPEG")))

    for _ in range(2):
        with pytest.raises(InvalidExchange):
            await pictures.picture(0)


async def test_a_model_is_not_the_first_to_find_the_damage(pool: Pool) -> None:
    pictures = await opened(pool, cut(images.source(images.photo(200, 150), "JPEG")))

    with pytest.raises(InvalidExchange):
        await pictures.for_model(0, 1024)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
async def test_a_small_plain_image_goes_to_the_model_byte_for_byte(pool: Pool, kind: str) -> None:
    source = images.source(images.corners(), kind)
    pictures = await opened(pool, source)

    sent = await pictures.for_model(0, 60)

    assert sent.data == source.data
    assert sent.media_type == f"image/{kind.lower()}"


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(images.source(images.corners(), "GIF"), id="a format models may not take"),
        pytest.param(images.stored_as(images.corners(), 6), id="turned"),
        pytest.param(images.source(images.corners().convert("RGBA")), id="with alpha"),
        pytest.param(images.source(images.corners().convert("CMYK"), "JPEG"), id="CMYK"),
        pytest.param(images.animation(2, "WEBP"), id="animated"),
    ],
)
async def test_anything_else_is_flattened_into_a_jpeg(pool: Pool, source: SourceImage) -> None:
    pictures = await opened(pool, source)

    sent = await pictures.for_model(0, 1024)

    assert sent.data[:3] == b"\xff\xd8\xff"
    assert sent.data != source.data
    assert sent.media_type == "image/jpeg"
    assert (sent.width, sent.height) == (pictures.facts[0].width, pictures.facts[0].height)


async def test_a_large_image_is_scaled_once_per_size(pool: Pool) -> None:
    pictures = await opened(pool, images.source(images.corners(600, 400)))

    large, again, small = await asyncio.gather(
        pictures.for_model(0, 300), pictures.for_model(0, 300), pictures.for_model(0, 60)
    )

    assert large is again
    assert (large.width, large.height) == (300, 200)
    assert (small.width, small.height) == (60, 40)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("shown_side", [600, 300])
async def test_a_sheet_is_the_image_at_its_size(pool: Pool, kind: str, shown_side: int) -> None:
    pictures = await opened(pool, images.source(images.corners(600, 400), kind))

    sheet = await pictures.sheet(0, 150, shown_side)

    assert sheet.size == (150, 100)
    assert sheet.mode == "RGB"
    assert await pictures.sheet(0, 150, shown_side) is sheet


@pytest.mark.parametrize(
    "source",
    [
        images.source(images.corners(600, 400)),
        images.source(images.corners(600, 400), "JPEG", quality=95, subsampling=0),
        images.stored_as(images.corners(600, 400), 6),
    ],
    ids=["png", "jpeg", "turned"],
)
@pytest.mark.parametrize("shown_side", [600, 450])
async def test_a_place_on_a_sheet_is_the_place_in_the_image(
    pool: Pool, source: SourceImage, shown_side: int
) -> None:
    pictures = await opened(pool, source)

    sheet = await pictures.sheet(0, 150, shown_side)

    colours = [sheet.getpixel(at) for at in ((71, 46), (78, 46), (71, 53), (78, 53))]
    expected = (images.RED, images.GREEN, images.BLUE, images.WHITE)
    assert all(_near(*pair) for pair in zip(colours, expected, strict=True))


def _near(colour: Any, expected: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 30 for a, b in zip(colour, expected, strict=True))


async def test_a_photo_that_is_cut_off_is_found_by_its_sheet(pool: Pool) -> None:
    pictures = await opened(pool, cut(images.source(images.photo(200, 150), "JPEG")))

    with pytest.raises(InvalidExchange):
        await pictures.sheet(0, 100, 1024)


async def test_several_things_are_made_side_by_side_and_handed_over_in_order(pool: Pool) -> None:
    pictures = await opened(pool, images.source(images.corners()))
    both = asyncio.Barrier(2)

    async def made(name: str) -> str:
        await both.wait()
        return name

    async with asyncio.timeout(5):
        told = await pictures.each_once({1: lambda: made("first"), 2: lambda: made("second")})

    assert told == ["first", "second"]
    assert await pictures.once(1, lambda: made("again")) == "first"


async def test_of_several_things_the_one_that_fails_stops_none(pool: Pool) -> None:
    pictures = await opened(pool, images.source(images.corners()))

    async def refused() -> str:
        raise Overloaded("full", reason="image_pool")

    async def made() -> str:
        return "made"

    with pytest.raises(Overloaded):
        await pictures.each_once({1: refused, 2: made})

    assert await pictures.once(2, refused) == "made"


async def test_a_caller_that_gives_up_takes_nothing_from_the_others(pool: Pool) -> None:
    pictures = await opened(pool, images.source(images.corners()))
    ready = asyncio.Event()

    async def slow() -> str:
        await ready.wait()
        return "made"

    impatient = asyncio.create_task(pictures.once("thing", slow))
    patient = asyncio.create_task(pictures.once("thing", slow))
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.sleep(0)
    ready.set()

    assert await patient == "made"
    assert impatient.cancelled()


async def test_a_full_line_is_not_remembered() -> None:
    async with Pool(workers=1, max_waiting=0) as pool:
        pictures = await opened(pool, images.source(images.photo(300, 200)))
        busy = asyncio.create_task(pool.run(sum, range(300_000)))
        await asyncio.sleep(0)

        with pytest.raises(Overloaded):
            await pictures.picture(0)
        await busy

        assert (await pictures.picture(0)).width == 300
