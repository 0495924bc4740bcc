"""The state that the service answers from."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from prometheus_client import CollectorRegistry

from candor.adapters.images import Most, open_remote_images
from candor.api.dependencies import ApiConfig, State
from candor.api.reloads import Reloaded
from candor.building import build
from candor.domain.generations import Generation, Generations
from candor.domain.ledger import Ledger
from candor.domain.monitor import Monitor
from candor.domain.ports import ImageSource
from candor.domain.trail import SYSTEM, Happening, Noted, Trail
from candor.domain.turns import Turns
from candor.readiness import Readiness
from candor.reloading.hearing import Hearing
from candor.reloading.reloader import Read, Reloader, nothing_to_read
from candor.settings import Settings
from candor.telemetry.loop_lag import lag_observed
from candor.telemetry.metrics import Metrics
from candor.wiring.counting import (
    audit_tally,
    cache_tally,
    count_parts,
    counted_admission,
    labelled,
    ledger_tally,
    redis_failures,
)
from candor.wiring.entrance import Tab, open_entrance
from candor.wiring.looks import desk_looks, entrance_looks, ledger_looks, trail_looks
from candor.wiring.parts import open_parts
from candor.working import depth_observed, open_desk, open_labour

# For jobs in this process that still run when it is told to end; what is left is lost then.
_GRACE_SECONDS = 5.0


def _nobody() -> None: ...


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
    metrics = Metrics(CollectorRegistry(), labelled(settings), metrics_dir)
    tally, tab, lost = cache_tally(metrics), Tab(), metrics.trace_spans_lost
    async with (
        settings.tracing.open(lambda reason, count: lost.labels(reason).inc(count)) as tracing,
        open_parts(
            settings,
            spent=metrics.spent,
            cache_tally=tally,
            charge=tab,
            admission=counted_admission(settings, metrics),
            tracing=tracing,
        ) as parts,
    ):
        count_parts(parts, metrics, tracing)
        opened: AbstractAsyncContextManager[Ledger] = settings.ledger.open(ledger_tally(metrics))
        async with (
            opened as ledger,
            lag_observed(metrics.observe_lag),
            open_desk(
                settings,
                several=metrics_dir is not None,
                unopened=tally.unopened,
                failed=redis_failures(metrics),
            ) as desk,
            _remote_images(settings, metrics) as images,
            _generations(parts.monitor) as generations,
            open_entrance(settings, metrics, parts.redis, tab) as entrance,
            settings.audit_log.open(audit_tally(metrics)) as trail,
        ):
            looked_at = (
                *parts.ground.looks,
                *ledger_looks(ledger),
                *desk_looks(desk),
                *entrance_looks(entrance),
                *trail_looks(trail),
            )
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
                config=_api_config(settings),
                readiness=readiness,
                generations=generations,
                reloads=reloads,
                ledger=ledger,
                desk=desk,
                entrance=entrance,
                trail=trail,
                images=images,
                tracing=tracing,
                turns=Turns(),
            )
            async with _jobs_here(settings, state):
                yield state


def _api_config(settings: Settings) -> ApiConfig:
    return ApiConfig(
        limits=settings.limits,
        group_salt=settings.ledger.group_salt,
        memo_entries=settings.server.memo_entries,
        max_batch_bytes=settings.jobs.limits.max_batch_bytes,
    )


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


def _reloaded(done: Reloaded, hearing: Hearing, generations: Generations, trail: Trail) -> None:
    hearing.reloaded(done, generations)
    facts = {"result": done.result.value, "generation": done.generation}
    trail.note(Noted(Happening.RELOAD, SYSTEM, "", facts))
