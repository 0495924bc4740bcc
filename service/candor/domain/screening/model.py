"""A trained screen: what it scores with, and the one file that it is kept in."""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from pydantic import ValidationError

from candor.domain.errors import ConfigError
from candor.domain.ports import Tuning
from candor.domain.screening import archive
from candor.domain.screening.head import Head
from candor.domain.screening.manifest import FileBand, FileTuning, Manifest, Stratum

MOST_FILE_BYTES = 16 * 2**20


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
        for name, array in archive.kept_arrays(self.heads).items():
            whole.update(name.encode())
            whole.update(array.tobytes())
        return whole.hexdigest()

    def to_bytes(self) -> bytes:
        return archive.packed(self.manifest, self.heads)

    @classmethod
    def from_bytes(cls, raw: bytes, name: str) -> Self:
        """`name` is for messages.

        Raises: ConfigError for what is no trained screen, or one for other features.
        """
        try:
            with zipfile.ZipFile(io.BytesIO(raw)) as file:
                manifest = archive.manifest_in(file)
                records = sorted(manifest.heads.items())
                heads = {s: archive.head_in(file, s, record) for s, record in records}
        except ValidationError as exc:
            first = exc.errors(include_input=False)[0]
            place = ".".join(map(str, first["loc"])) or archive.MANIFEST
            raise ConfigError(f"trained screen {name!r}: {place}: {first['msg']}") from exc
        # NotImplementedError: what zipfile raises for a compression that it does not know.
        except (zipfile.BadZipFile, KeyError, ValueError, NotImplementedError, EOFError) as exc:
            why = f"{exc}; write it with `candor train`"
            raise ConfigError(f"trained screen {name!r} cannot be read: {why}") from exc
        return cls(manifest, heads)


def _pair(band: FileBand) -> tuple[float, float]:
    return band.non_deceptive_below, band.deceptive_above
