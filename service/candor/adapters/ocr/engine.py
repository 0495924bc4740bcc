"""RapidOCR's networks at work, and how a page is put together from their lines."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from candor.adapters.ocr.cuts import OUT_OF_TIME, too_many
from candor.adapters.ocr.rapid import DETECTION, RECOGNITION, RapidOcrConfig
from candor.domain.ports import PageText, TextLine
from candor.domain.vision.geometry import BoxRegion
from candor.domain.vision.pictures import Picture

Pixels = NDArray[np.uint8]
Corners = NDArray[np.int32]

# An image that is lower than this finds no text: the network needs a few rows.
_LEAST_SIDE = 32


@dataclass(frozen=True, slots=True)
class _Line:
    """Where a line was found, cut out and turned level."""

    corners: Corners
    cut_out: Pixels

    @property
    def height(self) -> int:
        return int(self.cut_out.shape[0])

    @property
    def ratio(self) -> float:
        return float(self.cut_out.shape[1]) / max(self.height, 1)


@dataclass(frozen=True, slots=True)
class Engine:
    """RapidOCR's two networks, each used from several threads at once."""

    rapid: Any
    no_text: type[Exception]
    config: RapidOcrConfig

    @classmethod
    def load(cls, config: RapidOcrConfig) -> "Engine":
        """Naming the model files keeps RapidOCR from its downloads."""
        main = import_module("rapidocr.main")
        models = Path(main.root_dir) / "models"
        settings = {
            "Global.log_level": "critical",
            "Global.use_cls": False,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Det.model_path": str(models / DETECTION),
            "Det.limit_type": "max",
            "Det.limit_side_len": config.max_side,
            "Rec.model_path": str(models / RECOGNITION),
            "Rec.rec_batch_num": config.batch_lines,
        }
        return cls(main.RapidOCR(params=settings), main.RapidOCRError, config)

    def warm(self) -> None:
        """Reads a line with nothing in it."""
        blank: Pixels = np.full((64, 320, 3), 255, np.uint8)
        self.find(blank)
        self.recognise([blank[:48]])

    def read(self, picture: Picture, deadline: float) -> PageText:
        return _Page(self, self.config, picture).read(deadline)

    def find(self, pixels: Pixels) -> list[_Line]:
        """`pixels` are rows of blue, green, red, as OpenCV has them."""
        try:
            cuts, found = self.rapid.detect_and_crop(pixels, {})
        except self.no_text:
            return []
        return [
            _Line(box, cut) for box, cut in zip(found.boxes, cuts, strict=True) if min(cut.shape)
        ]

    def recognise(self, cuts: Sequence[Pixels]) -> list[tuple[str, float]]:
        """Text and confidence of each."""
        result = self.rapid.recognize_txt(list(cuts))
        return list(zip(result.txts, result.scores, strict=True))


@dataclass(slots=True)
class _Page:
    """One image on its way to text."""

    engine: Engine
    config: RapidOcrConfig
    picture: Picture
    read_lines: list[tuple[Corners, str, float]] = field(default_factory=list)

    def read(self, deadline: float) -> PageText:
        pixels, padding = _padded(np.asarray(self.picture.raster)[:, :, ::-1])
        found = self.engine.find(pixels)
        # Large print carries the message; dense small print costs seconds.
        largest = sorted(found, key=lambda line: line.height, reverse=True)
        chosen = largest[: self.config.max_lines]
        in_time = self._recognise(chosen, deadline)
        cut = "" if len(chosen) == len(found) else too_many(len(chosen), len(found))
        return PageText(self._lines(padding), cut if in_time else OUT_OF_TIME)

    def _recognise(self, lines: Sequence[_Line], deadline: float) -> bool:
        """False when the deadline passed first. Short lines come first: a batch costs what
        its longest line does, and labels and values are short."""
        queue = sorted(lines, key=lambda line: line.ratio)
        for start in range(0, len(queue), self.config.batch_lines):
            if time.monotonic() >= deadline:
                return False
            batch = queue[start : start + self.config.batch_lines]
            texts = self.engine.recognise([line.cut_out for line in batch])
            for line, (text, confidence) in zip(batch, texts, strict=True):
                self.read_lines.append((line.corners, text.strip(), confidence))
        return True

    def _lines(self, padding: int) -> tuple[TextLine, ...]:
        sure = [
            TextLine(text, self._region(corners, padding), confidence)
            for corners, text, confidence in self.read_lines
            if text and confidence >= self.config.min_confidence
        ]
        return tuple(sorted(sure, key=lambda line: (line.region.y, line.region.x)))

    def _region(self, corners: Corners, padding: int) -> BoxRegion:
        """In pixels of the image as sent, whatever the size of the raster."""
        wide, high = self.picture.raster.size
        across, down = self.picture.width / wide, self.picture.height / high
        xs = np.clip(corners[:, 0], 0, wide) * across
        ys = np.clip(corners[:, 1] - padding, 0, high) * down
        left = min(round(float(xs.min())), self.picture.width - 1)
        top = min(round(float(ys.min())), self.picture.height - 1)
        return BoxRegion(
            left,
            top,
            max(round(float(xs.max())) - left, 1),
            max(round(float(ys.max())) - top, 1),
        )


def _padded(pixels: NDArray[Any]) -> tuple[Pixels, int]:
    """Very low or very wide images get rows of their own edge above and below, or the
    network sees nothing in them. The number tells how many rows stand above."""
    height, width = pixels.shape[:2]
    padding = max(_LEAST_SIDE - height, width // 8 - height, 0) // 2 + 1
    if height >= _LEAST_SIDE and width <= 8 * height:
        return np.ascontiguousarray(pixels), 0
    rows = ((padding, padding), (0, 0), (0, 0))
    return np.ascontiguousarray(np.pad(pixels, rows, mode="edge")), padding
