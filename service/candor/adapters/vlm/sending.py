"""How a call is sent: by aiohttp itself over the shared client, or by a client of httpx's.

httpx's requests and responses cost as much again as aiohttp's call; a client that is not ours
(a test's, with a transport of its own) is used as it comes.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import aiohttp
import httpx

from candor.adapters.vlm import wire
from candor.adapters.vlm.late_http import LateHttp
from candor.adapters.vlm.transport import Client, as_httpx

# A larger body is not copied: aiohttp is handed its pieces one by one.
_MOST_JOINED = 2**20


@dataclass(frozen=True, slots=True)
class Call:
    """One request. Without `pieces` there is no body; `seconds` bound each wait."""

    method: str
    url: str
    headers: Mapping[str, str]
    pieces: Sequence[bytes]
    seconds: float
    connect_seconds: float

    @property
    def framed(self) -> dict[str, str]:
        """The headers with those of the body."""
        if not self.pieces:
            return {**self.headers}
        length = str(sum(map(len, self.pieces)))
        return {**self.headers, "content-type": "application/json", "content-length": length}


class Answered(Protocol):
    """The beginning of an answer; whoever gets one closes it."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Found by their names in any case."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """The body. Raises: httpx.TransportError."""
        ...

    async def close(self) -> None: ...


class Sender(Protocol):
    async def send(self, call: Call) -> Answered:
        """Raises: httpx.TransportError."""
        ...


def sender_of(http: httpx.AsyncClient) -> Sender:
    match http:
        case LateHttp():
            return _Late(http)
        case Client():
            return _Straight(http.session)
    return _ByHttpx(http)


@dataclass(frozen=True, slots=True)
class _Late:
    http: LateHttp

    async def send(self, call: Call) -> Answered:
        return await _Straight((await self.http.opened()).session).send(call)


@dataclass(frozen=True, slots=True)
class _Straight:
    session: aiohttp.ClientSession

    async def send(self, call: Call) -> Answered:
        try:
            return _StraightAnswer(
                await self.session.request(
                    call.method,
                    call.url,
                    headers=call.framed,
                    data=_body(call.pieces),
                    allow_redirects=False,
                    timeout=_connecting_in(call.connect_seconds),
                )
            )
        except aiohttp.ClientError as exc:
            raise as_httpx(exc) from exc


@dataclass(frozen=True, slots=True)
class _StraightAnswer:
    response: aiohttp.ClientResponse

    @property
    def status(self) -> int:
        return self.response.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self.response.headers

    async def chunks(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self.response.content.iter_any():
                yield chunk
        except aiohttp.ClientError as exc:
            raise as_httpx(exc) from exc

    async def close(self) -> None:
        self.response.release()
        try:
            await self.response.wait_for_close()
        except aiohttp.ClientError as exc:
            raise as_httpx(exc) from exc


def _body(pieces: Sequence[bytes]) -> bytes | wire.Body | None:
    if not pieces:
        return None
    if sum(map(len, pieces)) > _MOST_JOINED:
        return wire.Body(pieces)
    # In one step out of the door: to copy it takes less time than to write it in pieces.
    return b"".join(pieces)


@lru_cache(maxsize=256)
def _connecting_in(seconds: float) -> aiohttp.ClientTimeout:
    """All of a call is bounded by whoever waits for it."""
    return aiohttp.ClientTimeout(sock_connect=seconds)


@dataclass(frozen=True, slots=True)
class _ByHttpx:
    http: httpx.AsyncClient

    async def send(self, call: Call) -> Answered:
        request = self.http.build_request(
            call.method,
            call.url,
            headers=call.framed,
            content=wire.Body(call.pieces) if call.pieces else None,
            timeout=httpx.Timeout(call.seconds, connect=call.connect_seconds),
        )
        return _HttpxAnswer(await self.http.send(request, stream=True, follow_redirects=False))


@dataclass(frozen=True, slots=True)
class _HttpxAnswer:
    response: httpx.Response

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        return self.response.headers

    def chunks(self) -> AsyncIterator[bytes]:
        return self.response.aiter_bytes()

    async def close(self) -> None:
        await self.response.aclose()
