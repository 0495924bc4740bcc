"""What goes on beside answering: the certificate is kept good, the cluster's version learnt."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from candor.injector.counts import Counts
from candor.injector.keeping import Keeper
from candor.injector.refusals import ClusterUnavailable
from candor.injector.tls import Door

_NATIVE_SINCE = (1, 29)
_LOG = structlog.get_logger("candor.injector")


@dataclass(slots=True)
class Standing:
    """Whether pods can be answered for. `native` is None until the cluster's version is known.
    One that is leaving still answers, and asks to be sent nobody any more."""

    native: bool | None
    certified: bool
    leaving: bool = False

    @property
    def problem(self) -> str:
        """Empty: none."""
        if self.leaving:
            return "leaving"
        if not self.certified:
            return "no certificate that the API server trusts yet: see the log"
        if self.native is None:
            return "the cluster's version is not known yet: see the log, or set --native-sidecar"
        return ""


def is_native(version: str) -> bool:
    """Of `1.29`, `v1.31.2` or `v1.31.2-eks`. Raises: ValueError."""
    major, minor = version.strip().removeprefix("v").split(".")[:2]
    return (int(major), int(minor.rstrip("+"))) >= _NATIVE_SINCE


class Minder:
    """`every`: seconds between two looks; while not ready it looks each second."""

    def __init__(
        self,
        keeper: Keeper,
        door: Door,
        standing: Standing,
        counts: Counts,
        *,
        version: Callable[[], Awaitable[str]] | None,
        every: float,
    ) -> None:
        self._keeper = keeper
        self.door = door
        self.standing = standing
        self._counts = counts
        self._version = version
        self._every = every

    async def forever(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(min(1.0, self._every) if self.standing.problem else self._every)

    async def look(self) -> None:
        """What fails is told and tried again: the certificate that is there goes on."""
        try:
            await self._certificate()
            if self.standing.native is None and self._version is not None:
                self.standing.native = is_native(await self._version())
        except (ClusterUnavailable, OSError, ValueError) as exc:
            _LOG.warning("not_minded", reason=str(exc))

    async def _certificate(self) -> None:
        papers = await self._keeper.papers()
        if self.door.take(papers):
            _LOG.info("certificate", ends=papers.ends.isoformat())
        self._counts.serving_until(papers.ends.timestamp())
        self.standing.certified = True
