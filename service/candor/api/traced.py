"""A span around every request of the API, where tracing is on. Plain ASGI."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from candor.api.dependencies import state_in
from candor.api.v1.shortcut import PATH

_OURS = "/v1/"


class ServerSpans:
    """The outermost: what is written down and measured inside is below its span. Probes have
    none."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_OURS):
            await self._app(scope, receive, send)
            return
        watched = _Watched(send)
        with state_in(scope)["tracing"].request(scope["method"], scope["headers"]) as span:
            try:
                await self._app(scope, receive, watched.send)
            finally:
                request_id = scope["state"].get("request_id", "")
                span.ended(_route(scope), watched.status, request_id)


def _route(scope: Scope) -> str | None:
    """As it was declared: of the path itself a caller could make anything."""
    route: str | None = getattr(scope.get("route"), "path", None)
    # Known verdicts are answered in front of all routing.
    return route or (PATH if scope["path"] == PATH else None)


class _Watched:
    __slots__ = ("_send", "status")

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status: int | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)
