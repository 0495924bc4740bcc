import gc
import sys
from dataclasses import replace

import pytest
from pydantic import ValidationError

from candor.adapters.cache.memory import MemoryCache, MemoryCacheConfig, footprint
from candor.domain.verdict import CacheResult
from tests.reports import a_report


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def a_cache(clock: Clock | None = None, **settings: int) -> MemoryCache:
    return MemoryCache(MemoryCacheConfig(**settings), clock or Clock())


async def test_a_verdict_lives_exactly_as_long_as_it_may() -> None:
    clock = Clock()
    cache = a_cache(clock, ttl_seconds=60)
    await cache.put("k", a_report())
    clock.now += 59.9
    assert await cache.get("k") is not None
    clock.now += 0.1
    assert await cache.get("k") is None


async def test_what_has_expired_gives_its_memory_back() -> None:
    clock = Clock()
    cache = a_cache(clock, ttl_seconds=60)
    await cache.put("k", a_report())
    clock.now += 60
    await cache.get("k")
    assert (len(cache), cache.size) == (0, 0)


async def test_a_verdict_put_again_lives_anew() -> None:
    clock = Clock()
    cache = a_cache(clock, ttl_seconds=60)
    await cache.put("k", a_report())
    clock.now += 40
    await cache.put("k", a_report())
    clock.now += 40
    assert await cache.get("k") is not None


async def test_of_too_many_the_one_that_nobody_asked_for_goes() -> None:
    cache = a_cache(max_entries=2)
    await cache.put("asked for", a_report())
    await cache.put("forgotten", a_report())
    await cache.get("asked for")
    await cache.put("new", a_report())
    assert await cache.get("forgotten") is None
    assert await cache.get("asked for") is not None
    assert await cache.get("new") is not None


async def test_it_never_takes_more_memory_than_it_may() -> None:
    cache = a_cache(max_bytes=100_000)
    for number in range(200):
        await cache.put(f"k{number}", a_report(reason="x" * 1000))
        assert cache.size <= 100_000
    assert 10 < len(cache) < 100
    assert await cache.get("k199") is not None


async def test_a_report_larger_than_the_cache_leaves_the_others_in_peace() -> None:
    cache = a_cache(max_bytes=20_000)
    await cache.put("small", a_report())
    await cache.put("large", a_report(reason="x" * 50_000))
    assert await cache.get("large") is None
    assert await cache.get("small") is not None


async def test_a_report_that_grew_too_large_does_not_leave_its_old_self_behind() -> None:
    cache = a_cache(max_bytes=20_000)
    await cache.put("k", a_report())
    await cache.put("k", a_report(reason="x" * 50_000))
    assert await cache.get("k") is None
    assert cache.size == 0


async def test_putting_one_key_again_and_again_takes_no_more_memory() -> None:
    cache = a_cache()
    await cache.put("k", a_report())
    once = cache.size
    for _ in range(10):
        await cache.put("k", a_report())
    assert (len(cache), cache.size) == (1, once)


async def test_a_reader_that_relabels_a_report_does_not_change_the_kept_one() -> None:
    cache = a_cache()
    await cache.put("k", a_report())
    known = await cache.get("k")
    assert known is not None
    replace(known, cache=CacheResult.HIT)
    again = await cache.get("k")
    assert again is not None
    assert again.cache is CacheResult.MISS


def test_the_footprint_is_that_of_everything_a_report_holds() -> None:
    # Text of its own, so that nothing is shared with the rest of the process.
    small, large = a_report(reason="a" * 10), a_report(reason="b" * 100_010)
    assert footprint(large) - footprint(small) == 100_000
    parts = gc.get_referents(small.verdict)
    assert footprint(small) > sum(map(sys.getsizeof, parts))


@pytest.mark.parametrize("name", ["ttl_seconds", "max_entries", "max_bytes"])
def test_a_cache_without_room_or_time_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match=name):
        MemoryCacheConfig(**{name: 0})


async def test_what_has_expired_is_not_at_hand() -> None:
    clock = Clock()
    cache = a_cache(clock, ttl_seconds=10)
    await cache.put("a", a_report())
    assert cache.at_hand("a") == a_report()

    clock.now += 10
    assert cache.at_hand("a") is None
