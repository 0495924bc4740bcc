"""The keys that a provider publishes (RFC 7517): fetched seldom, and kept while it is away."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from candor.adapters.identity.config import OidcConfig
from candor.domain.errors import IdentityUnavailable

# What reading an answer can end in that is not a set of keys.
_NONSENSE = (ValueError, TypeError, KeyError, AttributeError, RecursionError)


@dataclass(slots=True)
class PublishedKeys:
    """However many tokens come, one look at a time, and none sooner than allowed."""

    config: OidcConfig
    http: httpx.AsyncClient
    clock: Callable[[], float] = time.monotonic
    _known: KeySet | None = None
    _since: float = 0.0
    _tried: float | None = None
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def keys(self, key_id: str | None = None) -> KeySet:
        """Those published lately; looked at anew where `key_id` is given and not among them.

        Raises: IdentityUnavailable.
        """
        if not self._is_wanted(key_id):
            return self._usable()
        async with self._looking:
            # Whoever had the lock before may have looked.
            if self._is_wanted(key_id) and self._may_look():
                await self._look()
        return self._usable()

    def _is_wanted(self, key_id: str | None) -> bool:
        if self._known is None or self._age() >= self.config.jwks_seconds:
            return True
        missing = key_id is not None and key_id not in {key.kid for key in self._known.keys}
        return missing and self._may_look()

    def _may_look(self) -> bool:
        return self._tried is None or self.clock() - self._tried >= self.config.jwks_least_seconds

    def _age(self) -> float:
        return self.clock() - self._since

    def _usable(self) -> KeySet:
        longest = self.config.jwks_seconds + self.config.jwks_stale_seconds
        if self._known is None or self._age() >= longest:
            raise IdentityUnavailable("the provider's keys cannot be fetched (auth.oidc.jwks_url)")
        return self._known

    async def _look(self) -> None:
        self._tried = self.clock()
        try:
            async with asyncio.timeout(self.config.timeout_ms / 1000):
                self._known = _imported(await self._fetched())
        except (httpx.HTTPError, JoseError, *_NONSENSE, TimeoutError):
            # What is known still holds for a while; without any, `_usable` says so.
            return
        self._since = self._tried

    async def _fetched(self) -> bytes:
        async with self.http.stream("GET", self.config.jwks_url) as answer:
            if answer.status_code != httpx.codes.OK:
                raise ValueError("the answer is not 200")
            read = bytearray()
            async for chunk in answer.aiter_bytes():
                read += chunk
                if len(read) > self.config.max_bytes:
                    raise ValueError("the answer is too long")
        return bytes(read)


def _imported(text: bytes) -> KeySet:
    """Only keys that others may know: a shared secret there would let anybody sign."""
    told = json.loads(text)
    public = [key for key in told["keys"] if key.get("kty") in ("RSA", "EC", "OKP")]
    return KeySet.import_key_set({"keys": public})
