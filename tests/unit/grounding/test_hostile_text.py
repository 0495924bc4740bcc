"""What is judged is written by others: nothing in it may crash or stall the examination."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candor.domain.grounding import account, ruling
from tests.unit.grounding.cases import RECEIPT
from tests.unit.grounding.papers import examine, page

WORDS = st.sampled_from(
    [
        "total", "48.20", "$12.40", "not", "no", "there is", "“", '"', "gate B12", "cancelled",
        "I'll say", "the sign says", "10:45", "12/03/2024", "?", ".", "\n", "expiry date", "you",
        "yes", "if", "per", "%", "É", "١٢", "\x00", "\ud800", "🙂", "  ", "first image",
    ]
)  # fmt: skip
TEXT = st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=40).map(" ".join))
MANY = 100_000


@given(prompt=TEXT, response=TEXT, reasoning=st.none() | TEXT, rows=st.lists(TEXT, max_size=6))
def test_no_text_breaks_the_examination(
    prompt: str, response: str, reasoning: str | None, rows: list[str]
) -> None:
    found = examine([page(*rows)], prompt, response, reasoning)

    assert 0 <= ruling.score(found) <= 1
    assert account.reason(found)


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "1",
        " ",
        "\n",
        "The total is 12.40. ",
        "total 12.40, ",
        "no ",
        '"',
        "$1,",
        "the sign says “",
        "there is no ",
        "I'll say ",
        "-",
        "not not ",
        "A1 ",
        "is ",
    ],
)
def test_hostile_text_takes_bounded_time(piece: str) -> None:
    text = (piece * (MANY // len(piece) + 1))[:MANY]
    started = time.process_time()

    found = examine([page(*RECEIPT)], text, text, text)
    ruling.score(found)
    account.reason(found)

    assert time.process_time() - started < 3


def test_a_response_that_is_cut_says_so() -> None:
    found = examine([page(*RECEIPT)], "How much?", "You spent 48.20. " * 10_000)

    assert found.claims.cut
    assert ruling.score(found) > 0.35
