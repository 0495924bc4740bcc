"""HTTPS on loopback, in the test's own loop."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import uvicorn
from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp

from candor.injector.app import Limits, create_app
from candor.injector.counts import Counts
from candor.injector.injector import Injector, Rules
from candor.injector.minding import Standing
from candor.injector.template import BUILT_IN, Template
from tests.papers import issue

DAY = timedelta(days=1)


def now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def listening(app: ASGIApp, context: ssl.SSLContext) -> AsyncIterator[str]:
    """Its address."""
    config = uvicorn.Config(
        app,
        ssl_context_factory=lambda *_: context,
        lifespan="off",
        log_config=None,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        task = asyncio.create_task(server.serve([listener]))
        while not server.started:  # noqa: ASYNC110 # uvicorn has no event for it
            await asyncio.sleep(0.01)
        try:
            yield f"https://localhost:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


def injector_app(
    *,
    native: bool | None = True,
    rules: Rules | None = None,
    limits: Limits | None = None,
    template: Path = BUILT_IN,
    counts: Counts | None = None,
) -> ASGIApp:
    return create_app(
        Injector(Template.read(template), rules or Rules()),
        Standing(native, certified=True),
        counts or Counts(CollectorRegistry()),
        limits or Limits(),
    )


@asynccontextmanager
async def injecting(folder: Path, app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    """A client that trusts the authority of the injector that answers."""
    papers = issue(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(papers.certificate, papers.key)
    trust = ssl.create_default_context(cafile=str(papers.authority))
    async with (
        listening(app, context) as address,
        httpx.AsyncClient(base_url=address, verify=trust, trust_env=False) as client,
    ):
        yield client
