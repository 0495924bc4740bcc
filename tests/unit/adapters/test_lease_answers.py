"""Something answers where Redis should, and not as our script does."""

from typing import Any

import pytest

from candor.adapters.leases.redis import _checked
from candor.domain.errors import RedisUnavailable


@pytest.mark.parametrize(
    "answer",
    [
        *(7, None, b"FINE", [], [b"ours"], [b"ours", b"1"]),
        *([b"held", 1], [b"held", 1, b"x"], [b"told", 1, 2], [7, b"hello"]),
    ],
)
def test_an_answer_of_another_form_is_no_lease(answer: Any) -> None:
    with pytest.raises(RedisUnavailable):
        _checked(answer)


@pytest.mark.parametrize("answer", [[b"ours", 1], [b"held", 1, 600], [b"told", 2, b"report"]])
def test_what_our_script_answers_is_read(answer: list[Any]) -> None:
    assert _checked(answer) == answer
