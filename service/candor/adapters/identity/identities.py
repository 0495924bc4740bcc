"""Keys and tokens, behind one door."""

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx

from candor.adapters.identity.config import AuthConfig, OidcConfig
from candor.adapters.identity.key_file import KeyFile
from candor.adapters.identity.keys import KeyTable
from candor.domain.callers import Caller, Everybody, Identity
from candor.domain.errors import ConfigError, IdentityUnavailable, Unidentified

if TYPE_CHECKING:
    from candor.adapters.identity.tokens import Tokens


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class KnownCallers:
    """Whoever has a key of the configuration, of the file, or a token of the provider."""

    config: AuthConfig
    file: KeyFile | None = None
    tokens: "Tokens | None" = None
    now: Callable[[], datetime] = _now
    required: bool = True
    _table: KeyTable = field(init=False)

    def __post_init__(self) -> None:
        """Raises: ConfigError."""
        if self.file is not None and not self.file.changed() and self.file.error:
            raise ConfigError(self.file.error)
        self._table = self._tabled()

    async def caller(self, presented: str) -> Caller:
        """Raises: Unidentified, IdentityUnavailable."""
        if not presented:
            raise Unidentified("no key was presented", presented=False)
        if self.tokens is not None and self.tokens.is_one(presented):
            return await self.tokens.caller(presented)
        self._reread()
        return self._table.caller(presented)

    async def ping(self) -> None:
        """Raises: IdentityUnavailable."""
        self._reread()
        if self.file is not None and self.file.error:
            raise IdentityUnavailable(self.file.error)
        if self.tokens is not None:
            await self.tokens.published.keys()

    def _reread(self) -> None:
        if self.file is None or not self.file.changed():
            return
        try:
            self._table = self._tabled()
        except ConfigError as exc:
            self.file.error = f"auth.keys_file: {exc}; the keys from before still hold"

    def _tabled(self) -> KeyTable:
        more = self.file.keys if self.file is not None else ()
        return KeyTable.of((*self.config.keys, *more), self.now)


@asynccontextmanager
async def open_identity(config: AuthConfig, tenants: Collection[str]) -> AsyncIterator[Identity]:
    """`tenants` are those that tokens may name.

    Raises: ConfigError.
    """
    if not config.asks:
        yield Everybody()
        return
    file = KeyFile(config.keys_file) if config.keys_file else None
    if config.oidc is None:
        yield KnownCallers(config, file)
        return
    # The provider is one host, named by the operator: no proxy of the environment, no redirects.
    async with httpx.AsyncClient(trust_env=False, follow_redirects=False) as http:
        yield KnownCallers(config, file, _tokens(config.oidc, http, tenants))


def _tokens(config: OidcConfig, http: httpx.AsyncClient, tenants: Collection[str]) -> "Tokens":
    try:
        from candor.adapters.identity.jwks import PublishedKeys  # noqa: PLC0415 # an extra
        from candor.adapters.identity.tokens import Tokens  # noqa: PLC0415 # an extra
    except ImportError as exc:
        raise ConfigError(
            "auth.oidc needs the extra `oidc`: pip install 'candor-monitor[oidc]'"
        ) from exc
    return Tokens(config, PublishedKeys(config, http), frozenset(tenants))
