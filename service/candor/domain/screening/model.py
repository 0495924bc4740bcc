"""A trained screen: what it scores with, and the one file that it is kept in.

The file is a zip of `manifest.json` and plain arrays (`.npy`); reading it runs no code. The same
model makes the same file, byte for byte.
"""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from candor.domain.calibration import Curve, LogisticCurve
from candor.domain.errors import ConfigError
from candor.domain.ports import Tuning
from candor.domain.screening import cues, ngrams
from candor.domain.screening.familiarity import MEASURES, TRAITS, Familiarity, Profile, Spread
from candor.domain.screening.features import VERSION
from candor.domain.screening.vector import BUCKETS, FeatureVector

FORMAT = "candor-trained-screen-2"
MOST_FILE_BYTES = 16 * 2**20
_MANIFEST = "manifest.json"
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

Finite = Annotated[float, Field(allow_inf_nan=False)]
Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Stratum(StrEnum):
    """The two kinds of exchange, each with a head of its own."""

    WITH_REASONING = "with_reasoning"
    WITHOUT_REASONING = "without_reasoning"

    @classmethod
    def of(cls, has_reasoning: bool) -> "Stratum":
        return cls.WITH_REASONING if has_reasoning else cls.WITHOUT_REASONING


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileBand(_Record):
    """Thresholds on the score of this very file: it is sure below and above."""

    non_deceptive_below: Probability
    deceptive_above: Probability

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.non_deceptive_below > self.deceptive_above:
            raise ValueError("non_deceptive_below must not exceed deceptive_above")
        return self


class FileGoal(_Record):
    """What the thresholds promise of groups, each with `confidence`; null: nothing that way."""

    max_miss_rate: Probability | None = None
    max_fpr: Probability | None = None
    budget: Finite | None = Field(None, description="Escalations per 1,000 exchanges.")
    confidence: Probability = 0.95


class FileEvidence(_Record):
    """What a stratum's promise rests on, in groups. The rates are those that are promised, which
    `weakened` labels may have made weaker than the goal."""

    rows: int = Field(ge=0)
    deceptive_groups: int = Field(ge=0)
    missed_groups: int = Field(ge=0)
    miss_rate: Probability
    honest_groups: int = Field(ge=0)
    flagged_groups: int = Field(ge=0)
    false_positive_rate: Probability
    weakened: tuple[str, ...] = ()


class FileTuning(_Record):
    """Where `candor calibrate` found this very file to be sure, by stratum: thresholds on its
    score after `curve`, the goal, and the evidence. `data` is the SHA-256 of the labels."""

    with_reasoning: FileBand
    without_reasoning: FileBand
    curve: Curve = LogisticCurve()
    goal: FileGoal | None = None
    evidence: Mapping[Stratum, FileEvidence] = {}
    data: str = Field("", max_length=64)


class Source(_Record):
    """One source of the training data. The figures are from grouped cross-validation."""

    rows: int = Field(ge=0)
    deceptive: int = Field(ge=0)
    groups: int = Field(ge=0)
    auroc: Probability | None = Field(None, description="Null where one label is missing.")


class Card(_Record):
    """What a reader must know before trusting the file."""

    date: str = Field("", max_length=40)
    data: str = Field("", max_length=4000, description="Where the labels come from.")
    licences: tuple[str, ...] = ()
    sources: Mapping[str, Source] = {}
    known_failures: tuple[str, ...] = ()
    seed: int = 0


class HeadRecord(_Record):
    """The numbers of a head that are no arrays."""

    intercept: Finite
    curve: Curve = LogisticCurve()
    most_atypical: Finite = Field(description="Inputs that lie farther are unfamiliar.")
    drift_limits: tuple[Finite, Finite] = Field(
        description="Traffic that drifts farther over 25, or over 100 inputs, is another."
    )
    drift_usual: tuple[Finite, Finite] = Field(description="Below it the traffic is as before.")
    rows: int = Field(ge=0)
    groups: int = Field(ge=0)
    strength: float = Field(gt=0, description="C of the logistic regression, as chosen.")
    auroc: Probability | None = Field(None, description="Out of fold, by group.")


