"""Segmentation by a network of the SAM family in ONNX form: an encoder that sees the picture
once, and a decoder that is asked about spots."""

import time
from collections import OrderedDict
from threading import Lock
from typing import Self

import numpy as np
from PIL import Image

from candor.adapters.vision.onnx_config import OnnxSegmentConfig
from candor.adapters.vision.onnx_session import OnnxModel, Tensor, normalised
from candor.adapters.vision.pointing import scaled_to
from candor.domain.errors import OperationFailed
from candor.domain.vision.instruments import Mask, Pointers
from candor.domain.vision.outcomes import RefusalReason
from candor.domain.vision.pictures import Picture
from candor.domain.vision.pool import Pool

# Labels of points (SAM, arXiv 2304.02643, appendix A, prompt encoder).
_BESIDE, _ON, _FRAME_START, _FRAME_END, _PADDING = 0, 1, 2, 3, -1
_LOW_SIDE = 256


class OnnxSegmenter:
    def __init__(
        self, config: OnnxSegmentConfig, encoder: OnnxModel, decoder: OnnxModel, pool: Pool
    ) -> None:
        self._config = config
        self._encoder = encoder
        self._decoder = decoder
        self._pool = pool
        self._encoded: OrderedDict[str, Tensor] = OrderedDict()
        # The pool has several threads.
        self._lock = Lock()

    @classmethod
    def loaded(cls, config: OnnxSegmentConfig, pool: Pool) -> Self:
        """Raises: ConfigError."""
        encoder = OnnxModel.load(config.encoder, "vision.segment.encoder")
        encoder.check([config.encoder_input], [config.encoder_output], "vision.segment.encoder")
        decoder = OnnxModel.load(config.decoder, "vision.segment.decoder")
        decoder.check(config.asked, [config.masks, config.scores], "vision.segment.decoder")
        return cls(config, encoder, decoder, pool)

    @property
    def name(self) -> str:
        c = self._config
        return f"segment-{self._encoder.digest}-{self._decoder.digest}/{c.side}/{c.threshold}"

    async def segment(self, picture: Picture, pointers: Pointers, deadline: float) -> Mask:
        """Raises: OperationFailed, Overloaded."""
        return await self._pool.run(self._segment, picture, pointers, deadline)

    def _segment(self, picture: Picture, pointers: Pointers, deadline: float) -> Mask:
        _check_time(deadline)
        seen = self._seen(picture)
        _check_time(deadline)
        small = _size(picture.raster.size, self._config.side)
        return self._decode(seen, scaled_to(small, picture.raster.size, pointers), small)

    def _seen(self, picture: Picture) -> Tensor:
        with self._lock:
            known = self._encoded.get(picture.digest)
        if known is not None:
            return known
        seen = self._encode(picture)
        with self._lock:
            self._encoded[picture.digest] = seen
            while len(self._encoded) > self._config.remember:
                self._encoded.popitem(last=False)
        return seen

    def _encode(self, picture: Picture) -> Tensor:
        """The picture fills the top left; the rest is the colour that means nothing."""
        c = self._config
        small = np.asarray(_stretched(picture.raster, c.side))
        field = np.zeros((c.side, c.side, 3), np.float32)
        field[: small.shape[0], : small.shape[1]] = normalised(small, c.normalisation)
        pixels = np.ascontiguousarray(field.transpose(2, 0, 1)[None])
        (seen,) = self._encoder.run([c.encoder_output], {c.encoder_input: pixels})
        return seen

    def _decode(self, seen: Tensor, hints: Pointers, size: tuple[int, int]) -> Mask:
        c = self._config
        spots, labels = _prompt(hints)
        inputs = {
            c.image_embeddings: seen,
            c.point_coords: spots,
            c.point_labels: labels,
            c.mask_input: np.zeros((1, 1, _LOW_SIDE, _LOW_SIDE), np.float32),
            c.has_mask_input: np.zeros(1, np.float32),
            c.orig_im_size: np.array(size[::-1], np.float32),
        }
        masks, scores = self._decoder.run([c.masks, c.scores], inputs)
        if masks.ndim != 4 or masks.shape[1] != scores.size:
            raise OperationFailed("the segmentation model's answer is no mask")
        best: Mask = masks[0, int(np.argmax(scores))] > c.threshold
        return best


def _size(size: tuple[int, int], side: int) -> tuple[int, int]:
    """SAM enlarges small pictures too: the longest side is `side` in any case."""
    scale = side / max(size)
    return max(round(size[0] * scale), 1), max(round(size[1] * scale), 1)


def _stretched(raster: Image.Image, side: int) -> Image.Image:
    return raster.resize(_size(raster.size, side), Image.Resampling.BILINEAR)


def _prompt(hints: Pointers) -> tuple[Tensor, Tensor]:
    """Spots as 1 x n x 2 and their labels as 1 x n; a frame is its two corners, and the lack of
    one a spot that means nothing."""
    spots = [(spot.x, spot.y, _ON) for spot in hints.on]
    spots += [(spot.x, spot.y, _BESIDE) for spot in hints.beside]
    if hints.frame is None:
        spots.append((0, 0, _PADDING))
    else:
        box = hints.frame
        spots += [
            (box.x, box.y, _FRAME_START),
            (box.x + box.width, box.y + box.height, _FRAME_END),
        ]
    table = np.array(spots, np.float32)[None]
    return np.ascontiguousarray(table[:, :, :2]), np.ascontiguousarray(table[:, :, 2])


def _check_time(deadline: float) -> None:
    if time.monotonic() >= deadline:
        raise OperationFailed("no time was left", reason=RefusalReason.OUT_OF_TIME)
