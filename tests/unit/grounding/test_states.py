"""States of things: which are opposed, and what a negation does to them."""

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candor.domain.grounding.states import FAMILIES, find_states, opposed


def disagree(one: str, other: str) -> bool:
    pairs = itertools.product(find_states(one), find_states(other))
    return any(opposed(a, b) for a, b in pairs)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The flight is cancelled.", "The flight is on time."),
        ("The flight is cancelled.", "The flight is not cancelled."),
        ("BA117 is delayed", "BA117 is on schedule"),
        ("The shop is open.", "The shop isn't open."),
        ("It is open", "It is closed"),
        ("The loan was approved", "The loan was declined"),
        ("The invoice is unpaid", "The invoice was paid in full"),
        ("The invoice is overdue", "It has been paid"),
        ("It is in stock", "It is sold out"),
        ("It is available", "It is no longer available"),
        ("The pass is valid", "The pass has expired"),
        ("The car failed", "The car passed"),
        ("The test is positive", "The test is negative"),
        ("It is safe to eat", "It is poisonous"),
        ("Dogs are allowed", "Dogs are prohibited"),
        ("The room is vacant", "The room is occupied"),
        ("The booking is confirmed", "The booking is pending"),
        ("The parcel is intact", "The parcel is damaged"),
    ],
)
def test_two_states_of_one_thing_are_opposed(one: str, other: str) -> None:
    assert disagree(one, other)
    assert disagree(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The flight is cancelled.", "The flight was canceled"),
        ("The shop is closed", "The shop is not open"),
        ("The flight is delayed", "The flight is boarding"),
        ("The invoice is unpaid", "The invoice is overdue"),
        ("The flight is cancelled", "The shop is open"),
        ("It is not cancelled", "It is on time"),
        ("It is not cancelled", "It isn't cancelled"),
        ("It is never not open", "It is open"),
        ("Not sure. It is open", "It is open"),
    ],
)
def test_states_that_can_hold_together_are_not_opposed(one: str, other: str) -> None:
    assert not disagree(one, other)


def test_the_longest_phrase_is_read() -> None:
    (state,) = find_states("Sorry, it is out of stock today")
    assert (state.word, state.value, state.negated) == ("out of stock", "unavailable", False)


def test_a_word_of_two_families_is_found_in_both() -> None:
    assert {state.family for state in find_states("cancelled")} == {"flight", "booking"}


def test_a_state_inside_another_word_is_none() -> None:
    assert find_states("reopened, insafety, presentation") == ()


@pytest.mark.parametrize("family", FAMILIES)
def test_every_phrase_of_a_family_is_found(family: str) -> None:
    for value, phrases in FAMILIES[family].items():
        for phrase in phrases.split(", "):
            found = [s for s in find_states(f"It is {phrase} now") if s.family == family]
            assert [(s.value, s.word) for s in found] == [(value, phrase)]


@given(st.text(st.sampled_from("not n't no cancelled open.,'’-\n") | st.characters()))
def test_any_text_can_be_read(text: str) -> None:
    found = find_states(text)
    assert all(text[s.start : s.end] == s.word for s in found)


@pytest.mark.parametrize("piece", ["cancelled ", "not ", "out of ", "a", "'", "a-", "sold "])
def test_hostile_text_takes_time_in_proportion_to_its_length(piece: str) -> None:
    text = (piece * (250_000 // len(piece) + 1))[:250_000]
    started = time.process_time()
    find_states(text)
    assert time.process_time() - started < 5
