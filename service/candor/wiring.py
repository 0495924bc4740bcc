"""The only place that knows every part. Opens them in order, closes them in reverse."""

import asyncio
import functools
import gc
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog
from prometheus_client import CollectorRegistry

from candor.adapters.auditlog import AuditLogTally
from candor.adapters.cache.memory import MemoryCache, MemoryCacheConfig
from candor.adapters.cache.tally import CacheTally
from candor.adapters.identity import open_identity
from candor.adapters.images import Most, open_remote_images
from candor.adapters.ledger.tally import Tally
from candor.adapters.limits import open_quotas
from candor.adapters.vlm.late_http import open_late_http
from candor.adapters.vlm.recording import Recorder
from candor.api.dependencies import ApiConfig, State
from candor.api.desk import Desk
from candor.api.entrance import Entrance
from candor.api.reloads import Reloaded
from candor.building import Built, Ground, build
from candor.domain.admission import Admission
from candor.domain.errors import ConfigError, ReaderUnavailable
from candor.domain.fleet import Alone
from candor.domain.generations import Generation, Generations
from candor.domain.ledger import Ledger
from candor.domain.monitor import Charge, Monitor, Spent, uncharged, uncounted
from candor.domain.ports import (
    ImageSource,
    Instruments,
    TextReader,
    VerdictCache,
)
from candor.domain.tenants import Tenant, TenantConfig
from candor.domain.trail import SYSTEM, Happening, Noted, Trail
from candor.domain.usage import ModelCall
from candor.domain.vision.pool import Pool
from candor.readiness import Dependency, Look, Readiness
from candor.reloading.hearing import Hearing
from candor.reloading.reloader import Read, Reloader, nothing_to_read
from candor.settings import Settings
from candor.telemetry.loop_lag import lag_observed
from candor.telemetry.metrics import Metrics
from candor.telemetry.tracing import Tracing, Untraced
from candor.working import depth_observed, open_desk, open_labour

if TYPE_CHECKING:
    from candor.adapters.redis import Connection

