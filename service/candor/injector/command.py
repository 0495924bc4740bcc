"""Puts the injector together from what the command line says."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from prometheus_client import CollectorRegistry

from candor.domain.errors import ConfigError
from candor.injector.app import Limits, create_app
from candor.injector.cluster import ACCOUNT, Cluster, connect
from candor.injector.counts import Counts
from candor.injector.injector import Injector, Rules
from candor.injector.keeping import Keeper, Mounted, Places, SelfSigned
from candor.injector.minding import Minder, Standing, is_native
from candor.injector.papers import Papers, issue
from candor.injector.rotation import Plan
from candor.injector.serving import Address, serve
from candor.injector.template import BUILT_IN, Template
from candor.injector.tls import Door


@dataclass(frozen=True, slots=True)
class Signing:
    """For a certificate of our own. `service` is the name by which the API server calls."""

    places: Places
    service: str
    lifetime: timedelta
    settle: timedelta

    @property
    def plan(self) -> Plan:
        service, namespace = self.service, self.places.namespace
        names = (f"{service}.{namespace}.svc", f"{service}.{namespace}", service)
        return Plan(names, self.lifetime, self.settle)


@dataclass(frozen=True, slots=True)
class Options:
    """`papers` is the folder of a mounted certificate, or how to make our own. `version` of the
    cluster: None asks its API server."""

    papers: Path | Signing
    address: Address
    rules: Rules
    limits: Limits
    native: Literal["auto", "always", "never"] = "auto"
    version: str | None = None
    template: Path = BUILT_IN
    every: float = 30.0
    account: Path = ACCOUNT
    server: str | None = None


async def run(options: Options) -> None:
    """Raises: ConfigError."""
    injector = Injector(Template.read(options.template), options.rules)
    native = _native(options)
    async with AsyncExitStack() as stack:
        keeper, papers = _keeper(options, stack)
        ask = _cluster(options, stack).version if native is None else None
        counts = Counts(CollectorRegistry())
        standing = Standing(native, certified=isinstance(options.papers, Path))
        door = _door(papers)
        minder = Minder(keeper, door, standing, counts, version=ask, every=options.every)
        app = create_app(injector, standing, counts, options.limits)
        await serve(app, door, minder, options.address)


def _cluster(options: Options, stack: AsyncExitStack) -> Cluster:
    """Raises: ConfigError."""
    cluster = connect(options.account, options.server)
    stack.push_async_callback(cluster.close)
    return cluster


def _native(options: Options) -> bool | None:
    """Raises: ConfigError."""
    if options.native != "auto":
        return options.native == "always"
    if options.version is None:
        return None
    try:
        return is_native(options.version)
    except ValueError as exc:
        raise ConfigError(f"--cluster-version {options.version!r} is not such as 1.31") from exc


def _keeper(options: Options, stack: AsyncExitStack) -> tuple[Keeper, Papers]:
    """And what is served at first. Raises: ConfigError."""
    if isinstance(options.papers, Path):
        mounted = Mounted(options.papers)
        return mounted, mounted.read_at_start()
    plan = options.papers.plan
    keeper = SelfSigned(_cluster(options, stack), options.papers.places, plan, _now)
    # Nobody trusts this one: it only lets /healthz answer until the real one is there.
    return keeper, issue(plan.names, _now(), timedelta(days=1))


def _now() -> datetime:
    return datetime.now(UTC)


def _door(papers: Papers) -> Door:
    """Raises: ConfigError."""
    try:
        return Door(papers)
    except ValueError as exc:
        raise ConfigError(f"the certificate cannot be served: {exc}") from exc
