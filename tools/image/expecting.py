"""Ends the check with what is not as it should be."""

import time
from collections.abc import Callable


def until(done: Callable[[], bool], seconds: float, failure: str) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise SystemExit(f"{failure} in {seconds:g} s")
        time.sleep(0.01)


def expect(found: object, wanted: object, what: str) -> None:
    if found != wanted:
        raise SystemExit(f"{what}: {found!r}, but {wanted!r} is expected")
