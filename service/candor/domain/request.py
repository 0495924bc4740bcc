"""One exchange on its way through one policy, and what its caller may wish for."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from candor.domain import cascade
from candor.domain.budget import Budget
from candor.domain.callers import DEFAULT_TENANT
from candor.domain.errors import BudgetExhausted, InvalidExchange
from candor.domain.events import Listener
from candor.domain.exchange import Exchange
from candor.domain.policy import Policy
from candor.domain.tiers.tier import Tier
from candor.domain.usage import Usage
from candor.domain.verdict import Report

N = TypeVar("N", int, float)

# What judging takes at the very least.
_LEAST_SECONDS = 0.05


class CacheUse(StrEnum):
    USE = "use"
    REFRESH = "refresh"
    """Judge anew and remember that."""
    BYPASS = "bypass"
    """Judge anew, alone, and remember nothing."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What one caller may ask for; the policy bounds the deadline (milliseconds) and what may
    be spent (model calls, US dollars)."""

    policy: str = "default"
    deadline_ms: int | None = None
    stop_after: str | None = None
    cache: CacheUse = CacheUse.USE
    max_model_calls: int | None = None
    max_cost_usd: float | None = None
    swap_check: bool = False
    tenant: str = DEFAULT_TENANT
    """Tenants share neither what is remembered nor work in flight."""

    @property
    def frugal(self) -> str:
        """Names the caller's own limits; empty without any."""
        limits = (self.max_model_calls, self.max_cost_usd)
        return "" if limits == (None, None) else f":{limits[0]}:{limits[1]}"


@dataclass(frozen=True, slots=True)
class Request:
    """`key` names its verdict in the cache, `group` the requests that may share the work: those
    that may spend the same."""

    key: str
    group: str
    policy: Policy
    tiers: Sequence[Tier]
    exchange: Exchange
    budget: Budget
    listener: Listener
    swap_check: bool = False
    tenant: str = DEFAULT_TENANT

    @classmethod
    def of(
        cls, policy: Policy, exchange: Exchange, wishes: Wishes, listener: Listener
    ) -> "Request":
        """Its time runs from now on.

        Raises: InvalidExchange.
        """
        tiers = _until(policy, wishes.stop_after)
        budget = _budget(policy, wishes)
        key = key_of(policy, exchange.digest(), wishes)
        group, swap, tenant = key + wishes.frugal, wishes.swap_check, wishes.tenant
        return cls(key, group, policy, tiers, exchange, budget, listener, swap, tenant)

    def out_of_time(self) -> Report:
        """What it is told when its deadline passed before any tier was asked."""
        return cascade.out_of_time(self.policy, self.tiers, self.exchange, self.budget)

    def could_do_better(self, report: Report) -> bool:
        """Whoever did the work ran out of time, and this request has some left."""
        enough = self.budget.remaining_seconds > _LEAST_SECONDS
        return enough and _ran_out_of_time(report, self.budget)


def key_of(policy: Policy, digest: str, wishes: Wishes) -> str:
    """Names the verdict on an exchange in the cache."""
    key = f"{policy.ref.version}:{wishes.stop_after or ''}:{digest}"
    key = f"{key}:swap" if wishes.swap_check else key
    # No other part of a key begins like this, and the names of tenants are plain.
    return key if wishes.tenant == DEFAULT_TENANT else f"{key}:@{wishes.tenant}"


def _until(policy: Policy, stop_after: str | None) -> Sequence[Tier]:
    if stop_after is None:
        return policy.tiers
    names = [tier.name for tier in policy.tiers]
    if stop_after not in names:
        raise InvalidExchange(
            f"policy {policy.ref.name!r} has no tier {stop_after!r}",
            field="options.stop_after",
            kind="unknown-tier",
            hint=f"use one of: {', '.join(names)}",
        )
    return policy.tiers[: names.index(stop_after) + 1]


def seconds_of(policy: Policy, wishes: Wishes) -> float:
    """Until the deadline, as the policy bounds it."""
    longest = policy.config.deadline_ms
    wanted = longest if wishes.deadline_ms is None else wishes.deadline_ms
    return min(wanted, longest) / 1000


def _budget(policy: Policy, wishes: Wishes) -> Budget:
    config = policy.config
    calls = _least(config.max_model_calls, wishes.max_model_calls)
    cost = _least(config.max_cost_usd, wishes.max_cost_usd)
    return Budget(
        seconds_of(policy, wishes),
        config.max_model_calls if calls is None else calls,
        tokens=config.max_tokens,
        cost_usd=cost,
    )


def _least(*limits: N | None) -> N | None:
    return min((limit for limit in limits if limit is not None), default=None)


def _ran_out_of_time(report: Report, budget: Budget) -> bool:
    """Out of time, not of calls, tokens or money: those would run out again."""
    ran_out = any(step.error == BudgetExhausted.__name__ for step in report.steps)
    spent = sum((step.usage for step in report.steps), Usage())
    return ran_out and not budget.allowance.gone(spent)
