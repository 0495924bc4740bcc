"""Depth by a network in ONNX form."""

import time
from typing import Self

import numpy as np
from PIL import Image

from candor.adapters.vision.onnx_config import OnnxDepthConfig
from candor.adapters.vision.onnx_session import OnnxModel, Tensor, normalised
from candor.domain.errors import OperationFailed
from candor.domain.vision.instruments import Relief
from candor.domain.vision.outcomes import RefusalReason
from candor.domain.vision.pictures import Picture
from candor.domain.vision.pool import Pool


class OnnxDepth:
    def __init__(self, config: OnnxDepthConfig, model: OnnxModel, pool: Pool) -> None:
        self._config = config
        self._model = model
        self._pool = pool

    @classmethod
    def loaded(cls, config: OnnxDepthConfig, pool: Pool) -> Self:
        """Raises: ConfigError."""
        model = OnnxModel.load(config.path, "vision.depth.path")
        model.check([config.input], [config.output], "vision.depth")
        return cls(config, model, pool)

    @property
    def name(self) -> str:
        c = self._config
        return f"depth-{self._model.digest}/{c.width}x{c.height}/{c.larger_is}"

    async def estimate(self, picture: Picture, deadline: float) -> Relief:
        """Raises: OperationFailed, Overloaded."""
        return await self._pool.run(self._estimate, picture, deadline)

    def _estimate(self, picture: Picture, deadline: float) -> Relief:
        if time.monotonic() >= deadline:
            raise OperationFailed("no time was left", reason=RefusalReason.OUT_OF_TIME)
        c = self._config
        small = picture.raster.resize((c.width, c.height), Image.Resampling.BICUBIC)
        pixels = normalised(np.asarray(small), c.normalisation).transpose(2, 0, 1)[None]
        (values,) = self._model.run([c.output], {c.input: np.ascontiguousarray(pixels)})
        return self._relief(values, picture.raster.size)

    def _relief(self, values: Tensor, size: tuple[int, int]) -> Relief:
        """In the picture's shape, from 0 (far) to 1 (near)."""
        flat = np.squeeze(values)
        if flat.ndim != 2 or not np.isfinite(flat).all():
            raise OperationFailed("the depth model's answer is no picture")
        low, high = float(flat.min()), float(flat.max())
        if low == high:
            raise OperationFailed(
                "the depth model sees no near and far here", reason=RefusalReason.NOTHING_FOUND
            )
        spread = ((flat - low) / (high - low)).astype(np.float32)
        near = spread if self._config.larger_is == "nearer" else 1 - spread
        whole = Image.fromarray(near).resize(size, Image.Resampling.BILINEAR)
        return np.clip(np.asarray(whole, dtype=np.float32), 0, 1)
