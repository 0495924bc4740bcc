"""A scoring endpoint of your own: POST the text, get `{"score": 0.1}`.

The request is `{"prompt", "reasoning", "response", "conversation": [{"role", "text"}]}`, with
`reasoning` null where there is none. The answer may also have `reason` (text) and
`categories` (name -> 0..1); other keys are left alone.
"""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal

import httpx
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from candor.adapters.vlm.statuses import seconds_in
from candor.domain.coverage import judged
from candor.domain.errors import (
    ModelError,
    ModelRateLimited,
    ModelTimeout,
    ModelUnavailable,
    UnreadableReply,
)
from candor.domain.exchange import Exchange
from candor.domain.ports import Reading
from candor.domain.verdict import Category

MAX_ANSWER_BYTES = 64 * 1024
"""Far more than a score needs; what goes beyond it is an attack or a mistake."""
_PROBE_SECONDS = 2.0
_JSON = {"content-type": "application/json"}

Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class RemoteClassifierConfig(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["remote"] = "remote"
    url: str = Field(
        pattern=r"^https?://[^\s/?#@]+(?:[/?][^\s#]*)?$", description="Where to POST the text."
    )
    headers: dict[str, SecretStr] = Field(
        default_factory=dict, description="Further headers, such as a tenant's name."
    )
    api_key: SecretStr | None = Field(None, description="Sent as a bearer token where it is set.")
    timeout_seconds: float = Field(
        2.0,
        gt=0,
        le=600,
        description="Longest time of one call, so that one that hangs leaves time for the tiers "
        "that follow; the deadline of the request bounds it too.",
    )

    @field_validator("api_key")
    @classmethod
    def _stripped(cls, key: SecretStr | None) -> SecretStr | None:
        # Keys from mounted files tend to end with a line break.
        return SecretStr(_header_text(key)) if key and _header_text(key) else None

    @field_validator("headers")
    @classmethod
    def _fit(cls, headers: dict[str, SecretStr]) -> dict[str, SecretStr]:
        if not all(name.isascii() and name.replace("-", "").isalnum() for name in headers):
            raise ValueError("names of headers are letters, digits and '-'")
        return {name: SecretStr(_header_text(value)) for name, value in headers.items()}

    def build(self, name: str, http: httpx.AsyncClient) -> "RemoteClassifier":
        return RemoteClassifier(name, self, http)


def _header_text(secret: SecretStr) -> str:
    text = secret.get_secret_value().strip()
    if not (text.isascii() and (text.isprintable() or not text)):
        raise ValueError("it has characters that no HTTP header can hold")
    return text


class _Answer(BaseModel):
    model_config = ConfigDict(strict=True)

    score: Probability
    reason: Annotated[str, Field(max_length=2_000)] = ""
    categories: Mapping[Category, Probability] | None = None


class RemoteClassifier:
    """The request's budget bounds how long it waits, and so does `timeout_seconds`."""

    def __init__(self, name: str, config: RemoteClassifierConfig, http: httpx.AsyncClient) -> None:
        self.name = name
        self._url = config.url
        self._seconds = config.timeout_seconds
        self._headers = {n: value.get_secret_value() for n, value in config.headers.items()}
        if config.api_key:
            self._headers["authorization"] = f"Bearer {config.api_key.get_secret_value()}"
        self._http = http

    @property
    def version(self) -> str:
        """Of the endpoint we know no more than its address, which may hold a secret."""
        return f"remote:{hashlib.sha256(self._url.encode()).hexdigest()}"

    async def read(self, exchange: Exchange) -> Reading:
        """Raises: ModelError."""
        answer = self._parsed(await self._post(_body(exchange)))
        parts = ["response", "conversation"]
        if exchange.reasoning is not None:
            parts.append("reasoning")
        return Reading(answer.score, answer.reason, (), answer.categories, judged(parts))

    async def probe(self) -> None:
        """Any HTTP answer will do, because the endpoint need not know GET; not a server error.

        Raises: ModelError.
        """
        async with self._errors():
            async with asyncio.timeout(_PROBE_SECONDS):
                request = self._http.build_request("GET", self._url, headers=self._headers)
                response = await self._http.send(request, stream=True, follow_redirects=False)
                await response.aclose()
            if response.is_server_error:
                raise self._error(response)

    async def _post(self, body: dict[str, Any]) -> bytes:
        async with self._errors(), asyncio.timeout(self._seconds):
            # Escaped to ASCII, because half a surrogate pair has no UTF-8.
            content, headers = json.dumps(body).encode(), {**self._headers, **_JSON}
            request = self._http.build_request(
                "POST", self._url, content=content, headers=headers, timeout=None
            )
            response = await self._http.send(request, stream=True, follow_redirects=False)
            try:
                if not response.is_success:
                    raise self._error(response)
                return await self._capped(response)
            finally:
                await response.aclose()

    async def _capped(self, response: httpx.Response) -> bytes:
        if response.headers.get("content-encoding", "identity") != "identity":
            # A few bytes may unpack to more than the memory there is.
            raise self._unreadable("is compressed, which it was asked not to be")
        answer = bytearray()
        async for chunk in response.aiter_bytes():
            answer += chunk
            if len(answer) > MAX_ANSWER_BYTES:
                raise self._unreadable(f"is longer than {MAX_ANSWER_BYTES} bytes")
        return bytes(answer)

    def _parsed(self, answer: bytes) -> _Answer:
        try:
            return _Answer.model_validate_json(answer)
        except ValidationError as exc:
            # What it wrote is not quoted: it may quote the exchange. Nor is the cause kept.
            first = exc.errors(include_input=False)[0]
            place = ".".join(str(part) for part in first["loc"][:1]) or "the body"
            raise self._unreadable(f"does not fit: {place} ({first['type']})") from None

    def _unreadable(self, why: str) -> UnreadableReply:
        return UnreadableReply(f"the classifier's answer {why}", model=self.name)

    def _error(self, response: httpx.Response) -> ModelError:
        status = response.status_code
        if status == httpx.codes.TOO_MANY_REQUESTS:
            after = seconds_in(response.headers.get("retry-after", ""))
            return ModelRateLimited(f"HTTP {status}", model=self.name, retry_after=after)
        if response.is_server_error:
            return ModelUnavailable(f"HTTP {status}", model=self.name)
        hint = "check url, headers and api_key of this classifier"
        return ModelUnavailable(f"HTTP {status}: {hint}", model=self.name)

    @asynccontextmanager
    async def _errors(self) -> AsyncIterator[None]:
        """Turns httpx's errors into ours, by their kind only: their text may quote."""
        try:
            yield
        except (TimeoutError, httpx.TimeoutException) as exc:
            raise ModelTimeout("no answer in time", model=self.name) from exc
        except httpx.HTTPError as exc:
            raise ModelUnavailable(f"no answer ({type(exc).__name__})", model=self.name) from exc


def _body(exchange: Exchange) -> dict[str, Any]:
    return {
        "prompt": exchange.prompt,
        "reasoning": exchange.reasoning,
        "response": exchange.response,
        "conversation": [
            {"role": said.speaker.value, "text": said.text} for said in exchange.conversation
        ],
    }
