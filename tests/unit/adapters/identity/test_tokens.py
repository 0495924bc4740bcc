"""Tokens as a provider signs them; the provider is an HTTP transport in memory."""

import base64
import hmac
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from candor.adapters.identity.config import OidcConfig
from candor.adapters.identity.jwks import PublishedKeys
from candor.adapters.identity.tokens import Tokens
from candor.domain.callers import Scope
from candor.domain.errors import IdentityUnavailable, Unidentified

CONFIG = OidcConfig(
    issuer="https://id.example",
    audience="candor",
    jwks_url="https://id.example/keys",
    algorithms=("ES256", "RS256"),
)


@dataclass
class Provider:
    """Publishes keys, and counts how often it is asked."""

    keys: list[Any]
    asked: int = 0
    away: bool = False
    said: bytes | None = None
    now: float = 1000.0

    def answer(self, _: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.away:
            raise httpx.ConnectError("away")
        told = {"keys": [key.as_dict(private=False) for key in self.keys]}
        return httpx.Response(200, content=self.said or json.dumps(told).encode())

    def clock(self) -> float:
        return self.now


@dataclass
class Scene:
    provider: Provider
    tokens: Tokens
    key: Any = field(default=None)

    def token(self, key: Any = None, header: dict[str, str] | None = None, **claims: Any) -> str:
        key = key or self.key
        said = {
            "iss": "https://id.example",
            "aud": ["candor", "other"],
            "sub": "svc-7",
            "exp": int(time.time()) + 60,
            "tenant": "acme",
            "scope": "monitor jobs openid",
            **claims,
        }
        kept = {name: value for name, value in said.items() if value is not None}
        head = {"alg": "ES256", "kid": key.kid, **(header or {})}
        return jwt.encode(head, kept, key, algorithms=[head["alg"]])


def ec(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid})


def _url64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    key = ec("one")
    provider = Provider([key])
    async with httpx.AsyncClient(transport=httpx.MockTransport(provider.answer)) as http:
        published = PublishedKeys(CONFIG, http, provider.clock)
        yield Scene(provider, Tokens(CONFIG, published, {"acme"}), key)


async def test_a_token_of_the_provider_names_tenant_and_scopes(scene: Scene) -> None:
    caller = await scene.tokens.caller(scene.token())
    assert (caller.tenant, caller.key_id) == ("acme", "oidc:svc-7")
    assert caller.scopes == {Scope.MONITOR, Scope.JOBS}


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "other"},
        {"aud": None},
        {"exp": 1},
        {"exp": None},
        {"sub": None},
        {"nbf": int(time.time()) + 3600},
        {"tenant": "globex"},
        {"tenant": None},
        {"tenant": ["acme"]},
    ],
)
async def test_a_token_for_others_or_for_another_time_opens_nothing(
    scene: Scene, claims: dict[str, Any]
) -> None:
    with pytest.raises(Unidentified):
        await scene.tokens.caller(scene.token(**claims))


async def test_clocks_may_differ_by_the_leeway(scene: Scene) -> None:
    late = scene.token(exp=int(time.time()) - 10)
    assert (await scene.tokens.caller(late)).tenant == "acme"


async def test_only_signatures_that_are_configured_are_taken(scene: Scene) -> None:
    rsa = RSAKey.generate_key(2048, {"kid": "rsa"})
    scene.provider.keys.append(rsa)
    wrong = scene.token(rsa, {"alg": "PS256"})
    with pytest.raises(Unidentified):
        await scene.tokens.caller(wrong)


async def test_a_token_without_a_signature_opens_nothing(scene: Scene) -> None:
    head, claims, _ = scene.token().split(".")
    for forged in (f"{head}.{claims}.", f"eyJhbGciOiJub25lIn0.{claims}.", "a.b.c", ".."):
        with pytest.raises(Unidentified):
            await scene.tokens.caller(forged)


async def test_a_public_key_is_not_taken_for_a_shared_secret(scene: Scene) -> None:
    # The old confusion: HMAC with the text of the public key.
    _, claims, _ = scene.token().split(".")
    head = _url64(b'{"alg":"HS256","kid":"one"}')
    pem = scene.key.as_pem(private=False)
    mark = hmac.digest(pem, f"{head}.{claims}".encode(), "sha256")
    with pytest.raises(Unidentified):
        await scene.tokens.caller(f"{head}.{claims}.{_url64(mark)}")


async def test_a_shared_secret_among_the_published_keys_is_not_used(scene: Scene) -> None:
    published = OctKey.generate_key(256, {"kid": "oct"})
    told = {"keys": [published.as_dict(private=True), scene.key.as_dict(private=False)]}
    scene.provider.said = json.dumps(told).encode()
    with pytest.raises(Unidentified):
        await scene.tokens.caller(scene.token(published, {"alg": "HS256"}))


async def test_keys_are_fetched_once_for_many_tokens(scene: Scene) -> None:
    for _ in range(20):
        await scene.tokens.caller(scene.token())
    assert scene.provider.asked == 1


async def test_a_new_key_of_the_provider_is_found_without_a_restart(scene: Scene) -> None:
    await scene.tokens.caller(scene.token())
    fresh = ec("two")
    scene.provider.keys = [fresh]
    scene.provider.now += 11
    assert (await scene.tokens.caller(scene.token(fresh))).tenant == "acme"
    assert scene.provider.asked == 2


async def test_unknown_keys_cannot_make_us_ask_more_than_allowed(scene: Scene) -> None:
    await scene.tokens.caller(scene.token())
    for number in range(50):
        with pytest.raises(Unidentified):
            await scene.tokens.caller(scene.token(ec(f"forged-{number}")))
    assert scene.provider.asked == 1


async def test_a_provider_that_is_away_is_done_without_for_a_while(scene: Scene) -> None:
    await scene.tokens.caller(scene.token())
    scene.provider.away = True
    scene.provider.now += 301
    assert (await scene.tokens.caller(scene.token())).tenant == "acme"
    scene.provider.now += 3600
    with pytest.raises(IdentityUnavailable):
        await scene.tokens.caller(scene.token())


@pytest.mark.parametrize("said", [b"<html>", b"{}", b'{"keys": []}', b"[" * 10_000, b"x" * 2**19])
async def test_a_provider_that_answers_nonsense_lets_nobody_in(scene: Scene, said: bytes) -> None:
    scene.provider.said = said
    with pytest.raises(IdentityUnavailable):
        await scene.tokens.caller(scene.token())


async def test_a_token_that_is_too_long_is_not_looked_at(scene: Scene) -> None:
    with pytest.raises(Unidentified, match="too long"):
        await scene.tokens.caller(scene.token(padding="x" * 9000))


@pytest.mark.parametrize("url", ["http://id.example/keys", "file:///keys", "https:///keys"])
def test_keys_are_fetched_over_https_only(url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        OidcConfig(issuer="i", audience="a", jwks_url=url)
