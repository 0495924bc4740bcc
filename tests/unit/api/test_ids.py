import re

from candor.api.ids import Ids


def test_ids_never_come_twice() -> None:
    ids = Ids()
    made = [ids.hex(length) for _ in range(2000) for length in (24, 32)]

    assert len(set(made)) == len(made)
    assert all(re.fullmatch("[0-9a-f]{24}([0-9a-f]{8})?", one) for one in made)


def test_no_random_digit_is_given_away_twice() -> None:
    drawn = iter([bytes(range(256)) * 16, b"\xff" * 4096])
    ids = Ids(lambda _: next(drawn))

    first = "".join(ids.hex(24) for _ in range(341))
    assert first == (bytes(range(256)) * 16).hex()[: len(first)]
    assert ids.hex(24) == "f" * 24