class Manifest(_Record):
    format: Literal["candor-trained-screen-2"] = "candor-trained-screen-2"
    features: str
    cues: tuple[str, ...]
    heads: Mapping[Stratum, HeadRecord] = Field(min_length=1)
    tuning: FileTuning | None = None
    card: Card = Card()


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """Logistic regression over cues (in standard deviations) and n-grams, then a curve."""

    record: HeadRecord
    familiarity: Familiarity
    weights: NDArray[np.float16]
    cue_weights: NDArray[np.float32]

    def score(self, vector: FeatureVector) -> float:
        """Calibrated on the training traffic, 0..1."""
        words = self.weights[vector.indices].astype(np.float32) @ ngrams.normalised(vector)
        logit = self.record.intercept + float(self._cue_parts(vector).sum()) + float(words)
        raw = 1 / (1 + np.exp(-np.clip(logit, -30, 30)))
        return self.record.curve.probability(float(raw))

    def strongest_cues(self, vector: FeatureVector, count: int = 3) -> list[str]:
        """Names of the cues that move the score most, whichever way."""
        order = np.argsort(-np.abs(self._cue_parts(vector)), kind="stable")
        return [cues.NAMES[place] for place in order[:count]]

    def _cue_parts(self, vector: FeatureVector) -> NDArray[np.float32]:
        return clipped(self.familiarity.profile.scaled(vector.cues)) * self.cue_weights

    def arrays(self) -> dict[str, NDArray[Any]]:
        profile, spread = self.familiarity.profile, self.familiarity.spread
        return {
            "weights": self.weights,
            "commonness": profile.commonness,
            "cue_weights": self.cue_weights,
            "cue_mean": profile.cue_mean,
            "cue_deviation": profile.cue_deviation,
            "measure_mean": spread.measure_mean,
            "measure_deviation": spread.measure_deviation,
            "measure_precision": spread.measure_precision.ravel(),
            "expected": spread.expected,
        }


def clipped(scaled: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cues as heads weigh them: none beyond 5 standard deviations."""
    return np.clip(scaled, -5, 5)


@dataclass(frozen=True, slots=True, eq=False)
class ScreenModel:
    """`digest` is the SHA-256 of all that the file holds, in hex, however it is packed. Safe to
    use from several threads."""

    manifest: Manifest
    heads: Mapping[Stratum, Head]
    digest: str = field(default="", init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", self._digest())

    @property
    def labels(self) -> int:
        return sum(head.record.rows for head in self.heads.values())

    @property
    def tuning(self) -> Tuning | None:
        kept = self.manifest.tuning
        if kept is None:
            return None
        return Tuning(_pair(kept.with_reasoning), _pair(kept.without_reasoning), kept.curve)

    def tuned(self, tuning: FileTuning | None) -> "ScreenModel":
        """The same model, sure where `tuning` says; its file and digest are others."""
        return ScreenModel(self.manifest.model_copy(update={"tuning": tuning}), self.heads)

    def _digest(self) -> str:
        whole = hashlib.sha256(self.manifest.model_dump_json().encode())
        for stratum, head in sorted(self.heads.items()):
            for name, array in head.arrays().items():
                whole.update(f"{stratum}/{name}".encode())
                whole.update(array.astype(_ARRAYS[name][0]).tobytes())
        return whole.hexdigest()

    def to_bytes(self) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as file:
            _put(file, _MANIFEST, self.manifest.model_dump_json(indent=1).encode())
            for stratum, head in sorted(self.heads.items()):
                for name, array in head.arrays().items():
                    _put(file, f"{stratum}/{name}.npy", _npy(array.astype(_ARRAYS[name][0])))
        return out.getvalue()

    @classmethod
    def from_bytes(cls, raw: bytes, name: str) -> Self:
        """`name` is for messages.

        Raises: ConfigError for what is no trained screen, or one for other features.
        """
        try:
            with zipfile.ZipFile(io.BytesIO(raw)) as file:
                manifest = Manifest.model_validate_json(_get(file, _MANIFEST, _MOST_MANIFEST))
                _check(manifest)
                heads = {s: _head(file, s, r) for s, r in sorted(manifest.heads.items())}
        except ValidationError as exc:
            first = exc.errors(include_input=False)[0]
            place = ".".join(map(str, first["loc"])) or _MANIFEST
            raise ConfigError(f"trained screen {name!r}: {place}: {first['msg']}") from exc
        except (zipfile.BadZipFile, KeyError, ValueError, NotImplementedError, EOFError) as exc:
            why = f"{exc}; write it with `candor train`"
            raise ConfigError(f"trained screen {name!r} cannot be read: {why}") from exc
        return cls(manifest, heads)


def _pair(band: FileBand) -> tuple[float, float]:
    return band.non_deceptive_below, band.deceptive_above


def _check(manifest: Manifest) -> None:
    """Raises: ValueError."""
    if manifest.features != VERSION or manifest.cues != cues.NAMES:
        raise ValueError(
            f"it was trained on features {manifest.features!r} and this version of Candor makes "
            f"{VERSION!r}: train it again"
        )


def _head(file: zipfile.ZipFile, stratum: Stratum, record: HeadRecord) -> Head:
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
