"""What a deployment can do with images beyond drawing on them.

The protocols are ports (`domain/ports.py` hands them on); they stand here because operations
use them.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from candor.domain.vision.geometry import BoxRegion, PointRegion
from candor.domain.vision.pictures import Picture

if TYPE_CHECKING:
    # It takes 0.1 s and 15 MB to have, and is loaded by the engines that work with it.
    import numpy as np
    from numpy.typing import NDArray

Mask: TypeAlias = "NDArray[np.bool_]"
"""Rows by columns, true where the thing is. Of any size with the picture's shape."""
Relief: TypeAlias = "NDArray[np.float32]"
"""Rows by columns, 0 the farthest spot of the picture, 1 the nearest; as `Mask` in size."""

Need = Literal["reader", "segmenter", "depth"]
"""An instrument, by the name of its field in `Instruments`."""


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of text in an image: its place in pixels of the upright image as sent, and the
    reader's confidence, 0..1."""

    text: str
    region: BoxRegion
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class PageText:
    """The text in one image, in reading order. `cut` says why some of it was left out."""

    lines: tuple[TextLine, ...]
    cut: str = ""


class TextReader(Protocol):
    """Reads the text in images (OCR)."""

    @property
    def name(self) -> str:
        """Names the engine and its models: part of the policy's fingerprint."""
        ...

    async def read(self, picture: Picture, deadline: float) -> PageText:
        """`deadline` is a moment on `time.monotonic`; past it the rest is cut.

        Raises: ReaderUnavailable.
        """
        ...


@dataclass(frozen=True, slots=True)
class Pointers:
    """What tells a thing from the rest of the picture, in pixels of its raster: spots on the
    thing, spots beside it, and a frame around it. There is a spot on it or a frame."""

    on: tuple[PointRegion, ...] = ()
    beside: tuple[PointRegion, ...] = ()
    frame: BoxRegion | None = None


class Segmenter(Protocol):
    """Finds the outline of the thing that is pointed at."""

    @property
    def name(self) -> str:
        """Names the engine and its models: part of the policy's fingerprint."""
        ...

    async def segment(self, picture: Picture, pointers: Pointers, deadline: float) -> Mask:
        """`deadline` is a moment on `time.monotonic`. The mask may be empty.

        Raises: OperationFailed, Overloaded.
        """
        ...


class DepthEstimator(Protocol):
    """Guesses how far away the things in a photo are, compared with each other."""

    @property
    def name(self) -> str:
        """As of a `Segmenter`."""
        ...

    async def estimate(self, picture: Picture, deadline: float) -> Relief:
        """Raises: OperationFailed, Overloaded."""
        ...


@dataclass(frozen=True, slots=True)
class Instruments:
    """What this deployment has. Without any, a debater can still mark, enlarge, compare and
    measure. Nothing takes the place of what is missing."""

    reader: TextReader | None = None
    segmenter: Segmenter | None = None
    depth: DepthEstimator | None = None

    def has(self, need: Need | None) -> bool:
        return need is None or getattr(self, need) is not None

    @property
    def names(self) -> tuple[str, ...]:
        """Part of the policy's fingerprint."""
        there = (self.reader, self.segmenter, self.depth)
        return tuple(one.name for one in there if one is not None)


@dataclass(frozen=True, slots=True)
class OperationLimits:
    """How many operations are drawn; the rest is refused."""

    per_turn: int = 12
    per_debate: int = 40


@dataclass(frozen=True, slots=True)
class Means:
    """What a speaker has to point with."""

    instruments: Instruments = Instruments()
    limits: OperationLimits = OperationLimits()
    marked_scale: float = 0.5
    """Longest side of the pictures with marks, as a share of that of the images themselves,
    which everybody sees besides: a mark shows where to look there. Half the side is a quarter
    of the tokens, in each of a debate's later calls."""
