"""Segmentation without a model: GrabCut (Rother, Kolmogorov, Blake, SIGGRAPH 2004), section 3,
as OpenCV has it. Good for things that differ in colour from what is around them."""

from importlib.util import find_spec
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from candor.domain.errors import ConfigError
from candor.domain.vision.instruments import Mask, Pointers
from candor.domain.vision.pictures import Picture
from candor.domain.vision.pool import Pool


class GrabCutConfig(BaseModel):
    """The built-in engine; needs OpenCV, which the extra `ocr` brings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["grabcut"] = "grabcut"
    max_side: int = Field(
        384, ge=64, le=1024, description="Longest side, in pixels, on which it works."
    )
    iterations: int = Field(
        3, ge=1, le=10, description="Rounds; after each the deadline is checked."
    )

    def build(self, pool: Pool) -> "GrabCut":
        """Raises: ConfigError when OpenCV is not installed."""
        if not find_spec("cv2"):
            raise ConfigError(
                "vision.segment.kind 'grabcut' needs OpenCV: pip install candor-monitor[ocr], "
                "or set vision.segment.kind to 'none'"
            )
        return GrabCut(self, pool)


class GrabCut:
    def __init__(self, config: GrabCutConfig, pool: Pool) -> None:
        self._config = config
        self._pool = pool

    @property
    def name(self) -> str:
        return f"grabcut/side={self._config.max_side}/iterations={self._config.iterations}"

    async def segment(self, picture: Picture, pointers: Pointers, deadline: float) -> Mask:
        """Raises: OperationFailed, Overloaded."""
        return await self._pool.run(self._segment, picture, pointers, deadline)

    def _segment(self, picture: Picture, pointers: Pointers, deadline: float) -> Mask:
        # OpenCV and numpy are loaded when a thing is first pointed at.
        from candor.adapters.vision.cutting import cut  # noqa: PLC0415

        c = self._config
        return cut(picture.raster, pointers, c.max_side, c.iterations, deadline)
