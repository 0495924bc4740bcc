"""What an operation works with, and what it comes back with."""

from collections.abc import Mapping
from dataclasses import dataclass

from PIL import Image

from candor.domain.vision.instruments import Instruments, Mask, Relief
from candor.domain.vision.pictures import Pictures


@dataclass(frozen=True, slots=True)
class Bench:
    """`deadline` is a moment on `time.monotonic`."""

    pictures: Pictures
    instruments: Instruments
    deadline: float


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What an operation worked out besides its place.

    `fact` goes with the turn, `short` stands in the picture behind the label; `mask` and
    `relief` are of the image that the operation names, at any size.
    """

    fact: str = ""
    short: str = ""
    mask: "Mask | None" = None
    relief: "Relief | None" = None


Rasters = Mapping[int, Image.Image]
"""Upright RGB, by the number of the image. Must not be drawn on."""
