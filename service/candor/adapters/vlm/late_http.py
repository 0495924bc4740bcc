"""The shared HTTP client, opened when somebody calls: aiohttp takes 0.1 s to import and 10 MB to
have, and a deployment without models calls nobody."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx

from candor import __version__

if TYPE_CHECKING:
    from candor.adapters.vlm.transport import Client

HEADERS = {
    "user-agent": f"candor/{__version__}",
    # Replies are read up to a cap, which compression would get around.
    "accept-encoding": "identity",
}


class LateHttp(httpx.AsyncClient):
    """Sends over the client of `transport.open_http`, which it opens once."""

    def __init__(self, until: AsyncExitStack) -> None:
        # What it is given as a transport is never asked: `send` goes to the other client.
        super().__init__(transport=httpx.AsyncBaseTransport(), headers=HEADERS, trust_env=False)
        self._until = until
        self._opening = asyncio.Lock()
        self._client: Client | None = None

    async def opened(self) -> "Client":
        if self._client is None:
            async with self._opening:
                if self._client is None:
                    from candor.adapters.vlm.transport import open_http  # noqa: PLC0415

                    self._client = await self._until.enter_async_context(open_http())
        return self._client

    async def send(
        self, request: httpx.Request, *, stream: bool = False, **_: Any
    ) -> httpx.Response:
        """Raises: httpx.TransportError."""
        return await (await self.opened()).send(request, stream=stream)


@asynccontextmanager
async def open_late_http() -> AsyncIterator[LateHttp]:
    async with AsyncExitStack() as until, LateHttp(until) as http:
        yield http
