"""Who looks after the certificate: files that somebody else renews, or ourselves."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from candor.domain.errors import ConfigError
from candor.injector.cluster import Cluster
from candor.injector.papers import Papers
from candor.injector.refusals import ClusterUnavailable, Conflict
from candor.injector.rotation import Kept, Plan, agreed

_TRIES = 5


class Keeper(Protocol):
    async def papers(self) -> Papers:
        """Those to serve now. Raises: ClusterUnavailable, OSError."""
        ...


class Mounted:
    """`tls.crt` and `tls.key` in a folder, as cert-manager's Secret is mounted."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def papers(self) -> Papers:
        return await asyncio.to_thread(self.read)

    def read(self) -> Papers:
        """Raises: OSError."""
        return Papers(
            (self._folder / "tls.crt").read_bytes(), (self._folder / "tls.key").read_bytes()
        )

    def read_at_start(self) -> Papers:
        """Raises: ConfigError."""
        try:
            return self.read()
        except OSError as exc:
            raise ConfigError(
                f"--cert-dir {self._folder} needs tls.crt and tls.key: {exc.strerror}"
            ) from exc


@dataclass(frozen=True, slots=True)
class Places:
    """Where the injector's own things are in the cluster."""

    namespace: str
    secret: str
    configuration: str


class SelfSigned:
    """Replicas share what is in the Secret: who writes first wins, the others read."""

    def __init__(
        self, cluster: Cluster, places: Places, plan: Plan, clock: Callable[[], datetime]
    ) -> None:
        self._cluster = cluster
        self._places = places
        self._plan = plan
        self._clock = clock

    async def papers(self) -> Papers:
        bundles = await self._cluster.trusted(self._places.configuration)
        kept = await self._agreed(_common(bundles))
        if any(bundle != kept.bundle for bundle in bundles):
            await self._cluster.trust(self._places.configuration, kept.bundle, len(bundles))
        return kept.current

    async def _agreed(self, trusted: bytes) -> Kept:
        """Raises: ClusterUnavailable."""
        places = self._places
        for _ in range(_TRIES):
            stored = await self._cluster.stored(places.namespace, places.secret)
            kept = agreed(stored.kept, self._plan, self._clock(), trusted)
            if kept == stored.kept:
                return kept
            try:
                await self._cluster.store(places.namespace, places.secret, kept, stored.version)
            except Conflict:
                continue
            return kept
        raise ClusterUnavailable(
            f"Secret {places.secret} changed {_TRIES} times while we wrote it"
        )


def _common(bundles: tuple[bytes, ...]) -> bytes:
    """An authority counts as trusted when each webhook has it: they all get the same."""
    return bundles[0] if len(set(bundles)) == 1 else b""
