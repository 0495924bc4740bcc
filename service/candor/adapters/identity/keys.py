"""API keys: made once, shown once, and known afterwards by their digest alone."""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from candor.adapters.identity.config import KeyConfig
from candor.domain.callers import Caller, Scope
from candor.domain.errors import ConfigError, Unidentified

PREFIX = "cdr_"
# Nothing longer is hashed: no key is.
_LONGEST = 256


@dataclass(frozen=True, slots=True)
class NewKey:
    """`secret` is what the caller presents; only `config` is to be kept."""

    secret: str
    config: KeyConfig


def new_key(tenant: str, scopes: frozenset[Scope], expires: datetime | None) -> NewKey:
    """Raises: pydantic.ValidationError."""
    secret = PREFIX + secrets.token_urlsafe(32)
    config = KeyConfig(
        id=f"key_{secrets.token_hex(4)}",
        tenant=tenant,
        digest=f"sha256:{_digest(secret).hex()}",
        scopes=scopes,
        expires=expires,
    )
    return NewKey(secret, config)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class KeyTable:
    """Every key of the table is compared each time, to its end, whichever of them it is."""

    keys: tuple[KeyConfig, ...]
    digests: tuple[bytes, ...]
    now: Callable[[], datetime] = _now

    @classmethod
    def of(cls, keys: Sequence[KeyConfig], now: Callable[[], datetime] = _now) -> "KeyTable":
        """Raises: ConfigError."""
        for what, all_of_them in (
            ("id", [k.id for k in keys]),
            ("digest", [k.digest for k in keys]),
        ):
            if len(set(all_of_them)) != len(all_of_them):
                raise ConfigError(
                    f"auth: two keys have the same {what}; each must be a key of its own"
                )
        return cls(tuple(keys), tuple(key.raw_digest for key in keys), now)

    def caller(self, presented: str) -> Caller:
        """Raises: Unidentified."""
        found = self._find(presented)
        if found is None:
            raise Unidentified("the key is not one that is known here", presented=True)
        if found.is_over(self.now()):
            raise Unidentified("the key has expired", presented=True)
        return Caller(found.tenant, found.id, found.scopes)

    def _find(self, presented: str) -> KeyConfig | None:
        raw = presented.encode("utf-8", "surrogatepass")
        digest, found = _digest(presented) if len(raw) <= _LONGEST else b"", None
        for key, known in zip(self.keys, self.digests, strict=True):
            if hmac.compare_digest(known, digest):
                found = key
        return found


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
