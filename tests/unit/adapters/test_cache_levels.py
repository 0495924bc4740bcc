"""What keeps verdicts in this process, and which Redis is meant."""

import pytest
from pydantic import SecretStr

from candor.adapters.cache import RedisCacheConfig
from candor.adapters.cache.shared import jittered
from candor.adapters.cache.table import Bounds, ReportTable
from candor.adapters.redis import RedisConfig
from candor.adapters.redis.breaker import RedisBreaker
from tests.reports import a_report


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_stale_report_is_there_until_its_own_time_is_over() -> None:
    clock = Clock()
    table = ReportTable(Bounds(10, 10**6), clock)
    table.keep("k", a_report(), 100, seconds=60, fresh=10)
    clock.now += 9.9
    assert table.fresh("k") == a_report()
    clock.now += 0.2
    assert table.fresh("k") is None
    assert table.even_stale("k") == a_report()
    clock.now += 50
    assert table.even_stale("k") is None
    assert (len(table), table.size) == (0, 0)


def test_a_report_is_never_fresh_beyond_its_own_time() -> None:
    clock = Clock()
    table = ReportTable(Bounds(10, 10**6), clock)
    table.keep("k", a_report(), 100, seconds=5, fresh=60)
    clock.now += 5
    assert table.fresh("k") is None


def test_forgetting_takes_what_begins_alike() -> None:
    table = ReportTable(Bounds(10, 10**6), Clock())
    for key in ("a:1", "a:2", "b:1"):
        table.keep(key, a_report(), 100, seconds=60)
    table.forget("a:")
    assert [table.fresh(key) for key in ("a:1", "a:2", "b:1")] == [None, None, a_report()]
    table.forget("")
    assert (len(table), table.size) == (0, 0)


def test_jitter_takes_a_tenth_at_most() -> None:
    assert (jittered(100, lambda: 0.0), jittered(100, lambda: 1.0)) == (100, 90)


def test_the_breaker_opens_once_and_an_answer_starts_the_count_anew() -> None:
    clock = Clock()
    breaker = RedisBreaker(2, clock)

    def fails() -> bool:
        started = breaker.now()
        clock.now += 1
        return breaker.failed(started)

    assert not fails()
    breaker.answered()
    assert [fails(), fails(), fails()] == [False, True, False]
    assert breaker.is_open
    breaker.close()
    assert not breaker.is_open
    assert not fails()


def test_the_url_of_the_cache_is_short_for_that_of_redis() -> None:
    short = RedisCacheConfig(url="redis://me:pw@r:1/2")
    assert short.redis(None) == RedisConfig(
        url="redis://r:1/2", username="me", password=SecretStr("pw")
    )
    section = RedisConfig(url="redis://r:1/2", timeout_ms=7)
    assert RedisCacheConfig().redis(section) is section
    assert RedisCacheConfig(url="redis://r:1/2").redis(section) is section


def test_two_different_redis_are_refused() -> None:
    with pytest.raises(ValueError, match=r"cache\.url and redis\.url differ"):
        RedisCacheConfig(url="redis://other:1/2").redis(RedisConfig(url="redis://r:1/2"))
    with pytest.raises(ValueError, match=r"set redis\.url"):
        RedisCacheConfig().redis(None)
