"""Who is let in, how often, and to what."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from candor.adapters.identity import open_identity
from candor.adapters.identity.config import LOOPBACK
from candor.adapters.limits import open_quotas
from candor.api.entrance import Entrance
from candor.domain.errors import ConfigError
from candor.domain.monitor import Charge, uncharged
from candor.domain.tenants import Tenant, TenantConfig
from candor.domain.usage import ModelCall
from candor.settings import Settings
from candor.telemetry.metrics import Metrics

if TYPE_CHECKING:
    from candor.adapters.redis import Connection


@dataclass(slots=True)
class Tab:
    """Calls are charged to whoever counts them, who is opened after what makes them."""

    to: Charge = uncharged

    def __call__(self, tenant: str, calls: Sequence[ModelCall]) -> None:
        self.to(tenant, calls)


@asynccontextmanager
async def open_entrance(
    settings: Settings, metrics: Metrics, redis: "Connection | None", tab: Tab
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
        open_quotas(
            own, rates.default.quotas(), together, metrics.rate_limits_alone.inc
        ) as quotas,
    ):
        tab.to = quotas.charge
        tenants = {
            name: Tenant(
                name, config if config.models is not None else _labelling(config, labelled)
            )
            for name, config in named.items()
        }
        yield Entrance(identity, tenants, quotas, settings.auth.protect_metrics, otherwise, note)


def _labelling(config: TenantConfig, models: tuple[str, ...]) -> TenantConfig:
    return config.model_copy(update={"models": models})


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
