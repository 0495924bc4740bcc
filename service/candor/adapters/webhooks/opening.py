"""Opens what tells receivers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from candor.adapters.webhooks.config import WebhooksConfig
from candor.adapters.webhooks.posting import PlainPost
from candor.adapters.webhooks.sender import HttpSender
from candor.domain.jobs.ports import Destinations


@asynccontextmanager
async def open_sender(
    config: WebhooksConfig, destinations: Destinations, http: httpx.AsyncClient
) -> AsyncIterator[HttpSender]:
    """`http` is for `http_hosts`."""
    inside = PlainPost(http)
    if not config.hosts:
        # Nothing is sent outside, and the guarded client takes 0.1 s to import.
        yield HttpSender(inside, inside, destinations, config)
        return
    from candor.adapters.net import open_guarded_http  # noqa: PLC0415

    async with open_guarded_http(config.outside) as outside:
        yield HttpSender(outside, inside, destinations, config)
