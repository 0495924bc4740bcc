"""Build the FastAPI application from parts opened elsewhere."""

import functools
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from candor import __version__
from candor.api import docs as pages
from candor.api import handlers, openapi, probes
from candor.api.dependencies import State
from candor.api.middleware import Crashes, Front
from candor.api.traced import ServerSpans
from candor.api.v1 import admin, jobs_routes, routes
from candor.api.v1.memo import Memo
from candor.api.v1.monitor import MonitorRoute
from candor.api.v1.shortcut import Shortcut
from candor.api.v1.straight import Straight
from candor.telemetry.logs import Journal

OpenState = Callable[[], AbstractAsyncContextManager[State]]


class Service(FastAPI):
    """Requests come in by `front`, and by the framework's own layers only where they are not
    answered there."""

    front: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self.front(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    async def behind_the_front(self, scope: Scope, receive: Receive, send: Send) -> None:
        await super().__call__(scope, receive, send)


def create_app(
    open_state: OpenState,
    journal: Journal | None = None,
    *,
    docs: bool = True,
    traced: bool = False,
) -> Service:
    """`open_state` is entered at start-up and left at shut-down, once per process. `docs`: whether
    /docs and /openapi.json are answered. `traced`: whether the state's tracing is on."""
    journal = journal or Journal()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[State]:
        async with open_state() as state:
            yield state

    app = Service(
        title="Candor",
        version=__version__,
        summary="Tells whether a multimodal model is deceiving its user.",
        description=openapi.DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        lifespan=lifespan,
        # Its page is loaded from elsewhere, and is blank where there is no way out: see docs.py.
        openapi_url="/openapi.json" if docs else None,
        docs_url=None,
        redoc_url=None,
        # Its spans carry the messages of errors, and those may quote what is judged.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    memo = Memo()
    handlers.install(app, journal)
    routes.install(app, journal, memo)
    jobs_routes.install(app)
    admin.install(app)
    probes.install(app)
    if docs:
        pages.install(app)
    app.add_middleware(Crashes, journal=journal)
    behind = Straight(app.behind_the_front, MonitorRoute(journal, memo), journal)
    front = Front(behind, journal, Shortcut(journal, memo))
    app.front = ServerSpans(front) if traced else front
    # Made once: it takes a tenth of a second, in which nobody else is answered.
    app.openapi = functools.cache(lambda: openapi.schema(app))  # type: ignore[method-assign] # FastAPI's documented way
    return app
