"""Where trained classifiers stand: which one is in charge, which is a candidate.

A file is in charge of itself. A folder holds `models/<digest>.screen` and `screen.json`, which
names the three that count; it is replaced in one step, so nobody ever reads half a change.
"""

import contextlib
import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from candor.domain.errors import ConfigError
from candor.domain.screening.model import MOST_FILE_BYTES, ScreenModel

STATE = "screen.json"
_MODELS = "models"
_REVIEW = "review.txt"
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Stamp = tuple[tuple[int, int, int] | None, ...]


class Standing(BaseModel):
    """Digests of the files; `current` decides, `candidate` is only compared with it, `previous`
    is what a rollback brings back. `since` tells, in UTC, from when on what they are said to do
    is new to them: verdicts from before may have trained them or set their thresholds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["candor-shelf-1"] = "candor-shelf-1"
    current: Digest | None = None
    candidate: Digest | None = None
    previous: Digest | None = None
    current_since: AwareDatetime | None = None
    candidate_since: AwareDatetime | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """The models as they stand now; None where there is none."""

    current: ScreenModel | None
    candidate: ScreenModel | None = None
    previous: ScreenModel | None = None


def read_model(path: Path) -> ScreenModel:
    """Raises: ConfigError."""
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_FILE_BYTES + 1)
    except OSError as exc:
        raise ConfigError(f"trained screen {str(path)!r} cannot be read: {exc}") from exc
    if len(raw) > MOST_FILE_BYTES:
        raise ConfigError(f"trained screen {str(path)!r} is over {MOST_FILE_BYTES} bytes")
    return ScreenModel.from_bytes(raw, str(path))


def refuse_inside(path: Path) -> None:
    """A file that stands on a shelf is named after what is in it, and never changed.

    Raises: ConfigError.
    """
    if path.parent.name == _MODELS and (path.parent.parent / STATE).exists():
        raise ConfigError(f"{str(path)!r} stands on a shelf: change a copy, and promote that")


@dataclass(frozen=True, slots=True)
class SingleFile:
    """A file in charge, and perhaps one beside it as a candidate."""

    path: Path
    candidate: Path | None = None

    def stamp(self) -> Stamp:
        return (_stamp(self.path), _stamp(self.candidate))

    def read(self) -> Chosen:
        """Raises: ConfigError."""
        candidate = self.candidate
        present = candidate is not None and candidate.exists()
        return Chosen(
            read_model(self.path), read_model(candidate) if present and candidate else None
        )


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder of classifiers. One writer at a time; any number of services read."""

    folder: Path

    def stamp(self) -> Stamp:
        return (_stamp(self.folder / STATE),)

    def read(self) -> Chosen:
        """Raises: ConfigError."""
        standing = self.standing()
        return Chosen(self._model(standing.current), self._model(standing.candidate))

    def standing(self) -> Standing:
        """An empty folder has nobody in charge. Raises: ConfigError."""
        path = self.folder / STATE
        try:
            return Standing.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return Standing()
        except (OSError, ValidationError) as exc:
            why = f"cannot be read ({type(exc).__name__}): restore it from a backup or remove it"
            raise ConfigError(f"the shelf's {str(path)!r} {why}") from exc

    def watch(self, candidate: ScreenModel) -> Standing:
        """Compare it with the one in charge from now on."""
        before, digest = self.standing(), self._keep(candidate)
        if digest == before.candidate:
            return before
        return self._write(before, candidate=digest, candidate_since=_now())

    def promote(self, candidate: ScreenModel) -> Standing:
        """Put it in charge, and keep the one before for a rollback."""
        before, digest = self.standing(), self._keep(candidate)
        if digest == before.current:
            raise ConfigError(f"{digest[:12]} is in charge already")
        promoted = before.model_copy(
            update={"current": digest, "previous": before.current, "current_since": _now()}
        )
        if before.candidate == digest:
            return self._write(promoted, candidate=None, candidate_since=None)
        return self._write(promoted)

    def rollback(self, *, watch: bool = True) -> Standing:
        """Put the one before in charge again, and watch the other if it is worth it.

        Raises: ConfigError when there is none.
        """
        before = self.standing()
        if before.previous is None:
            raise ConfigError(f"nothing to roll back to on {str(self.folder)!r}")
        self._model(before.previous)
        now = _now()
        back = before.model_copy(
            update={"current": before.previous, "previous": None, "current_since": now}
        )
        watched = before.current if watch else None
        return self._write(back, candidate=watched, candidate_since=now if watch else None)

    def close(self) -> Standing:
        """Put nobody in charge: everything goes on to the next tier."""
        closed = self.standing().model_copy(update={"current": None, "current_since": None})
        return self._write(closed, previous=None)

    def note(self, words: str) -> None:
        """Keep what the last review said."""
        write_whole(self.folder / _REVIEW, words.encode())

    def noted(self) -> str:
        """Empty where nobody has looked yet."""
        try:
            return (self.folder / _REVIEW).read_text(encoding="utf-8")
        except OSError:
            return ""

    def models(self) -> Chosen:
        """The one before too. Raises: ConfigError."""
        now = self.standing()
        return Chosen(*map(self._model, (now.current, now.candidate, now.previous)))

    def path_of(self, digest: str) -> Path:
        return self.folder / _MODELS / f"{digest}.screen"

    def _model(self, digest: str | None) -> ScreenModel | None:
        if digest is None:
            return None
        model = read_model(self.path_of(digest))
        if model.digest != digest:
            raise ConfigError(f"{str(self.path_of(digest))!r} is not the file of that digest")
        return model

    def _keep(self, model: ScreenModel) -> str:
        path = self.path_of(model.digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, model.to_bytes())
        return model.digest

    def _write(self, before: Standing, **changes: str | datetime | None) -> Standing:
        after = before.model_copy(update=changes)
        write_whole(self.folder / STATE, after.model_dump_json(indent=1).encode())
        return after


def write_whole(path: Path, content: bytes) -> None:
    """All of it or nothing: readers see the file before or the file after."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp gives only us the right to read; the service may be another user.
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
        raise


def _now() -> datetime:
    return datetime.now(UTC)


def _stamp(path: Path | None) -> tuple[int, int, int] | None:
    """Changes with the file; None where there is none."""
    if path is None:
        return None
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_ino, found.st_size, found.st_mtime_ns)
