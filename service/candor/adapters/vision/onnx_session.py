"""A model file in ONNX form, loaded once at start-up and run on one thread."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from candor.adapters.vision.onnx_config import Normalisation
from candor.domain.errors import ConfigError, OperationFailed

Tensor = NDArray[np.float32]


def normalised(pixels: NDArray[np.uint8], how: Normalisation) -> Tensor:
    """Rows, columns, channels; the same afterwards."""
    values = pixels.astype(np.float32) * np.float32(how.scale)
    mean, deviation = (np.array(v, np.float32) for v in (how.mean, how.deviation))
    normal: Tensor = (values - mean) / deviation
    return normal


@dataclass(frozen=True, slots=True)
class OnnxModel:
    """A loaded file, and the digest of its bytes."""

    session: Any
    digest: str

    @classmethod
    def load(cls, path: Path, setting: str) -> "OnnxModel":
        """`setting` is the place of the path in the configuration.

        Raises: ConfigError.
        """
        if not find_spec("onnxruntime"):
            raise ConfigError(f"{setting} needs onnxruntime: pip install candor-monitor[ocr]")
        try:
            data = path.read_bytes()
        except OSError as exc:
            raise ConfigError(f"{setting}: cannot read {path}: {exc.strerror}") from exc
        runtime = import_module("onnxruntime")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            session = runtime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        except Exception as exc:  # The library's errors share no base class.
            raise ConfigError(f"{setting}: {path} is not an ONNX model that can be run") from exc
        return cls(session, hashlib.sha256(data).hexdigest()[:12])

    def check(self, inputs: Sequence[str], outputs: Sequence[str], setting: str) -> None:
        """Raises: ConfigError when the file calls them otherwise; lists the known ones."""
        there = {
            "input": [one.name for one in self.session.get_inputs()],
            "output": [one.name for one in self.session.get_outputs()],
        }
        for what, wanted in (("input", inputs), ("output", outputs)):
            for name in wanted:
                if name not in there[what]:
                    known = ", ".join(there[what])
                    raise ConfigError(f"{setting}: no {what} {name!r} in the file; known: {known}")

    def run(self, outputs: Sequence[str], inputs: Mapping[str, Any]) -> list[Tensor]:
        """Raises: OperationFailed."""
        try:
            return list(self.session.run(list(outputs), dict(inputs)))
        except Exception as exc:  # As above; the message may tell of the picture's size only.
            raise OperationFailed("the model cannot be run on this image") from exc
