"""A cache for one process: the default, development, tests, single replicas."""

import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from candor.adapters.cache.sealing import NOT_SEALED, Sealer
from candor.adapters.cache.table import Bounds, ReportTable
from candor.adapters.cache.tally import CacheTally
from candor.domain.verdict import Report

if TYPE_CHECKING:
    from candor.adapters.redis import Connection


class MemoryCacheConfig(BaseModel):
    """Remembers verdicts in this process alone; the least recently used go first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["memory"] = "memory"
    ttl_seconds: int = Field(86_400, gt=0, description="How long a verdict is remembered.")
    max_entries: int = Field(10_000, gt=0, description="Most verdicts kept.")
    max_bytes: int = Field(64 * 2**20, gt=0, description="Most memory for verdicts, in bytes.")

    required: ClassVar[bool] = False
    """It cannot be away."""

    @asynccontextmanager
    async def open(
        self,
        _: "Connection | None" = None,
        tally: CacheTally = CacheTally(),
        sealer: Sealer = NOT_SEALED,  # noqa: ARG002 # it never leaves the process
    ) -> AsyncIterator["MemoryCache"]:
        yield MemoryCache(self, tally=tally)


class MemoryCache:
    """Keeps reports as they are: they are frozen. Bounded in number, bytes and time."""

    def __init__(
        self,
        config: MemoryCacheConfig,
        clock: Callable[[], float] = time.monotonic,
        tally: CacheTally = CacheTally(),
    ) -> None:
        self._seconds = config.ttl_seconds
        self._table = ReportTable(Bounds(config.max_entries, config.max_bytes), clock)
        self._tally = tally

    def __len__(self) -> int:
        return len(self._table)

    @property
    def size(self) -> int:
        """Estimated bytes of all that is kept."""
        return self._table.size

    async def ping(self) -> None:
        """Always there."""

    async def get(self, key: str) -> Report | None:
        return self.at_hand(key)

    def at_hand(self, key: str) -> Report | None:
        report = self._table.fresh(key)
        if report is not None:
            self._tally.hit("local")
        return report

    async def put(self, key: str, report: Report) -> None:
        """A report that is larger than the whole cache is not kept."""
        self._table.keep(key, report, footprint(report), self._seconds)


def footprint(thing: object) -> int:
    """Bytes of memory that a report takes with all that it holds; what is shared is counted
    each time."""
    if isinstance(thing, Enum):
        return 0
    return sys.getsizeof(thing) + sum(map(footprint, _contents(thing)))


def _contents(thing: object) -> Iterable[object]:
    if isinstance(thing, tuple | list):
        return thing
    if isinstance(thing, Mapping):
        return thing.values()
    if isinstance(thing, BaseModel):
        return (vars(thing), *vars(thing).values())
    if is_dataclass(thing):
        return [getattr(thing, field.name) for field in fields(thing)]
    return ()
