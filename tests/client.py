"""Talk to the application: in process, or over a real socket."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    asynccontextmanager,
    contextmanager,
    nullcontext,
)
from dataclasses import dataclass, field

import httpx
import uvicorn
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.types import Receive, Scope, Send

from candor.adapters.ledger import NoLedger
from candor.adapters.webhooks import AllowedHosts, WebhooksConfig
from candor.api.dependencies import ApiConfig, State
from candor.api.desk import Desk
from candor.api.entrance import Entrance
from candor.api.limits import Limits
from candor.api.readiness import Readiness
from candor.api.reloads import Reloads
from candor.domain.generations import Generation, Generations
from candor.domain.jobs.limits import JobLimits
from candor.domain.jobs.ports import JobQueue
from candor.domain.joins import Joins
from candor.domain.ledger import Ledger, Retention
from candor.domain.monitor import Monitor
from candor.domain.policy import Policy, PolicyConfig
from candor.domain.ports import ImageSource, NearCache, VerdictCache
from candor.domain.tiers import ScreenConfig
from candor.domain.tiers.tier import Tier
from candor.domain.trail import NoTrail, Trail
from candor.domain.turns import Turns
from candor.domain.verdict import PolicyRef
from candor.domain.vision.pool import Pool
from candor.telemetry.metrics import Metrics
from candor.telemetry.tracing import Tracing, Untraced
from tests.fakes import FakeCache, FakeReadiness, FakeReloads, FakeTier, sees_all


@dataclass(frozen=True)
class Parts:
    """What a test hands to the application; the rest is real."""

    tiers: Sequence[Tier] = field(default_factory=lambda: [FakeTier(sees_all(0.9))])
    cache: VerdictCache = field(default_factory=FakeCache)
    readiness: Readiness = field(default_factory=FakeReadiness)
    reloads: Reloads = field(default_factory=FakeReloads)
    limits: Limits = field(default_factory=Limits)
    models: Sequence[str] = ()
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    ledger: Ledger = field(default_factory=NoLedger)
    retention: Retention = field(default_factory=Retention)
    group_salt: str = ""
    queue: JobQueue | None = None
    webhooks: WebhooksConfig = field(default_factory=WebhooksConfig)
    job_limits: JobLimits = field(default_factory=JobLimits)
    memo_entries: int = 4096
    entrance: Entrance = field(default_factory=Entrance)
    trail: Trail = field(default_factory=NoTrail)
    images: Callable[[], AbstractAsyncContextManager[ImageSource | None]] = nullcontext
    tracing: Tracing = field(default_factory=Untraced)
    shared: bool = False
    """The cache has no level in this process, as Redis without one."""

    def _near(self) -> NearCache | None:
        return self.cache if isinstance(self.cache, NearCache) and not self.shared else None

    def policy(self) -> Policy:
        config = PolicyConfig(tiers=(ScreenConfig(),), retention=self.retention)
        return Policy(PolicyRef("default", "5f0c"), config, self.tiers)

    def open_state(self) -> Callable[[], AbstractAsyncContextManager[State]]:
        @asynccontextmanager
        async def opened() -> AsyncIterator[State]:
            async with Pool() as pool, self.images() as images:
                monitor = Monitor(
                    policies={"default": self.policy()},
                    cache=self.cache,
                    pool=pool,
                    limits=self.limits,
                    joins=Joins(),
                    near=self._near(),
                    shared=self.cache if self.shared else None,
                )
                yield State(
                    monitor=monitor,
                    metrics=Metrics(self.registry, self.models),
                    config=ApiConfig(
                        limits=self.limits,
                        group_salt=self.group_salt,
                        memo_entries=self.memo_entries,
                    ),
                    readiness=self.readiness,
                    generations=Generations(Generation(1, monitor)),
                    reloads=self.reloads,
                    ledger=self.ledger,
                    entrance=self.entrance,
                    trail=self.trail,
                    desk=Desk(self.queue, AllowedHosts(self.webhooks), self.job_limits),
                    images=images,
                    tracing=self.tracing,
                    turns=Turns(),
                )

        return opened


@asynccontextmanager
async def client_for(app: FastAPI, address: str = "127.0.0.1") -> AsyncIterator[httpx.AsyncClient]:
    """Runs start-up and shut-down, which `httpx.ASGITransport` alone does not. `address` is the
    caller's."""
    async with app.router.lifespan_context(app) as state:

        async def with_state(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, "state": dict(state or {})}, receive, send)

        transport = httpx.ASGITransport(app=with_state, client=(address, 123))
        async with httpx.AsyncClient(transport=transport, base_url="http://candor") as client:
            yield client


@contextmanager
def server_for(app: FastAPI) -> Iterator[int]:
    """Serves on a free port of the loopback, from a thread; gives the port."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    try:
        yield _port_of(server)
    finally:
        server.should_exit = True
        thread.join(timeout=10)


def _port_of(server: uvicorn.Server) -> int:
    give_up = time.monotonic() + 10
    while not server.started:
        assert time.monotonic() < give_up, "the server did not start within ten seconds"
        time.sleep(0.01)
    port: int = server.servers[0].sockets[0].getsockname()[1]
    return port
