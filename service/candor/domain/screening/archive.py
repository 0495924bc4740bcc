"""How a trained screen is packed: a zip of `manifest.json` and plain arrays (`.npy`).

Reading it runs no code. The same content makes the same file, byte for byte.
"""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from candor.domain.screening import cues
from candor.domain.screening.familiarity import MEASURES, TRAITS, Familiarity, Profile, Spread
from candor.domain.screening.features import VERSION
from candor.domain.screening.head import Head
from candor.domain.screening.manifest import HeadRecord, Manifest, Stratum
from candor.domain.screening.vector import BUCKETS

MANIFEST = "manifest.json"
_MOST_MANIFEST = 2**20
_EPOCH = (1980, 1, 1, 0, 0, 0)
_ARRAYS: Mapping[str, tuple[str, int]] = {
    "weights": ("<f2", BUCKETS),
    "commonness": ("|u1", BUCKETS),
    "cue_weights": ("<f4", len(cues.NAMES)),
    "cue_mean": ("<f4", len(cues.NAMES)),
    "cue_deviation": ("<f4", len(cues.NAMES)),
    "measure_mean": ("<f4", len(MEASURES)),
    "measure_deviation": ("<f4", len(MEASURES)),
    "measure_precision": ("<f4", len(MEASURES) ** 2),
    "expected": ("<f4", TRAITS),
}


def kept_arrays(heads: Mapping[Stratum, Head]) -> dict[str, NDArray[Any]]:
    """The arrays of all heads as the file keeps them, by `stratum/name`."""
    return {
        f"{stratum}/{name}": array.astype(_ARRAYS[name][0])
        for stratum, head in sorted(heads.items())
        for name, array in head.arrays().items()
    }


def packed(manifest: Manifest, heads: Mapping[Stratum, Head]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        _put(file, MANIFEST, manifest.model_dump_json(indent=1).encode())
        for name, array in kept_arrays(heads).items():
            _put(file, f"{name}.npy", _npy(array))
    return out.getvalue()


def manifest_in(file: zipfile.ZipFile) -> Manifest:
    """Raises: KeyError, ValueError for other features too."""
    manifest = Manifest.model_validate_json(_get(file, MANIFEST, _MOST_MANIFEST))
    if manifest.features != VERSION or manifest.cues != cues.NAMES:
        raise ValueError(
            f"it was trained on features {manifest.features!r} and this version of Candor makes "
            f"{VERSION!r}: train it again"
        )
    return manifest


def head_in(file: zipfile.ZipFile, stratum: Stratum, record: HeadRecord) -> Head:
    """Raises: KeyError, ValueError."""
    arrays = {name: _array(file, stratum, name) for name in _ARRAYS}
    for name in ("cue_deviation", "measure_deviation"):
        if (arrays[name] <= 0).any():
            raise ValueError(f"{stratum}/{name} must be above 0")
    near = Familiarity(_profile(arrays), _spread(arrays, record))
    return Head(record, near, arrays["weights"], arrays["cue_weights"])


def _profile(arrays: Mapping[str, NDArray[Any]]) -> Profile:
    return Profile(arrays["commonness"], arrays["cue_mean"], arrays["cue_deviation"])


def _spread(arrays: Mapping[str, NDArray[Any]], record: HeadRecord) -> Spread:
    return Spread(
        arrays["measure_mean"],
        arrays["measure_deviation"],
        arrays["measure_precision"].reshape(len(MEASURES), len(MEASURES)),
        arrays["expected"],
        record.most_atypical,
    )


def _array(file: zipfile.ZipFile, stratum: Stratum, name: str) -> NDArray[Any]:
    kind, length = _ARRAYS[name]
    raw = _get(file, f"{stratum}/{name}.npy", 8 * length + 1024)
    array: NDArray[Any] = np.lib.format.read_array(io.BytesIO(raw), allow_pickle=False)
    if array.dtype != np.dtype(kind) or array.shape != (length,) or not np.isfinite(array).all():
        raise ValueError(f"{stratum}/{name} must be {length} finite numbers of type {kind}")
    return array


def _get(file: zipfile.ZipFile, name: str, most: int) -> bytes:
    if file.getinfo(name).file_size > most:
        raise ValueError(f"{name} is larger than {most} bytes")
    with file.open(name) as member:
        return member.read(most)


def _put(file: zipfile.ZipFile, name: str, content: bytes) -> None:
    # With the time of writing in it, no two files would be the same.
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3
    file.writestr(entry, content, compresslevel=6)


def _npy(array: NDArray[Any]) -> bytes:
    out = io.BytesIO()
    np.lib.format.write_array(out, np.ascontiguousarray(array), (1, 0), allow_pickle=False)
    return out.getvalue()
