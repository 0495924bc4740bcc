"""A mood is found wherever its pattern is, though it is not looked for everywhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candor.domain.screening.moods import DENYING, NO_FACT, Mood, shows

MOODS = (*NO_FACT, *DENYING)


@pytest.mark.parametrize("mood", MOODS, ids=lambda mood: min(mood.words))
def test_a_mood_is_found_wherever_its_pattern_is(mood: Mood) -> None:
    @given(st.from_regex(mood.pattern))
    def found(text: str) -> None:
        assert shows((mood,), text)

    found()


@given(st.text(max_size=60))
def test_a_mood_is_found_nowhere_else(text: str) -> None:
    assert shows(MOODS, text) is any(mood.pattern.search(text) for mood in MOODS)


@pytest.mark.parametrize("text", ["İf it rains", "the uſer says so", "the as\u212aer says so"])
def test_letters_that_only_look_alike_when_case_is_ignored_are_no_way_round(text: str) -> None:
    assert shows(NO_FACT, text) is any(mood.pattern.search(text) for mood in NO_FACT) is True
