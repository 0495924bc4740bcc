"""Start here: one exchange in, one report out."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from candor.domain import cascade
from candor.domain.admission import Slots
from candor.domain.auditor import Auditor
from candor.domain.case import OpenCase, open_case
from candor.domain.errors import BudgetExhausted, CacheUnavailable
from candor.domain.events import Listener, Nobody
from candor.domain.exchange import Exchange
from candor.domain.fleet import Alone, Lease, Leases
from candor.domain.joins import Joins
from candor.domain.policy import Policy, unknown_policy
from candor.domain.ports import NearCache, VerdictCache
from candor.domain.privacy.redaction import Redactor
from candor.domain.request import CacheUse, Request, Wishes, key_of, seconds_of
from candor.domain.shadowing import Shadows
from candor.domain.sharing import Sharing, of_the_answer_alone
from candor.domain.usage import ModelCall
from candor.domain.verdict import CacheResult, Report
from candor.domain.vision.image import ImageLimits
from candor.domain.vision.pictures import Pictures
from candor.domain.vision.pool import Pool

__all__ = ["CacheUse", "Monitor", "Spent", "Wishes", "uncounted"]

Spent = Callable[[Sequence[ModelCall]], object]


Charge = Callable[[str, Sequence[ModelCall]], object]


def uncounted(_: Sequence[ModelCall]) -> None: ...


def uncharged(_: str, __: Sequence[ModelCall]) -> None: ...


@dataclass(frozen=True, slots=True)
class Monitor:
    policies: Mapping[str, Policy]
    cache: VerdictCache
    pool: Pool
    limits: ImageLimits
    joins: Joins[Report]
    open_case: OpenCase = open_case
    spent: Spent = uncounted
    """Hears of the model calls of each piece of work when it ends, whether or not anybody still
    waits for what comes of it."""
    auditor: Auditor = field(default_factory=Auditor)
    leases: Leases = field(default_factory=Alone)
    near: NearCache | None = None
    """The level of the cache in this very process, where it has one."""
    shadows: Shadows = field(default_factory=Shadows)
    judging: Slots | None = None
    """Those that are judged hold one each; without, everybody is let in."""
    charge: Charge = uncharged
    """As `spent`, for the tenant who asked."""
    shared: VerdictCache | None = None
    """The cache, where other processes have it too."""

    async def check(
        self, exchange: Exchange, wishes: Wishes, listener: Listener = Nobody()
    ) -> Report:
        """Look in the cache, run the cascade, remember the verdict. `listener` hears of work
        that is done for this very request, not of what was known or is shared.

        Raises: InvalidExchange, Overloaded.
        """
        request = Request.of(self._policy(wishes.policy), exchange, wishes, listener)
        match wishes.cache:
            case CacheUse.BYPASS:
                return replace(await self._judge(request), cache=CacheResult.BYPASS)
            case CacheUse.REFRESH:
                report = await self._remember(request, await self._judge(request))
                return replace(report, cache=CacheResult.REFRESH)
            case CacheUse.USE:
                return await self._known_or_judged(request)

    async def settled(self) -> None:
        """Waits for what is done after answers."""
        await self.auditor.settled()
        await self.shadows.settled()

    async def close(self) -> None:
        """Before what the tiers stand on; what is still done after answers is dropped."""
        await self.auditor.close()
        await self.shadows.close()

    def seconds(self, wishes: Wishes) -> float:
        """How long a request with these wishes may take in all.

        Raises: InvalidExchange.
        """
        return seconds_of(self._policy(wishes.policy), wishes)

    def at_hand(self, digest: str, wishes: Wishes) -> Report | None:
        """What this very process remembers of the exchange with this digest, where the caller
        would have that. Never waits; after None, `check` knows more."""
        policy = self.policies.get(wishes.policy)
        if policy is None or self.near is None or wishes.cache is not CacheUse.USE:
            return None
        return self.near.at_hand(key_of(policy.now(), digest, wishes))

    async def shared_with_others(self, digest: str, wishes: Wishes) -> Report | None:
        """As `at_hand`, from a cache that others share: it is waited for. None also where it is
        away; `check` tells of that."""
        policy = self.policies.get(wishes.policy)
        if policy is None or self.shared is None or wishes.cache is not CacheUse.USE:
            return None
        try:
            async with asyncio.timeout(seconds_of(policy, wishes)):
                return await self.shared.get(key_of(policy.now(), digest, wishes))
        except (CacheUnavailable, TimeoutError):
            return None

    async def _known_or_judged(self, request: Request) -> Report:
        try:
            async with request.budget.time_limit():
                known = await self.cache.get(request.key)
        except (CacheUnavailable, BudgetExhausted):
            return replace(await self._shared(request), cache_failed=True)
        if known is not None:
            return replace(known, cache=CacheResult.HIT)
        return await self._shared(request)

    async def _shared(self, request: Request) -> Report:
        sharing = Sharing(self.joins, self.leases)
        return await sharing.report_of(request, lambda lease: self._under(lease, request))

    async def _under(self, lease: Lease, request: Request) -> Report:
        """Whoever waits on another replica is told before the cache is."""
        try:
            report = await self._judge(request)
        except BaseException:
            await lease.end(None)
            raise
        still_ours = await lease.end(of_the_answer_alone(report))
        return await self._remember(request, report) if still_ours else report

    async def _remember(self, request: Request, report: Report) -> Report:
        if not report.keepable:
            return report
        try:
            async with request.budget.time_limit():
                await self.cache.put(request.key, of_the_answer_alone(report))
        except (CacheUnavailable, BudgetExhausted):
            return replace(report, cache_failed=True)
        return report

    async def _judge(self, request: Request) -> Report:
        if self.judging is None:
            return await self._judged(request)
        name, seconds = request.policy.ref.name, request.budget.remaining_seconds
        async with self.judging.one(request.tenant, name, seconds):
            return await self._judged(request)

    async def _judged(self, request: Request) -> Report:
        try:
            async with request.budget.time_limit():
                pictures = await Pictures.open(
                    request.exchange.images, self.limits, self.pool, request.tenant
                )
        except BudgetExhausted:
            return request.out_of_time()
        redactor = Redactor(request.policy.config.redact)
        listener = redactor.listener(request.listener)
        case = self.open_case(request.exchange, pictures, listener)
        case = replace(case, swap_check=request.swap_check, tenant=request.tenant)
        try:
            report = await cascade.run(request.policy, request.tiers, case, request.budget)
        except asyncio.CancelledError:
            pictures.stop()
            raise
        finally:
            self.spent(request.budget.calls)
            self.charge(request.tenant, request.budget.calls)
        # Before anybody keeps it or hands it on.
        report = redactor.report(report)
        self.shadows.consider(request.policy, case, report)
        return self.auditor.consider(request.policy, case, report)

    def _policy(self, name: str) -> Policy:
        try:
            return self.policies[name].now()
        except KeyError:
            raise unknown_policy(name, self.policies) from None
