"""GET and POST to listed hosts at public addresses, over https."""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import httpx

from candor import __version__
from candor.adapters.net.addresses import Acceptable, is_public
from candor.adapters.net.hosts import HostList
from candor.adapters.net.pinning import (
    Addresses,
    PinnedResolver,
    Resolve,
    checked_sockets,
    none_left_open,
    resolved_by_the_system,
)
from candor.adapters.net.refusal import NotReached, Refused
from candor.adapters.net.target import Target

_MAX_CONNECTIONS = 64
_KEEPALIVE_SECONDS = 4.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CHUNK = 2**16
_CERTIFICATE = "the host's certificate is not good for its name"
_NO_TLS = "the host does not speak TLS as it should"
_HEADERS = {"user-agent": f"candor/{__version__}", "accept-encoding": "identity"}

_Response = aiohttp.ClientResponse


class Room:
    """Bytes that may still come; answers that are read side by side can share it. `name` is that
    of the limit."""

    def __init__(self, most: int, name: str) -> None:
        self.most = most
        self.name = name
        self.left = most

    def take(self, count: int) -> bool:
        self.left -= count
        return self.left >= 0


class NoRoom(Exception):
    """`room` is the one that is full."""

    def __init__(self, room: Room) -> None:
        super().__init__(room.name)
        self.room = room


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer whose body is still to come."""

    status: int
    response: _Response

    async def read(self, *rooms: Room) -> bytes:
        """The body, as it came over the wire: it must not be compressed.

        Raises: NoRoom, NotReached.
        """
        if self.response.headers.get("content-encoding", "identity").strip().lower() != "identity":
            raise NotReached("the host sent compressed bytes, which are not read", again=False)
        length = self.response.content_length or 0
        for room in rooms:
            if length > room.left:
                raise NoRoom(room)
        read = bytearray()
        async with _in_our_words():
            async for chunk in self.response.content.iter_chunked(_CHUNK):
                for room in rooms:
                    if not room.take(len(chunk)):
                        raise NoRoom(room)
                read += chunk
        return bytes(read)


@dataclass(frozen=True, slots=True)
class GuardedHttp:
    """Nobody waits here for ever only if the caller sees to it: wrap calls in a time limit."""

    session: aiohttp.ClientSession
    allow: HostList

    def target(self, url: str) -> Target:
        """What can be told from the text alone.

        Raises: Refused.
        """
        target = Target.of(url)
        self.allow.check(target)
        return target

    @asynccontextmanager
    async def get(self, url: str, max_redirects: int = 0) -> AsyncIterator[Answer]:
        """The answer that is no redirect; each hop is checked like the first one, and is told
        nothing about those before it.

        Raises: Refused, NotReached.
        """
        target = self.target(url)
        for _ in range(max_redirects + 1):
            async with self._sent("GET", target) as response:
                if response.status not in _REDIRECTS:
                    yield Answer(response.status, response)
                    return
                target = target.redirected(_location(response))
            self.allow.check(target)
        raise Refused(f"more than {max_redirects} redirects")

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The answer's status; its body is not read, and redirects are not followed.

        Raises: Refused, NotReached.
        """
        async with self._sent("POST", self.target(url), body, headers) as response:
            return response.status

    @asynccontextmanager
    async def _sent(
        self,
        method: str,
        target: Target,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[_Response]:
        async with _in_our_words():
            with none_left_open():
                response = await self.session.request(
                    method, target.url, data=body, headers=headers, allow_redirects=False
                )
        try:
            yield response
        finally:
            _hang_up(response)


@asynccontextmanager
async def open_guarded_http(
    allow: HostList,
    resolve: Resolve = resolved_by_the_system,
    certificates: ssl.SSLContext | None = None,
    acceptable: Acceptable = is_public,
) -> AsyncIterator[GuardedHttp]:
    """`acceptable` says which addresses may be connected to. No setting leads to it or to
    `resolve`: they are here for tests."""
    addresses = Addresses(resolve, acceptable)
    connector = aiohttp.TCPConnector(
        resolver=PinnedResolver(addresses),
        socket_factory=checked_sockets(addresses),
        # Certificates of a company's own are still found through SSL_CERT_FILE.
        ssl=certificates or httpx.create_ssl_context(),
        use_dns_cache=False,
        # One that is used again leads to an address that was looked at.
        keepalive_timeout=_KEEPALIVE_SECONDS,
        limit=_MAX_CONNECTIONS,
    )
    async with aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
        headers=_HEADERS,
        timeout=aiohttp.ClientTimeout(total=None),
    ) as session:
        yield GuardedHttp(session, allow)


def _hang_up(response: _Response) -> None:
    """Of an answer that was not read to its end, nothing more is waited for: an orderly end of
    TLS would let the other side hold the connection."""
    connection = response.connection
    if connection is not None and connection.transport is not None:
        connection.transport.abort()
    response.close()


def _location(response: _Response) -> str:
    found = response.headers.getall("location", [])
    if len(found) != 1:
        raise NotReached("the host sent a redirect that leads nowhere", again=False)
    return str(found[0])


@asynccontextmanager
async def _in_our_words() -> AsyncIterator[None]:
    """Only the kind of the error is told: its text names addresses."""
    try:
        yield
    except aiohttp.ClientConnectorCertificateError as exc:
        raise NotReached(_CERTIFICATE, again=False, heard=False) from exc
    except aiohttp.ClientSSLError as exc:
        raise NotReached(_NO_TLS, again=False, heard=False) from exc
    except aiohttp.ClientConnectorError as exc:
        raise NotReached("the host cannot be reached", heard=False) from exc
    except TimeoutError as exc:
        raise NotReached("the host took too long", late=True) from exc
    except (aiohttp.ClientError, OSError) as exc:
        raise NotReached("the host did not answer in HTTP to the end") from exc
