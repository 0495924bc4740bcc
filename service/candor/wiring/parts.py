"""What judges, and what it stands on."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from candor.adapters.cache.tally import CacheTally
from candor.adapters.vlm.late_http import open_late_http
from candor.adapters.vlm.recording import Recorder
from candor.building import Built, Ground, build
from candor.domain.admission import Admission
from candor.domain.monitor import Charge, Monitor, Spent, uncharged, uncounted
from candor.domain.ports import VerdictCache
from candor.domain.vision.pool import Pool
from candor.readiness import Dependency
from candor.settings import Settings
from candor.telemetry.tracing import Tracing, Untraced
from candor.wiring.sight import instruments_of
from candor.wiring.warming import warming

if TYPE_CHECKING:
    from candor.adapters.redis import Connection


@dataclass(frozen=True, slots=True)
class Parts:
    """What was opened: what judges, and what it stands on."""

    built: Built
    ground: Ground
    redis: "Connection | None" = None

    @property
    def monitor(self) -> Monitor:
        return self.built.monitor


@asynccontextmanager
async def open_parts(
    settings: Settings,
    recorder: Recorder | None = None,
    spent: Spent = uncounted,
    cache_tally: CacheTally = CacheTally(),
    *,
    charge: Charge = uncharged,
    admission: Admission = Admission(),
    tracing: Tracing = Untraced(),
) -> AsyncIterator[Parts]:
    """`recorder` is put around every model, `spent` and `charge` hear of the calls that were
    made, `cache_tally` of what the cache did. Without `admission` everybody is let in.

    Raises: ConfigError.
    """
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(open_late_http())
        work = settings.work
        room = settings.limits.max_decoded_bytes
        pool = await stack.enter_async_context(Pool(work.threads, work.max_waiting, room))
        redis = await stack.enter_async_context(_open_redis(settings))
        opened: AbstractAsyncContextManager[VerdictCache]
        sealer = settings.privacy.sealer(cache_tally.unopened)
        opened = settings.cache.open(redis, cache_tally, sealer)
        cache = tracing.cache(await stack.enter_async_context(opened))
        engine = settings.ocr.build(pool)
        reader = tracing.reader(engine)
        instruments = instruments_of(settings, pool, reader)
        warmed = await stack.enter_async_context(
            warming(engine.warm(), settings.server.workers > 1)
        )
        looks = (
            Dependency("text_reader", warmed, vital=True),
            Dependency("cache", cache.ping, vital=settings.cache.required),
        )
        leases = await stack.enter_async_context(settings.fleet.open(redis, sealer))
        ground = Ground(
            http,
            pool,
            cache,
            reader,
            instruments,
            leases,
            looks,
            recorder,
            spent,
            charge,
            admission,
            tracing,
        )
        built = build(settings, ground)
        # Closed before all that audits and shadows stand on.
        stack.push_async_callback(built.monitor.close)
        yield Parts(built, ground, redis)


@asynccontextmanager
async def _open_redis(settings: Settings) -> AsyncIterator["Connection | None"]:
    config = settings.shared_redis()
    if config is None:
        yield None
        return
    # Not loaded where there is no Redis.
    from candor.adapters.redis import open_connection  # noqa: PLC0415

    async with open_connection(config) as connection:
        yield connection
