from candor.adapters.cache.encoding import Stored
from candor.adapters.cache.recognised import Recognised
from tests.reports import a_report

STORED = Stored(a_report(), 2_000_000_000, 400)


def test_the_very_bytes_that_were_read_are_recognised() -> None:
    known = Recognised()
    known.keep("k", b"raw", STORED)

    assert known.find("k", b"raw") is STORED


def test_other_bytes_and_other_keys_are_not_recognised() -> None:
    known = Recognised()
    known.keep("k", b"raw", STORED)

    assert known.find("k", b"raX") is None
    assert known.find("other", b"raw") is None


def test_its_memory_is_bounded_and_the_least_recently_used_goes_first() -> None:
    known = Recognised(max_bytes=5_000)
    known.keep("a", b"raw", STORED)
    known.keep("b", b"raw", STORED)
    known.find("a", b"raw")
    known.keep("c", b"raw", STORED)

    assert known.find("b", b"raw") is None
    assert known.find("a", b"raw") is STORED
    assert known.size <= 5_000


def test_what_is_larger_than_all_of_it_is_not_kept() -> None:
    known = Recognised(max_bytes=100)
    known.keep("a", b"raw", STORED)

    assert known.find("a", b"raw") is None
    assert known.size == 0
