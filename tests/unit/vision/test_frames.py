import time
from collections.abc import Callable

import pytest

from candor.domain.exchange import SourceImage
from candor.domain.vision.frames import MAX_COUNTED_FRAMES
from candor.domain.vision.image import ImageLimits, inspect
from tests import images


def frames_of(source: SourceImage) -> int:
    return inspect(source, ImageLimits(), "images[0]").frames


def gif(frames: int, blocks: int = 1) -> SourceImage:
    """Every frame has `blocks` blocks of one byte: as slow to walk over as a GIF can be."""
    header = b"GIF89a" + b"\x08\x00\x08\x00\xf0\x00\x00" + b"\x00" * 6
    frame = b"\x2c" + b"\x00" * 4 + b"\x08\x00\x08\x00\x00" + b"\x02" + b"\x01\x00" * blocks
    return SourceImage(header + (frame + b"\x00") * frames + b"\x3b")


@pytest.mark.parametrize("frames", [1, 2, 3, 40])
def test_our_count_of_a_gif_is_that_of_the_library(frames: int) -> None:
    assert frames_of(images.animation(frames)) == frames


def test_comments_and_local_colours_are_not_frames() -> None:
    shot = images.photo(64, 48).quantize(200)
    other = images.corners(64, 48).quantize(4)
    source = images.source(
        shot, "GIF", save_all=True, append_images=[other, shot], comment=b",,,!!!" * 60
    )

    assert frames_of(source) == 3


@pytest.mark.parametrize(
    "drawn",
    [
        pytest.param(lambda: gif(10_000), id="10,000 frames"),
        pytest.param(lambda: gif(400_000), id="400,000 frames"),
        pytest.param(lambda: images.animation(1_200, "TIFF", size=(2, 2)), id="1,200 pages"),
    ],
)
def test_counting_stops_at_the_bound_and_takes_no_seconds(
    drawn: Callable[[], SourceImage],
) -> None:
    source = drawn()
    started = time.process_time()

    assert frames_of(source) == MAX_COUNTED_FRAMES
    assert time.process_time() - started < 1


def test_a_gif_cut_into_crumbs_counts_as_having_more_to_show() -> None:
    started = time.process_time()

    assert frames_of(gif(2, blocks=4_000_000)) == 2
    assert time.process_time() - started < 1
