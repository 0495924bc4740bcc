"""The HTTP client that all model endpoints share.

httpx in front, aiohttp underneath: with bodies of 300 KB, 64 at once, aiohttp's transport
makes nine times the calls of httpx's own with a tenth of the CPU time. Calls of models go to
aiohttp without httpx: see `sending`.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from candor.adapters.vlm.late_http import HEADERS

MAX_CONNECTIONS = 512
# Below the 5 s after which uvicorn, and vLLM with it, closes: a call must not start on a
# connection that is just going away.
_KEEPALIVE_SECONDS = 4.0

# First match wins. httpx-aiohttp calls every lost or refused connection a timeout.
_ERRORS: tuple[tuple[type[aiohttp.ClientError], type[httpx.TransportError]], ...] = (
    (aiohttp.SocketTimeoutError, httpx.ReadTimeout),
    (aiohttp.ServerTimeoutError, httpx.ConnectTimeout),
    (aiohttp.ClientConnectorError, httpx.ConnectError),
    (aiohttp.ClientConnectionError, httpx.ReadError),
    (aiohttp.ClientPayloadError, httpx.ReadError),
    (aiohttp.InvalidURL, httpx.UnsupportedProtocol),
    (aiohttp.NonHttpUrlClientError, httpx.UnsupportedProtocol),
    (aiohttp.ClientError, httpx.RemoteProtocolError),
)


@asynccontextmanager
async def open_http() -> AsyncIterator["Client"]:
    """Follows no redirects, keeps no cookies, and takes no proxy from the environment."""
    # Certificates of a company's own are still found through SSL_CERT_FILE.
    certificates = httpx.create_ssl_context()
    connector = aiohttp.TCPConnector(
        limit=MAX_CONNECTIONS, keepalive_timeout=_KEEPALIVE_SECONDS, ssl=certificates
    )
    async with (
        aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            headers=HEADERS,
        ) as session,
        Client(session, _Transport(client=session, verify=certificates), HEADERS) as client,
    ):
        yield client


class Client(httpx.AsyncClient):
    """What httpx does between a request and its transport (redirects, cookies, authentication,
    hooks) we do not use, and it takes half as long again as the call itself.

    `session` is what lies underneath, for those whose calls are many: `sending` has them.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        transport: httpx.AsyncBaseTransport,
        headers: Mapping[str, str],
    ) -> None:
        super().__init__(transport=transport, headers=headers, trust_env=False)
        self.session = session
        self._straight = transport

    async def send(
        self, request: httpx.Request, *, stream: bool = False, **_: Any
    ) -> httpx.Response:
        """Raises: httpx.TransportError."""
        response = await self._straight.handle_async_request(request)
        response.request = request
        if not stream:
            try:
                await response.aread()
            finally:
                await response.aclose()
        return response


class _Transport(AiohttpTransport):
    """With errors that say what happened."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        with _named_rightly():
            response = await super().handle_async_request(request)
        assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - for the types
        response.stream = _Stream(response.stream)
        return response


class _Stream(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _named_rightly():
            async for chunk in self._stream:
                yield chunk

    async def aclose(self) -> None:
        with _named_rightly():
            await self._stream.aclose()


@contextmanager
def _named_rightly() -> Iterator[None]:
    try:
        yield
    except httpx.TransportError as exc:
        raise as_httpx(exc.__cause__ or exc) from exc.__cause__
    except aiohttp.ClientError as exc:
        raise as_httpx(exc) from exc


def as_httpx(cause: BaseException) -> httpx.TransportError:
    """Only the kind of the error: its text may hold what a hostile endpoint sent."""
    name = type(cause).__name__
    return next(
        (ours(name) for theirs, ours in _ERRORS if isinstance(cause, theirs)),
        httpx.TransportError(name),
    )