# For jobs in this process that still run when it is told to end; what is left is lost then.
_GRACE_SECONDS = 5.0
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def _nobody() -> None: ...


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
        instruments = settings.vision.build(pool, _offered(settings, reader))
        warmed = await stack.enter_async_context(
            _warming(engine.warm(), settings.server.workers > 1)
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
async def open_state(
    settings: Settings,
    metrics_dir: str | None = None,
    read: Read = nothing_to_read,
    others: Callable[[], object] = _nobody,
) -> AsyncIterator[State]:
    """`metrics_dir` is where worker processes keep their counts together (`Metrics`). `read` gives
    the settings as they are by now, for reloads; `others` has the other processes reload.

    Raises: ConfigError.
    """
    metrics = Metrics(CollectorRegistry(), _labelled(settings), metrics_dir)
    # Looked up once: this is counted with every known verdict.
    level_hits = functools.cache(metrics.cache_level_hits.labels)
    tally = CacheTally(
        hit=lambda level: level_hits(level).inc(),
        unreadable=metrics.cache_unreadable.inc,
        unopened=lambda area: metrics.unopened.labels(area).inc(),
    )
    several = metrics_dir is not None
    tab, admission = _Tab(), _admission(settings, metrics)
    lost = metrics.trace_spans_lost
    async with (
        settings.tracing.open(lambda reason, count: lost.labels(reason).inc(count)) as tracing,
        open_parts(
            settings,
            spent=metrics.spent,
            cache_tally=tally,
            charge=tab,
            admission=admission,
            tracing=tracing,
        ) as parts,
    ):
        if tracing.on:
            metrics.traced_by(tracing.exemplar)
        if parts.redis is not None:
            parts.redis.told_to(
                lambda reason: metrics.redis_errors.labels(reason).inc(),
                metrics.redis_breaker_open.set,
            )
        parts.monitor.leases.told_to(metrics.in_the_fleet)
        opened: AbstractAsyncContextManager[Ledger] = settings.ledger.open(_tally(metrics))
        async with opened as ledger, lag_observed(metrics.observe_lag):
            # Verdicts are given without it too.
            looks = (Dependency("ledger", ledger.ping, vital=False),) if ledger.keeps else ()
            salt = settings.ledger.group_salt
            config = ApiConfig(
                limits=settings.limits,
                group_salt=salt,
                memo_entries=settings.server.memo_entries,
                max_batch_bytes=settings.jobs.limits.max_batch_bytes,
            )
            async with (
                open_desk(
                    settings,
                    several=several,
                    unopened=tally.unopened,
                    failed=lambda reason: metrics.redis_errors.labels(reason).inc(),
                ) as desk,
                _remote_images(settings, metrics) as images,
                _generations(parts.monitor) as generations,
                _entrance(settings, metrics, parts.redis, tab) as entrance,
                settings.audit_log.open(_audit_tally(metrics)) as trail,
            ):
                more = (*_queue_of(desk), *_keys_of(entrance), *_log_of(trail))
                looked_at = (*parts.ground.looks, *looks, *more)
                readiness = Readiness((*looked_at, *parts.built.looks))
                hearing = Hearing(metrics, ledger, readiness, looked_at)
                hearing.take(parts.built)
                reloads = Reloader(
                    parts.built,
                    generations,
                    lambda read, before: build(read, parts.ground, before),
                    hearing.take,
                    lambda done: _reloaded(done, hearing, generations, trail),
                    read,
                    others,
                )
                state = State(
                    monitor=parts.monitor,
                    metrics=metrics,
                    config=config,
                    readiness=readiness,
                    generations=generations,
                    reloads=reloads,
                    ledger=ledger,
                    desk=desk,
                    entrance=entrance,
                    trail=trail,
                    images=images,
                    tracing=tracing,
                )
                async with _jobs_here(settings, state):
                    yield state


def _labelled(settings: Settings) -> Sequence[str]:
    """Monitored models with a label of their own, whosever they are."""
    lists = (settings.metrics.models, *(t.models or () for t in settings.tenants.values()))
    return tuple(dict.fromkeys(name for models in lists for name in models))


@dataclass(slots=True)
class _Tab:
    """Calls are charged to whoever counts them, who is opened after what makes them."""

    to: Charge = uncharged

    def __call__(self, tenant: str, calls: Sequence[ModelCall]) -> None:
        self.to(tenant, calls)


def _admission(settings: Settings, metrics: Metrics) -> Admission:
    asks_models = any(policy.models() for policy in settings.policies.values())
    # Whose keys are in a file is not known for good: it changes while we run.
    tenants = len(settings.tenant_names) + 2 * (settings.auth.keys_file is not None)
    admission = Admission.of(settings.admission, tenants, asks_models, settings.work.threads)
    for name, slots in (("judging", admission.judging), ("debates", admission.debates)):
        if slots is not None:
            slots.told_to(functools.partial(metrics.slots, name))
    return admission


@asynccontextmanager
async def _entrance(
    settings: Settings, metrics: Metrics, redis: "Connection | None", tab: _Tab
) -> AsyncIterator[Entrance]:
    rates, labelled = settings.rate_limits, settings.metrics.models
    together = redis if rates.kind != "memory" else None
    if rates.kind == "redis" and together is None:
        raise ConfigError("rate_limits: kind redis needs the section `redis` with a url")
    otherwise, note = TenantConfig(models=labelled), _open_to_all(settings)
    named = {name: settings.tenants.get(name, otherwise) for name in settings.tenant_names}
    own = {n: c.limits.quotas() for n, c in named.items() if c.limits is not None}
    async with (
        open_identity(settings.auth, settings.tenant_names) as identity,
        open_quotas(own, rates.default.quotas(), together) as quotas,
    ):
        quotas.alone, tab.to = metrics.rate_limits_alone.inc, quotas.charge
        tenants = {
            name: Tenant(
                name, config if config.models is not None else _labelling(config, labelled)
            )
            for name, config in named.items()
        }
        yield Entrance(identity, tenants, quotas, settings.auth.protect_metrics, otherwise, note)


def _labelling(config: TenantConfig, models: tuple[str, ...]) -> TenantConfig:
    return config.model_copy(update={"models": models})


def _keys_of(entrance: Entrance) -> tuple[Dependency, ...]:
    # Those who are known already are let in all the same.
    identity = entrance.identity
    return (Dependency("auth", identity.ping, vital=False),) if identity.required else ()


def _open_to_all(settings: Settings) -> str:
    """What the operator should know where nobody is asked for a key; empty where all is well."""
    host = settings.server.host
    if settings.auth.asks or host in LOOPBACK:
        return ""
    detail = (
        f"nobody is asked for a key, and the service listens at {host}: configure `auth`, or let "
        "only those reach it who may use it"
    )
    structlog.get_logger("candor").warning("no_keys", detail=detail)
    return detail


@asynccontextmanager
async def _generations(monitor: Monitor) -> AsyncIterator[Generations]:
    generations = Generations(Generation(1, monitor))
    try:
        yield generations
    finally:
        await generations.close()


@asynccontextmanager
async def _jobs_here(settings: Settings, state: State) -> AsyncIterator[None]:
    """Jobs that are kept in this process are worked on in this process."""
    queue = state["desk"].submissions
    async with depth_observed(queue, state["metrics"]):
        if queue is None or queue.durable:
            yield
            return
        async with open_labour(settings.jobs, state, _GRACE_SECONDS):
            yield


def _queue_of(desk: Desk) -> tuple[Dependency, ...]:
    queue = desk.submissions
    # Verdicts are given without it too.
    return (Dependency("jobs", queue.ping, vital=False),) if queue and queue.durable else ()


def _remote_images(
    settings: Settings, metrics: Metrics
) -> AbstractAsyncContextManager[ImageSource | None]:
    limits = settings.limits
    return open_remote_images(
        settings.remote_images,
        Most(limits.max_image_bytes, limits.max_body_bytes),
        lambda result: metrics.remote_images.labels(result).inc(),
    )


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


def _log_of(trail: Trail) -> tuple[Dependency, ...]:
    return (Dependency("audit_log", trail.ping, vital=trail.strict),) if trail.keeps else ()


def _reloaded(done: Reloaded, hearing: Hearing, generations: Generations, trail: Trail) -> None:
    hearing.reloaded(done, generations)
    facts = {"result": done.result.value, "generation": done.generation}
    trail.note(Noted(Happening.RELOAD, SYSTEM, "", facts))


def _audit_tally(metrics: Metrics) -> AuditLogTally:
    return AuditLogTally(
        written=metrics.audit_log_written.inc,
        lost=lambda reason, count: metrics.audit_log_lost.labels(reason).inc(count),
        failed=lambda reason: metrics.audit_log_failures.labels(reason).inc(),
        waiting=metrics.audit_log_waiting.set,
    )


def _tally(metrics: Metrics) -> Tally:
    return Tally(
        written=metrics.ledger_written.inc,
        dropped=lambda reason, count: metrics.ledger_dropped.labels(reason).inc(count),
        failed=metrics.ledger_failures.inc,
        waiting=metrics.ledger_waiting.set,
    )


async def fingerprints(settings: Settings) -> Mapping[str, str]:
    """Of every policy, without opening what verdicts are kept in.

    Raises: ConfigError.
    """
    work = settings.work
    async with open_late_http() as http, Pool(work.threads, work.max_waiting) as pool:
        reader = settings.ocr.build(pool)
        instruments = settings.vision.build(pool, _offered(settings, reader))
        ground = Ground(http, pool, MemoryCache(MemoryCacheConfig()), reader, instruments, Alone())
        return build(settings, ground).versions


async def verify(settings: Settings) -> None:
    """Build everything that `serve` would, and close it again.

    Raises: ConfigError.
    """
    settings.ledger.check()
    names = settings.tenant_names
    async with open_parts(settings), open_identity(settings.auth, names):
        pass


@asynccontextmanager
async def _warming(warm: Coroutine[Any, Any, None], at_once: bool) -> AsyncIterator[Look]:
    """Loads models while the service already answers, or `at_once` before it does; yields the
    look that says whether it is done."""
    task = asyncio.create_task(warm)
    # As at start-up (cli/serve.py): what was loaded stays, so garbage is not looked for in it.
    task.add_done_callback(lambda _: gc.freeze())

    async def look() -> None:
        if not task.done():
            raise ReaderUnavailable("its models are still being loaded")
        await task

    try:
        if at_once:
            # Of several workers any may be asked, and it cannot be told which one said ready.
            await asyncio.wait([task])
        yield look
    finally:
        task.cancel()
        await asyncio.wait([task])


def instruments_of(settings: Settings, pool: Pool) -> Instruments:
    """What debaters of this deployment have to point with.

    Raises: ConfigError.
    """
    return settings.vision.build(pool, _offered(settings, settings.ocr.build(pool)))


def _offered(settings: Settings, reader: TextReader) -> TextReader | None:
    """Debaters have text read only where it can be."""
    return None if settings.ocr.kind == "none" else reader
