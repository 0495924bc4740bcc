"""POST /v1/monitor without the framework's way to a route, which costs more than reading and
answering a request. It is documented, and found for other methods, as the route that it is."""

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from candor.api import handlers
from candor.api.v1.monitor import MonitorRoute
from candor.api.v1.shortcut import PATH
from candor.domain.errors import CandorError
from candor.telemetry.logs import Journal


class Straight:
    """Crashes go up to whoever stands in front, as they do from `app`, which has all the rest."""

    def __init__(self, app: ASGIApp, route: MonitorRoute, journal: Journal) -> None:
        self._app = app
        self._route = route
        self._journal = journal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != PATH or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            response = await self._route(request)
        except CandorError as exc:
            response = handlers.answered(exc, request, self._journal)
        await response(scope, receive, send)
