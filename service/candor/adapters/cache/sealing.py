"""What lies in Redis can be sealed: nobody reads it there, changes it, or moves it elsewhere.

AES-256-GCM. Layout: 1 byte that names this layout, 4 bytes that name the key, 12 bytes drawn
anew each time, what is sealed, 16 bytes that prove it. Under the proof is also what it is `about`,
so that an entry opens under its own name alone.
"""

import base64
import binascii
import hashlib
import secrets
from collections.abc import Callable, Sequence
from enum import StrEnum
from importlib.util import find_spec
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from candor.domain.errors import ConfigError

_LAYOUT = b"\x01"
_ID = 4
_NONCE = 12
_HEAD = len(_LAYOUT) + _ID + _NONCE
_KEY = 32


class Area(StrEnum):
    """Short fixed words: what may be sealed."""

    CACHE = "cache"
    LEASE = "lease"
    JOB = "job"


class Sealer(Protocol):
    """Between an encoder and Redis."""

    def seal(self, area: Area, about: str, clear: bytes) -> bytes: ...

    def open(self, area: Area, about: str, sealed: bytes) -> bytes | None:
        """None for whatever was not sealed for this with a key that is known."""
        ...


class NotSealed:
    """Everything as it is."""

    def seal(self, area: Area, about: str, clear: bytes) -> bytes:  # noqa: ARG002 # as it says
        return clear

    def open(self, area: Area, about: str, sealed: bytes) -> bytes | None:  # noqa: ARG002
        return sealed


NOT_SEALED = NotSealed()
Refused = Callable[[Area], object]


class AesSealer:
    """Seals with the first key, opens with all. `refused` hears of what none of them opens."""

    def __init__(self, keys: Sequence[bytes], refused: Refused) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 # an extra

        self._ciphers = {key_id(key): AESGCM(key) for key in keys}
        self._newest = key_id(keys[0])
        self._refused = refused

    def seal(self, area: Area, about: str, clear: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE)
        head = _LAYOUT + self._newest + nonce
        proven = _proven(head, area, about)
        return head + self._ciphers[self._newest].encrypt(nonce, clear, proven)

    def open(self, area: Area, about: str, sealed: bytes) -> bytes | None:
        clear = self._opened(sealed[:_HEAD], sealed[_HEAD:], area, about)
        if clear is None:
            self._refused(area)
        return clear

    def _opened(self, head: bytes, rest: bytes, area: Area, about: str) -> bytes | None:
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 # an extra

        cipher = self._ciphers.get(head[len(_LAYOUT) : len(_LAYOUT) + _ID])
        if cipher is None or len(head) < _HEAD:
            return None
        try:
            return cipher.decrypt(head[-_NONCE:], rest, _proven(head, area, about))
        except InvalidTag:
            return None


def key_id(key: bytes) -> bytes:
    """Names a key without giving any of it away."""
    return hashlib.sha256(b"candor key\0" + key).digest()[:_ID]


def _proven(head: bytes, area: Area, about: str) -> bytes:
    return b"%b%b\0%b" % (head[:-_NONCE], area.encode(), about.encode())


def _uncounted(_: Area) -> None: ...


class PrivacyConfig(BaseModel):
    """How what is stored outside the process is kept from others."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    cache_keys: tuple[SecretStr, ...] = Field(
        (),
        max_length=16,
        description="Keys that seal what lies in Redis (verdicts, hand-overs between replicas, "
        "jobs): 32 random bytes each, in base64 (`openssl rand -base64 32`). The first seals, all "
        "open. Empty: not sealed. Needs candor-monitor[sealed]; better from the environment, as "
        "a JSON list.",
    )

    @field_validator("cache_keys")
    @classmethod
    def _are_keys(cls, keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        ids = [key_id(_decoded(key)) for key in keys]
        if len(ids) != len(set(ids)):
            raise ValueError("the same key stands there twice")
        return keys

    def sealer(self, refused: Refused = _uncounted) -> Sealer:
        """Raises: ConfigError when the library is missing."""
        if not self.cache_keys:
            return NOT_SEALED
        if find_spec("cryptography") is None:
            raise ConfigError(
                "privacy.cache_keys needs cryptography: install candor-monitor[sealed]"
            )
        return AesSealer([_decoded(key) for key in self.cache_keys], refused)


def _decoded(key: SecretStr) -> bytes:
    """Raises: ValueError that does not quote it."""
    try:
        raw = base64.b64decode(key.get_secret_value().strip(), validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != _KEY:
        raise ValueError(f"a key is {_KEY} random bytes in base64: openssl rand -base64 {_KEY}")
    return raw
