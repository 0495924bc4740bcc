"""One HTTP call to an endpoint, bounded in time and size, with our errors."""

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import httpx

from candor.adapters.vlm.profiles import Profile
from candor.adapters.vlm.sending import Answered, Call, sender_of
from candor.adapters.vlm.statuses import Failure, error_for
from candor.domain.errors import ModelTimeout, ModelUnavailable, UnreadableReply

# Far more than any output limit makes; what goes beyond it is an attack or a mistake.
MAX_ANSWER_BYTES = 4 * 2**20
_MAX_ERROR_BYTES = 64 * 2**10


@dataclass(frozen=True, slots=True)
class HttpCalls:
    """The endpoint `name` at `url`. `headers` carry its key."""

    name: str
    url: str
    headers: Mapping[str, str]
    profile: Profile
    connect_seconds: float
    http: httpx.AsyncClient
    carried: Callable[[], Mapping[str, str]] = dict
    """Headers that go with every call of a model."""

    async def post(self, path: str, pieces: Sequence[bytes], seconds: float, told: float) -> bytes:
        """`told`: the seconds that an endpoint of ours is told it has.

        Raises: ModelError.
        """
        return await self._made("POST", path, pieces, seconds, told)

    async def get(self, path: str) -> bytes:
        """Raises: ModelError."""
        return await self._made("GET", path, (), self.connect_seconds, math.inf)

    async def _made(
        self, method: str, path: str, pieces: Sequence[bytes], seconds: float, told: float
    ) -> bytes:
        """Within `seconds` in all, and with our errors instead of httpx's."""
        connect = min(self.connect_seconds, seconds)
        headers = self._with_deadline(told) if pieces else self.headers
        call = Call(method, self.url + path, headers, pieces, seconds, connect)
        try:
            async with asyncio.timeout(seconds):
                return await self._answer(call)
        except TimeoutError as exc:
            raise ModelTimeout(f"no answer within {seconds:.3g} s", model=self.name) from exc
        except httpx.TimeoutException as exc:
            raise ModelTimeout(f"no answer in time ({_kind(exc)})", model=self.name) from exc
        except httpx.HTTPError as exc:
            raise ModelUnavailable(f"no connection ({_kind(exc)})", model=self.name) from exc

    def _with_deadline(self, seconds: float) -> Mapping[str, str]:
        """Who knows that nobody waits any more need not go on."""
        name = self.profile.deadline_header
        if not name or math.isinf(seconds):
            return {**self.headers, **self.carried()}
        told = {name: str(max(1, int(seconds * 1000)))}
        return {**self.headers, **self.carried(), **told}

    async def _answer(self, call: Call) -> bytes:
        """Raises: ModelError, httpx.HTTPError."""
        answered = await sender_of(self.http).send(call)
        try:
            if not 200 <= answered.status < 300:
                raise error_for(await _failure(answered), self.profile, self.name)
            return await self._capped(answered)
        finally:
            await answered.close()

    async def _capped(self, answered: Answered) -> bytes:
        if _is_compressed(answered):
            # A few bytes may unpack to more than the memory there is.
            raise self.unreadable("is compressed, which it was asked not to be")
        answer = bytearray()
        async for chunk in answered.chunks():
            answer += chunk
            if len(answer) > MAX_ANSWER_BYTES:
                raise self.unreadable(f"is longer than {MAX_ANSWER_BYTES} bytes")
        return bytes(answer)

    def unreadable(self, why: str) -> UnreadableReply:
        return UnreadableReply(f"the endpoint's answer {why}", model=self.name)


async def _failure(answered: Answered) -> Failure:
    """The beginning of an error's body will do, and if it breaks off, the status alone."""
    body = bytearray()
    try:
        if not _is_compressed(answered):
            async for chunk in answered.chunks():
                body += chunk
                if len(body) > _MAX_ERROR_BYTES:
                    break
    except httpx.HTTPError:
        body.clear()
    headers = {name.lower(): value for name, value in answered.headers.items()}
    return Failure(answered.status, headers, bytes(body))


def _is_compressed(answered: Answered) -> bool:
    return answered.headers.get("content-encoding", "identity") != "identity"


def _kind(error: BaseException) -> str:
    return type(error.__cause__ or error).__name__
