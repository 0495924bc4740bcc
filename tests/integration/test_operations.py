"""Every operation with its real instrument, and every example of the documentation."""

import json
import math
import re
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from pydantic import ValidationError

from candor.adapters.ocr import RapidOcrConfig
from candor.adapters.vision import VisionConfig
from candor.adapters.vision.grabcut import GrabCutConfig
from candor.adapters.vision.onnx_config import OnnxDepthConfig, OnnxSegmentConfig
from candor.cli import sheet
from candor.domain.errors import ConfigError, OperationFailed
from candor.domain.exchange import SourceImage
from candor.domain.ports import Instruments
from candor.domain.vision.bench import Bench
from candor.domain.vision.geometry import BoxRegion, PointRegion
from candor.domain.vision.image import ImageLimits
from candor.domain.vision.instruments import Pointers
from candor.domain.vision.operations import KINDS, Operation, as_operation
from candor.domain.vision.outcomes import RefusalReason
from candor.domain.vision.performing import Numbered, perform
from candor.domain.vision.pictures import Pictures
from candor.domain.vision.pool import Pool
from tests import onnx_files
from tests.images import source

DOCUMENTS = Path(__file__).parents[2] / "docs"
NEVER = math.inf


@pytest.fixture
async def pool() -> AsyncIterator[Pool]:
    async with Pool() as pool:
        yield pool


