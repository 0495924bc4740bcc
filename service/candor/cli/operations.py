"""candor operations: one sheet with every visual operation that this deployment can do."""

import asyncio
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from candor.cli import sheet
from candor.domain.exchange import SourceImage
from candor.domain.vision.image import ImageLimits
from candor.domain.vision.operations import offered
from candor.domain.vision.pictures import Pictures
from candor.domain.vision.pool import Pool
from candor.settings import Settings, load
from candor.wiring import instruments_of

_SAMPLES = ("departures", "lake")


def operations(
    output: Annotated[Path, typer.Option(help="The sheet, a PNG or JPEG file.")],
    config: Annotated[Path | None, typer.Option(help="Configuration file.")] = None,
) -> None:
    """Draw every visual operation that this deployment can do, on the shipped samples."""
    kinds = asyncio.run(_drawn(load(config), output))
    Console(highlight=False).print(f"{output}: {', '.join(kinds)}")


async def _drawn(settings: Settings, output: Path) -> tuple[str, ...]:
    async with Pool() as pool:
        instruments = instruments_of(settings, pool, settings.ocr.build(pool))
        pictures = await Pictures.open([_sample(name) for name in _SAMPLES], ImageLimits(), pool)
        drawn = await sheet.draw(pictures, instruments)
        await pool.run(drawn.save, output, optimize=True)
        return offered(instruments)


def _sample(name: str) -> SourceImage:
    return SourceImage(files("candor").joinpath("samples", name, "image.jpg").read_bytes())
