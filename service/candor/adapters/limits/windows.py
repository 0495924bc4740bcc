"""One tenant's quotas in windows of time, counted by the library `limits`.

Requests and bytes: a sliding window made of two counters, which refuses what does not fit. Calls
and money are known only afterwards and must be counted even when they go over: a fixed window.
"""

import math
import time
from dataclasses import dataclass
from typing import Protocol, cast

from limits import RateLimitItemPerSecond
from limits.aio.storage import Storage
from limits.aio.storage.base import SlidingWindowCounterSupport
from limits.aio.strategies import FixedWindowRateLimiter, SlidingWindowCounterRateLimiter

from candor.domain.quotas import Quota, Standing


class Counters(Protocol):
    """Where the windows are kept. Raises: RedisUnavailable."""

    async def take(self, tenant: str, quota: Quota, amount: int) -> Standing | None:
        """None where it was taken, else how the quota stands that has no room for it."""
        ...

    async def standing(self, tenant: str, quota: Quota) -> Standing: ...

    async def add(self, tenant: str, quota: Quota, amount: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Windows:
    storage: Storage

    async def take(self, tenant: str, quota: Quota, amount: int) -> Standing | None:
        # What is larger than a whole window takes a whole one.
        cost, item = min(amount, quota.most), _item(quota)
        sliding = SlidingWindowCounterRateLimiter(self.storage)
        if await sliding.hit(item, *_names(tenant, quota), cost=cost):
            return None
        window = await self._window(tenant, quota)
        return Standing(quota, window.left(quota), window.until_room(quota, cost))

    async def standing(self, tenant: str, quota: Quota) -> Standing:
        if quota.afterwards:
            return await self._fixed(tenant, quota)
        window = await self._window(tenant, quota)
        return Standing(quota, window.left(quota), window.ends(quota))

    async def add(self, tenant: str, quota: Quota, amount: int) -> None:
        """Whether there is room for it or not."""
        item, names = _item(quota), _names(tenant, quota)
        if quota.afterwards:
            await FixedWindowRateLimiter(self.storage).hit(item, *names, cost=amount)
            return
        await SlidingWindowCounterRateLimiter(self.storage).hit(
            item, *names, cost=min(amount, quota.most)
        )

    async def _fixed(self, tenant: str, quota: Quota) -> Standing:
        item, names = _item(quota), _names(tenant, quota)
        stats = await FixedWindowRateLimiter(self.storage).get_window_stats(item, *names)
        unused = stats.remaining >= quota.most
        reset = quota.seconds if unused else max(0.0, stats.reset_time - time.time())
        return Standing(quota, max(0, int(stats.remaining)), reset)

    async def _window(self, tenant: str, quota: Quota) -> "Window":
        kept = cast(SlidingWindowCounterSupport, self.storage)
        key = _item(quota).key_for(*_names(tenant, quota))
        return Window(*await kept.get_sliding_window(key, quota.seconds))


@dataclass(frozen=True, slots=True)
class Window:
    """The counters of the window before, which fades for another `fades` seconds, and of this
    one, which is forgotten in `lasts` seconds: twice a window after it began."""

    before: int
    fades: float
    now: int
    lasts: float

    def left(self, quota: Quota) -> int:
        used = math.floor(self.before * self.fades / quota.seconds) + self.now
        return max(0, quota.most - used)

    def ends(self, quota: Quota) -> float:
        """Seconds until this window is the one before."""
        return max(0.0, self.lasts - quota.seconds) if self.now else self.fades

    def until_room(self, quota: Quota, amount: int) -> float:
        """Seconds until `amount` fits, if nobody else takes anything meanwhile."""
        room = quota.most - amount + 1 - self.now
        if room > 0:
            return max(0.0, self.fades - _faded(room, self.before, quota.seconds))
        # This window has to become the one before, and then to fade.
        room = quota.most - amount + 1
        fading = quota.seconds - _faded(room, self.now, quota.seconds)
        return max(0.0, self.lasts - quota.seconds) + max(0.0, fading)


def _faded(room: int, count: int, seconds: int) -> float:
    """With so many seconds left to fade, `count` weighs less than `room`."""
    return seconds if not count else room * seconds / count


def _item(quota: Quota) -> RateLimitItemPerSecond:
    return RateLimitItemPerSecond(quota.most, quota.seconds, namespace=quota.measure.value)


def _names(tenant: str, quota: Quota) -> tuple[str, ...]:
    return (tenant, quota.measure.value)
