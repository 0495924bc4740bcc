"""What one tenant may ask for."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field

from candor.domain.callers import DEFAULT_TENANT
from candor.domain.policy import unknown_policy
from candor.domain.quotas import QuotaConfig
from candor.domain.request import Wishes

V = TypeVar("V")
N = TypeVar("N", int, float)


class BudgetConfig(BaseModel):
    """The most that one request of a tenant may use, where its policy allows more; null: what
    the policy says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    deadline_ms: int | None = Field(None, gt=0, description="Time, milliseconds.")
    max_model_calls: int | None = Field(None, ge=0, description="Model calls.")
    max_cost_usd: float | None = Field(
        None, ge=0, allow_inf_nan=False, description="Money, US dollars."
    )


class TenantConfig(BaseModel):
    """One tenant as an operator writes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    policies: tuple[str, ...] | None = Field(
        None, min_length=1, description="Policies its requests may name; null: all."
    )
    default_policy: str | None = Field(
        None,
        description="The policy of requests that name none; null: `default`, or the first of "
        "`policies` where that is not among them.",
    )
    models: tuple[str, ...] | None = Field(
        None,
        max_length=64,
        description="Names of monitored models to label in the metrics; any other name counts "
        "as `other`. Null: those of `metrics.models`.",
    )
    limits: QuotaConfig | None = Field(
        None, description="What it may use in a window; null: `rate_limits.default`."
    )
    budgets: BudgetConfig = BudgetConfig()

    @property
    def falls_to(self) -> str:
        """The policy of requests that name none."""
        if self.default_policy is not None:
            return self.default_policy
        allowed = self.policies
        return "default" if allowed is None or "default" in allowed else allowed[0]


@dataclass(frozen=True, slots=True)
class Tenant:
    name: str = DEFAULT_TENANT
    config: TenantConfig = field(default_factory=TenantConfig)

    def may_name(self, policy: str) -> bool:
        return self.config.policies is None or policy in self.config.policies

    def of(self, policies: Mapping[str, V]) -> dict[str, V]:
        """Those of the policies that it may name."""
        return {name: policy for name, policy in policies.items() if self.may_name(name)}

    def wishes(self, wishes: Wishes, named: bool) -> Wishes:
        """What it may have of what it wishes for; `named`: the request says which policy.

        Raises: InvalidExchange.
        """
        policy = wishes.policy if named else self.config.falls_to
        if not self.may_name(policy):
            raise unknown_policy(policy, self.config.policies or ())
        budgets = self.config.budgets
        return replace(
            wishes,
            policy=policy,
            tenant=self.name,
            deadline_ms=_least(budgets.deadline_ms, wishes.deadline_ms),
            max_model_calls=_least(budgets.max_model_calls, wishes.max_model_calls),
            max_cost_usd=_least(budgets.max_cost_usd, wishes.max_cost_usd),
        )

    def label(self, model: str, labelled: str) -> str:
        """The monitored model's name in the metrics; `labelled` is what it is called where
        tenants have no list of their own."""
        if self.config.models is None:
            return labelled
        return model if model in self.config.models else "other"


def _least(limit: N | None, wish: N | None) -> N | None:
    return min((one for one in (limit, wish) if one is not None), default=None)
