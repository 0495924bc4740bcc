"""Tokens of an OpenID Connect provider (JWT, RFC 7519; checked by joserfc)."""

import base64
import binascii
import json
from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwt import JWTClaimsRegistry

from candor.adapters.identity.config import OidcConfig
from candor.adapters.identity.jwks import PublishedKeys
from candor.domain.callers import Caller, Scope
from candor.domain.errors import Unidentified

_PARTS = 3


@dataclass(frozen=True, slots=True)
class Tokens:
    """`tenants`: names that a token may give; any other opens nothing."""

    config: OidcConfig
    published: PublishedKeys
    tenants: Container[str]
    now: Callable[[], int] | None = None

    def is_one(self, presented: str) -> bool:
        return presented.count(".") == _PARTS - 1

    async def caller(self, presented: str) -> Caller:
        """Raises: Unidentified, IdentityUnavailable."""
        if len(presented) > self.config.max_token_bytes:
            raise Unidentified("the token is too long", presented=True)
        keys = await self.published.keys(_key_id(presented))
        try:
            token = jwt.decode(presented, keys, algorithms=list(self.config.algorithms))
            self._registry().validate(token.claims)
        except (JoseError, ValueError, TypeError, RecursionError) as exc:
            # The library's words name a rule, such as "expired"; ours go without its details.
            raise Unidentified(_in_words(exc), presented=True) from None
        return self._caller(token.claims)

    def _registry(self) -> JWTClaimsRegistry:
        config = self.config
        return JWTClaimsRegistry(
            now=self.now,
            leeway=config.leeway_seconds,
            iss={"essential": True, "value": config.issuer},
            aud={"essential": True, "value": config.audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    def _caller(self, claims: dict[str, Any]) -> Caller:
        tenant = claims.get(self.config.tenant_claim)
        if not isinstance(tenant, str) or tenant not in self.tenants:
            raise Unidentified("the token names no tenant that is known here", presented=True)
        return Caller(tenant, f"oidc:{str(claims['sub'])[:64]}", self._scopes(claims))

    def _scopes(self, claims: dict[str, Any]) -> frozenset[Scope]:
        said = claims.get(self.config.scope_claim, "")
        words = said.split() if isinstance(said, str) else said
        if not isinstance(words, list):
            return frozenset()
        found = (self.config.scope(word) for word in words if isinstance(word, str))
        return frozenset(scope for scope in found if scope is not None)


def _key_id(presented: str) -> str | None:
    """The `kid` of the header, unchecked: it only says whether to look for newer keys.

    Raises: Unidentified.
    """
    head = presented.partition(".")[0]
    try:
        told = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        raise Unidentified("the token cannot be read", presented=True) from None
    known = told.get("kid") if isinstance(told, dict) else None
    return known if isinstance(known, str) else None


def _in_words(exc: Exception) -> str:
    name = type(exc).__name__
    return {
        "ExpiredTokenError": "the token has expired",
        "BadSignatureError": "the token's signature is not the provider's",
        "InvalidKeyIdError": "the token is signed with a key that the provider does not publish",
        "InvalidClaimError": "the token is not for this service or not valid now",
        "MissingClaimError": "the token lacks a claim that is needed",
        "UnsupportedAlgorithmError": "the token is signed in a way that is not taken",
    }.get(name, "the token cannot be read")
