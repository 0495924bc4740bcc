"""Requests that ask the same at the same time share one piece of work: within this process, and
then with the other replicas."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

from candor.domain.errors import BudgetExhausted, FleetUnavailable
from candor.domain.fleet import Lease, Leases, OwnLease, Told
from candor.domain.joins import Joins
from candor.domain.request import Request
from candor.domain.verdict import CacheResult, Report

Work = Callable[[Lease], Coroutine[Any, Any, Report]]
"""Does it under this lease, and ends the lease."""


@dataclass(frozen=True, slots=True)
class Sharing:
    joins: Joins[Report]
    leases: Leases

    async def report_of(self, request: Request, work: Work) -> Report:
        """Raises: whatever `work` raises."""
        while self.joins.running(request.group):
            report = await self._follow(request, work)
            if not request.could_do_better(report):
                return report
            # Whoever did the work had less time than this caller.
        return await self._lead(request, work)

    async def _lead(self, request: Request, work: Work) -> Report:
        run = await self.joins.run(request.group, lambda: self._in_the_fleet(request, work))
        return run.result

    async def _follow(self, request: Request, work: Work) -> Report:
        try:
            async with request.budget.time_limit():
                return _joined(await self._lead(request, work))
        except BudgetExhausted:
            return _joined(request.out_of_time())

    async def _in_the_fleet(self, request: Request, work: Work) -> Report:
        """In this process nobody else works on it now."""
        claim = await self._claim(request, after=0)
        while isinstance(claim, Told) and request.could_do_better(claim.report):
            claim = await self._claim(request, after=claim.token)
        return _joined(claim.report) if isinstance(claim, Told) else await work(claim)

    async def _claim(self, request: Request, after: int) -> Lease | Told:
        try:
            async with request.budget.time_limit():
                return await self.leases.claim(request.group, after)
        except FleetUnavailable:
            return OwnLease()
        except BudgetExhausted:
            return Told(request.out_of_time(), after)


def of_the_answer_alone(report: Report) -> Report:
    """Without what belongs to the very request for which it was worked out."""
    return replace(report, calls=(), audit=None, features=None, screened=None)


def _joined(report: Report) -> Report:
    known = of_the_answer_alone(report)
    return replace(known, cache=CacheResult.JOINED, cache_failed=False)
