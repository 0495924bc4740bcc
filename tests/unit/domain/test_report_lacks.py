from dataclasses import replace

from candor.domain.verdict import Degradation
from tests.reports import a_report


def test_a_cache_that_did_not_answer_is_told_with_what_else_is_lacking() -> None:
    twice = (Degradation("reader:cut"), Degradation("reader:cut"))
    assert replace(a_report(), degraded=twice).lacks == ("reader:cut",)
    assert replace(a_report(), degraded=twice, cache_failed=True).lacks == ("reader:cut", "cache")
    assert replace(a_report(), cache_failed=True).lacks == ("cache",)
    assert a_report().lacks == ()
