"""PP-OCR through RapidOCR and onnxruntime. The models come inside the wheel."""

import threading
import time
from collections.abc import Callable
from importlib import metadata
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from candor.adapters.ocr.cuts import OUT_OF_TIME
from candor.adapters.ocr.remembered import RememberedReader
from candor.domain.errors import ConfigError, ReaderUnavailable
from candor.domain.ports import PageText
from candor.domain.vision.pictures import Picture
from candor.domain.vision.pool import Pool

if TYPE_CHECKING:
    from candor.adapters.ocr.engine import Engine

# As they are called inside the wheel.
DETECTION = "PP-OCRv6_det_small.onnx"
RECOGNITION = "PP-OCRv6_rec_small.onnx"


class RapidOcrConfig(BaseModel):
    """The embedded reader; needs the extra `ocr`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["rapidocr"] = "rapidocr"
    max_side: int = Field(
        960, ge=320, le=2000, description="Longest side, in pixels, on which text is searched."
    )
    max_lines: int = Field(
        120, gt=0, description="Most lines read per image, the largest first; 1 ms to 60 ms each."
    )
    batch_lines: int = Field(
        6, gt=0, le=32, description="Lines read at once; between batches the deadline is checked."
    )
    min_confidence: float = Field(0.5, ge=0, le=1, description="Less sure lines are left out.")
    remember: int = Field(256, ge=0, description="Images whose text is kept in memory.")

    def build(
        self, pool: Pool, installed: "Callable[[str], bool] | None" = None
    ) -> RememberedReader:
        """Raises: ConfigError when the extra is not installed."""
        is_there = installed or _installed
        if not (is_there("rapidocr") and is_there("onnxruntime")):
            raise ConfigError(
                "ocr.kind 'rapidocr' needs the extra 'ocr': pip install candor-monitor[ocr], "
                "or set ocr.kind to 'none'"
            )
        return RememberedReader(RapidReader(self, pool), self.remember)


def _installed(module: str) -> bool:
    return find_spec(module) is not None


class RapidReader:
    """Loads its models once, at the first read or in `warm`; reads in the pool's threads."""

    def __init__(self, config: RapidOcrConfig, pool: Pool) -> None:
        self._config = config
        self._pool = pool
        self._loading = threading.Lock()
        self._engine: Engine | None = None

    @property
    def name(self) -> str:
        c = self._config
        return (
            f"rapidocr-{metadata.version('rapidocr')}/{DETECTION}/{RECOGNITION}"
            f"/side={c.max_side}/lines={c.max_lines}/confidence={c.min_confidence}"
        )

    async def warm(self) -> None:
        """Load the models and read one line, so that the first request does not wait.

        Raises: ReaderUnavailable, Overloaded.
        """
        await self._pool.run(self._warm)

    async def read(self, picture: Picture, deadline: float) -> PageText:
        """Raises: ReaderUnavailable, Overloaded."""
        return await self._pool.run(self._read, picture, deadline)

    def _warm(self) -> None:
        engine = self._loaded()
        try:
            engine.warm()
        except Exception as exc:
            raise _unavailable(exc) from exc

    def _read(self, picture: Picture, deadline: float) -> PageText:
        if time.monotonic() >= deadline:
            return PageText((), OUT_OF_TIME)
        engine = self._loaded()
        try:
            return engine.read(picture, deadline)
        except Exception as exc:
            raise _unavailable(exc) from exc

    def _loaded(self) -> "Engine":
        with self._loading:
            if self._engine is None:
                try:
                    # numpy and onnxruntime come with it.
                    from candor.adapters.ocr.engine import Engine  # noqa: PLC0415

                    self._engine = Engine.load(self._config)
                except Exception as exc:
                    raise _unavailable(exc) from exc
            return self._engine


def _unavailable(exc: Exception) -> ReaderUnavailable:
    # The libraries share no base class, and their messages may quote what they read.
    return ReaderUnavailable(f"the text reader failed ({type(exc).__name__})")
