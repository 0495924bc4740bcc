"""Who is let in, as an operator writes it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from candor.domain.callers import Scope

TenantName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
LOOPBACK = ("127.0.0.1", "::1", "localhost")

# Those that anybody can check who knows the public keys, and nobody can forge who does.
Algorithm = Literal[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519"
]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class KeyConfig(_Section):
    """One API key, as `candor keys new` prints it: it opens nothing by itself."""

    id: str = Field(
        pattern=r"^[A-Za-z0-9._-]{1,64}$", description="Names the key in logs and the audit log."
    )
    tenant: TenantName = Field(description="Whose key it is.")
    digest: str = Field(
        pattern=r"^sha256:[0-9a-f]{64}$",
        description="SHA-256 of the key. The key itself is 256 random bits, so that nothing "
        "slower is needed.",
    )
    scopes: frozenset[Scope] = Field(
        frozenset({Scope.MONITOR}), min_length=1, description="What it may be used for."
    )
    expires: AwareDatetime | None = Field(
        None, description="From when on it opens nothing (RFC 3339 with a zone); null: never."
    )

    @property
    def raw_digest(self) -> bytes:
        return bytes.fromhex(self.digest.removeprefix("sha256:"))

    def is_over(self, now: datetime) -> bool:
        return self.expires is not None and now >= self.expires.astimezone(UTC)


class OidcConfig(_Section):
    """Tokens of an OpenID Connect provider (JWT) are taken as well as keys."""

    issuer: str = Field(min_length=1, description="What `iss` must say, to the letter.")
    audience: str = Field(min_length=1, description="What `aud` must say or contain.")
    jwks_url: str = Field(
        description="Where the provider publishes its keys; https, or http on loopback."
    )
    algorithms: tuple[Algorithm, ...] = Field(
        ("RS256", "ES256"), min_length=1, description="Signatures that are taken, and no others."
    )
    leeway_seconds: int = Field(
        30, ge=0, le=300, description="How far the clocks may differ, for `exp`, `nbf` and `iat`."
    )
    tenant_claim: str = Field(
        "tenant", min_length=1, description="The claim that names the tenant: a string."
    )
    scope_claim: str = Field(
        "scope",
        min_length=1,
        description="The claim that names the scopes: a string with spaces, or a list.",
    )
    scopes: dict[str, Scope] = Field(
        {},
        description="From the provider's words to scopes (`candor.monitor: monitor`). A scope's "
        "own name always stands for itself where this is empty.",
    )
    jwks_seconds: int = Field(
        300, gt=0, le=86_400, description="How long published keys are taken without a look."
    )
    jwks_stale_seconds: int = Field(
        3600,
        ge=0,
        le=7 * 86_400,
        description="How much longer they are taken while the provider does not answer.",
    )
    jwks_least_seconds: float = Field(
        10.0,
        gt=0,
        le=3600,
        description="Shortest time between two looks, however many tokens with unknown keys come.",
    )
    timeout_ms: int = Field(2000, gt=0, le=30_000, description="For one look, milliseconds.")
    max_bytes: int = Field(
        256 * 2**10, gt=0, le=2**23, description="Most bytes that the provider may answer."
    )
    max_token_bytes: int = Field(
        8192, gt=0, le=65_536, description="Longest token that is looked at."
    )

    @model_validator(mode="after")
    def _is_safe_to_ask(self) -> Self:
        url = urlsplit(self.jwks_url)
        local = url.scheme == "http" and url.hostname in LOOPBACK
        if not url.hostname or not (url.scheme == "https" or local):
            raise ValueError("jwks_url must be https, or http on loopback")
        return self

    def scope(self, word: str) -> Scope | None:
        """What a provider's word stands for here."""
        if self.scopes:
            return self.scopes.get(word)
        return Scope(word) if word in set(Scope) else None


class AuthConfig(_Section):
    """Without keys, a file of keys and a provider nobody is asked for anything."""

    keys: tuple[KeyConfig, ...] = Field((), max_length=1000, description="API keys.")
    keys_file: Path | None = Field(
        None,
        description="A YAML file with a list of more keys. It is read again when it changes, so "
        "that keys come and go without a restart.",
    )
    oidc: OidcConfig | None = Field(None, description="A provider of tokens.")
    protect_metrics: bool = Field(
        False, description="Whether GET /metrics asks for a key with the scope `metrics`."
    )

    @property
    def asks(self) -> bool:
        """Whether anybody is asked for anything."""
        return bool(self.keys) or self.keys_file is not None or self.oidc is not None