def a_ball(size: int = 128) -> Image.Image:
    """White, on dark ground with a little grain; its middle at a quarter, as wide as a quarter."""
    grain = np.random.default_rng(1).integers(0, 12, (size, size, 3), dtype=np.uint8)
    image = Image.fromarray(grain + np.uint8(30))
    disc = (size // 8, size // 8, size * 3 // 8, size * 3 // 8)
    ImageDraw.Draw(image).ellipse(disc, fill=(230, 230, 230))
    return image


async def opened(pool: Pool, *shown: Image.Image) -> Pictures:
    return await Pictures.open([source(image) for image in shown], ImageLimits(), pool)


def onnx_depth(tmp_path: Path) -> OnnxDepthConfig:
    model = onnx_files.brightness_as_depth(tmp_path / "depth.onnx")
    return OnnxDepthConfig(path=model, height=56, width=56)


def onnx_segment(tmp_path: Path) -> OnnxSegmentConfig:
    return OnnxSegmentConfig(
        encoder=onnx_files.seeing_encoder(tmp_path / "encoder.onnx"),
        decoder=onnx_files.bright_decoder(tmp_path / "decoder.onnx"),
        side=64,
    )


@pytest.mark.parametrize("with_frame", [True, False])
async def test_grabcut_finds_the_ball_that_is_pointed_at(pool: Pool, with_frame: bool) -> None:
    picture = await (await opened(pool, a_ball())).picture(0)
    frame = BoxRegion(10, 10, 44, 44) if with_frame else None
    pointers = Pointers(on=(PointRegion(32, 32),), frame=frame)

    mask = await GrabCutConfig().build(pool).segment(picture, pointers, NEVER)

    assert mask[32, 32]
    assert not mask[100, 100]
    assert mask.mean() == pytest.approx(math.pi / 64, rel=0.15)


async def test_grabcut_says_when_there_is_no_time(pool: Pool) -> None:
    picture = await (await opened(pool, a_ball())).picture(0)
    pointers = Pointers(on=(PointRegion(32, 32),))

    with pytest.raises(OperationFailed) as refused:
        await GrabCutConfig().build(pool).segment(picture, pointers, 0)

    assert refused.value.reason == RefusalReason.OUT_OF_TIME


async def test_a_sam_model_is_asked_with_the_spots(pool: Pool, tmp_path: Path) -> None:
    picture = await (await opened(pool, a_ball())).picture(0)
    engine = onnx_segment(tmp_path).build(pool)

    mask = await engine.segment(picture, Pointers(on=(PointRegion(32, 32),)), NEVER)
    beside = await engine.segment(picture, Pointers(beside=(PointRegion(9, 9),)), NEVER)

    assert mask.shape == (64, 64)
    assert mask[16, 16]
    assert not mask[50, 50]
    assert not beside.any()


async def test_a_depth_model_tells_near_from_far(pool: Pool, tmp_path: Path) -> None:
    picture = await (await opened(pool, a_ball())).picture(0)

    near = await onnx_depth(tmp_path).build(pool).estimate(picture, NEVER)
    farther = onnx_depth(tmp_path).model_copy(update={"larger_is": "farther"})
    far = await farther.build(pool).estimate(picture, NEVER)

    assert near.shape == (128, 128)
    assert near[32, 32] > 0.9
    assert near[100, 100] < 0.1
    assert far[32, 32] < 0.1


async def test_a_flat_picture_has_no_near_and_far(pool: Pool, tmp_path: Path) -> None:
    picture = await (await opened(pool, Image.new("RGB", (64, 64), "grey"))).picture(0)

    with pytest.raises(OperationFailed) as refused:
        await onnx_depth(tmp_path).build(pool).estimate(picture, NEVER)

    assert refused.value.reason == RefusalReason.NOTHING_FOUND


async def test_a_file_that_is_no_model_stops_the_start(pool: Pool, tmp_path: Path) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no model")

    with pytest.raises(ConfigError, match=r"vision\.depth\.path: .* not an ONNX model"):
        OnnxDepthConfig(path=broken).build(pool)
    with pytest.raises(ConfigError, match="cannot read"):
        OnnxDepthConfig(path=tmp_path / "missing.onnx").build(pool)
    with pytest.raises(ConfigError, match="no input 'rgb' in the file; known: pixel_values"):
        onnx_depth(tmp_path).model_copy(update={"input": "rgb"}).build(pool)


def test_edges_are_no_depth() -> None:
    with pytest.raises(ValidationError, match="'onnx', 'none'"):
        VisionConfig.model_validate({"depth": {"kind": "edges"}})


def examples() -> list[Operation]:
    """The JSON blocks of the page."""
    page = (DOCUMENTS / "operations.md").read_text(encoding="utf-8")
    return [as_operation(block) for block in re.findall(r"```json\n(.*?)\n```", page, re.DOTALL)]


def sample(name: str) -> SourceImage:
    return SourceImage(files("candor").joinpath("samples", name, "image.jpg").read_bytes())


def all_instruments(pool: Pool, tmp_path: Path) -> Instruments:
    config = VisionConfig(segment=GrabCutConfig(), depth=onnx_depth(tmp_path))
    return config.build(pool, RapidOcrConfig().build(pool))


def test_the_page_has_an_example_of_every_kind_and_they_are_those_of_the_sheet() -> None:
    assert {example.kind for example in examples()} == set(KINDS)
    assert examples() == list(sheet.examples())


async def test_every_example_of_the_page_runs(pool: Pool, tmp_path: Path) -> None:
    sources = [sample("departures"), sample("lake")]
    pictures = await Pictures.open(sources, ImageLimits(), pool)
    bench = Bench(pictures, all_instruments(pool, tmp_path), NEVER)

    done = await perform(bench, [Numbered(n, op) for n, op in enumerate(examples(), start=1)])

    assert done.refusals == ()
    facts = {op.label: r.fact for op, r in zip(done.operations, done.results, strict=True)}
    assert facts["status"] == ""
    assert facts["flights"] == "count 4 marked"
    assert "CANCELLED" in facts["states"]
    assert "DELAYED" in facts["states"]
    assert facts["moon"].startswith("area 0.00")
    page = (DOCUMENTS / "operations.md").read_text(encoding="utf-8")
    told = [facts[name] for name in ("board", "corner", "flights", "states")]
    assert [fact for fact in told if fact not in page] == []


async def test_the_sheet_shows_what_the_deployment_can_do(pool: Pool, tmp_path: Path) -> None:
    pictures = await Pictures.open([sample("departures"), sample("lake")], ImageLimits(), pool)

    bare = await sheet.draw(pictures, Instruments())
    full = await sheet.draw(pictures, all_instruments(pool, tmp_path))

    assert full.height > bare.height


async def test_the_text_of_a_region_is_read_and_no_other(pool: Pool) -> None:
    pictures = await Pictures.open([sample("departures")], ImageLimits(), pool)
    bench = Bench(pictures, Instruments(RapidOcrConfig().build(pool)), NEVER)
    said = {"kind": "read", "image": 0, "claim": "c", "label": "l"}
    row = as_operation(json.dumps({**said, "x": 0.08, "y": 0.4, "width": 0.3, "height": 0.09}))
    wall = as_operation(json.dumps({**said, "x": 0, "y": 0.9, "width": 0.3, "height": 0.1}))

    done = await perform(bench, [Numbered(1, row), Numbered(2, wall)])

    read, nothing = (result.fact for result in done.results)
    assert "LONDON" in read
    assert "PARIS" not in read
    assert nothing == "no text found there"
