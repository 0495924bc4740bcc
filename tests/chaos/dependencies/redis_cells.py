"""What becomes of an answer when Redis fails, by what it is used for."""

from collections.abc import Sequence

from tests.chaos.dependencies import redis_stage as r
from tests.chaos.dependencies.cells import Cell, Count, Section, Told, refused
from tests.chaos.dependencies.faults import Fault


def _cells(place: str, told: Told, faults: Sequence[Fault], *counts: Count) -> list[Cell]:
    """The posture has no say: verdicts do not lean on Redis."""
    strict = None if told.problem else told
    return [Cell(place, fault, told, counts, strict) for fault in faults]


def _lacking(reason: str) -> tuple[Told, Count]:
    return Told(degraded=reason), Count("degraded_total", {"reason": reason})


_CACHE, _CACHE_COUNT = _lacking("cache")
_ALONE, _ALONE_COUNT = _lacking("rate_limits_alone")
_EVERY = (*r.AWAY, *r.LIES)
_FOR_LIMITS = [fault for fault in _EVERY if fault is not r.NOTHING]
# Replies that are RESP, and not what was asked for.
_BY_FORM = (r.NUMBER, r.WORD, r.LIST, r.NOTHING, r.NOT_UTF_8)
_BY_REDIS = [fault for fault in _EVERY if fault not in _BY_FORM]
_NOT_COUNTED = refused(429, "over-quota")

SECTIONS = (
    Section(
        "Redis as the cache",
        "Every request is judged. `cache` in `degraded`; nothing of the failure is remembered.",
        _cells("cache", _CACHE, _EVERY, _CACHE_COUNT, Count("cache_errors_total")),
    ),
    Section(
        "Redis as the place of leases",
        "Fails while a replica works under a lease: it answers its own callers, and whoever "
        "asks elsewhere works for itself.",
        _cells("leases", _CACHE, _BY_REDIS, _CACHE_COUNT),
    ),
    Section(
        "Redis as the counter of rate limits",
        "Each process counts by itself. One that answers nil to everything cannot be told from "
        "one that refuses, so that the request is refused.",
        [
            *_cells(
                "limits",
                _ALONE,
                _FOR_LIMITS,
                _ALONE_COUNT,
                Count("rate_limits_alone_total"),
            ),
            *_cells("limits", _NOT_COUNTED, (r.NOTHING,), Count("rate_limited_total")),
        ],
    ),
    Section(
        "Redis as the queue of jobs",
        "`POST /v1/monitor/jobs` is refused, with a `Retry-After`; `POST /v1/monitor` goes on.",
        _cells("jobs", refused(503, "queue-unavailable"), _BY_REDIS, Count("redis_errors_total"))
        + _cells("jobs", refused(503, "queue-unavailable"), _BY_FORM),
    ),
)
CELLS = [cell for section in SECTIONS for cell in section.cells]
