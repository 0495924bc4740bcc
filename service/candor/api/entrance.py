"""What stands between a request and the routes: who may come in, and how much."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from candor.domain.callers import DEFAULT_TENANT, Everybody, Identity
from candor.domain.quotas import Quotas, Unlimited
from candor.domain.tenants import Tenant, TenantConfig


@dataclass(frozen=True, slots=True)
class Entrance:
    identity: Identity = field(default_factory=Everybody)
    tenants: Mapping[str, Tenant] = field(default_factory=dict)
    quotas: Quotas = field(default_factory=Unlimited)
    protect_metrics: bool = False
    otherwise: TenantConfig = field(default_factory=TenantConfig)
    """For tenants that the configuration says nothing of."""
    note: str = ""
    """What the operator should know of who may come in."""

    def tenant(self, name: str) -> Tenant:
        return self.tenants.get(name) or Tenant(name, self.otherwise)

    def of_job(self, tenant: str) -> Tenant:
        """Where callers are not told apart, the tenant that a job was handed in with is what its
        sender called itself: it decides whose turn it is, and nothing else."""
        return self.tenant(tenant if self.identity.required else DEFAULT_TENANT)
