"""The two ways to a receiver: guarded for those outside, plain for those that the operator listed
as reachable by http."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import httpx

from candor.adapters.net import NotReached


class Post(Protocol):
    """Gives the answer's status; reads no body and follows no redirect."""

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Raises: Refused, NotReached."""
        ...


@dataclass(frozen=True, slots=True)
class PlainPost:
    """Connects to wherever the name leads."""

    http: httpx.AsyncClient

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Raises: NotReached."""
        request = self.http.build_request("POST", url, content=body, headers=dict(headers))
        try:
            response = await self.http.send(request, stream=True)
            await response.aclose()
        except (httpx.ConnectError, httpx.UnsupportedProtocol) as exc:
            raise NotReached("the host cannot be reached", heard=False) from exc
        except httpx.TimeoutException as exc:
            raise NotReached("the host took too long", late=True) from exc
        except httpx.HTTPError as exc:
            raise NotReached("the host did not answer in HTTP to the end") from exc
        return response.status_code
