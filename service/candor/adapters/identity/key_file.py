"""A file of keys that is read again when it changes."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from pydantic import TypeAdapter, ValidationError

from candor.adapters.identity.config import KeyConfig
from candor.domain.errors import ConfigError

# Seconds between two looks: a look is one call to the operating system.
_LOOK_SECONDS = 1.0
_MOST_BYTES = 2**20

_keys = TypeAdapter(tuple[KeyConfig, ...])

Stamp = tuple[int, int, int]


@dataclass(slots=True)
class KeyFile:
    """`error` says what is wrong with what is there now; the keys from before still hold."""

    path: Path
    clock: Callable[[], float] = time.monotonic
    error: str = ""
    keys: tuple[KeyConfig, ...] = ()
    _stamp: Stamp | None = field(init=False, default=None)
    _looked: float = field(init=False, default=-_LOOK_SECONDS)

    def changed(self) -> bool:
        """Looks at most once a second. True when `keys` are others than before."""
        now = self.clock()
        if now - self._looked < _LOOK_SECONDS:
            return False
        self._looked = now
        try:
            # Through a link, as Kubernetes mounts a ConfigMap or a Secret: its target changes.
            stamp = _stamp(self.path)
            if stamp == self._stamp:
                return False
            keys = read(self.path)
        except (OSError, ConfigError) as exc:
            self.error = f"auth.keys_file cannot be read ({exc}); the keys from before still hold"
            return False
        same, self.keys, self._stamp, self.error = keys == self.keys, keys, stamp, ""
        return not same


def read(path: Path) -> tuple[KeyConfig, ...]:
    """Raises: ConfigError, never with what the file says; OSError."""
    if path.stat().st_size > _MOST_BYTES:
        raise ConfigError(f"{path} is longer than {_MOST_BYTES} bytes")
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
        return _keys.validate_python(told or ())
    except (yaml.YAMLError, UnicodeDecodeError) as exc:
        raise ConfigError(f"{path} is not valid YAML") from exc
    except ValidationError as exc:
        error = exc.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in error["loc"])
        raise ConfigError(f"{path}: {place}: {error['msg']}") from exc


def _stamp(path: Path) -> Stamp:
    found = os.stat(path)  # noqa: PTH116 # the same, without another object
    return found.st_mtime_ns, found.st_ino, found.st_size
