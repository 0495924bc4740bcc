"""Engines that look at images: what a thing's outline is, what is near and what is far.

To add one: write a module with a config model (`kind`, `build(pool)`) and a class that follows
`ports.Segmenter` or `ports.DepthEstimator`, and name the config below.
"""

from importlib.util import find_spec
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from candor.adapters.vision.grabcut import GrabCutConfig
from candor.adapters.vision.none import NoEngineConfig
from candor.adapters.vision.onnx_config import OnnxDepthConfig, OnnxSegmentConfig
from candor.domain.vision.instruments import Instruments, TextReader
from candor.domain.vision.pool import Pool

SegmentConfig = Annotated[
    GrabCutConfig | OnnxSegmentConfig | NoEngineConfig, Field(discriminator="kind")
]
DepthConfig = Annotated[OnnxDepthConfig | NoEngineConfig, Field(discriminator="kind")]


def default_segmenter() -> GrabCutConfig | NoEngineConfig:
    """The built-in engine where OpenCV is installed (extra `ocr`)."""
    return GrabCutConfig() if find_spec("cv2") else NoEngineConfig()


class VisionConfig(BaseModel):
    """What debaters can do with images beyond marking, enlarging, comparing and measuring. An
    operation that is not configured is not offered to models."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    segment: SegmentConfig = Field(default_factory=default_segmenter)
    depth: DepthConfig = NoEngineConfig()

    def build(self, pool: Pool, reader: TextReader | None) -> Instruments:
        """`reader` is None where text is not read.

        Raises: ConfigError.
        """
        return Instruments(reader, self.segment.build(pool), self.depth.build(pool))


__all__ = ["DepthConfig", "SegmentConfig", "VisionConfig"]
