"""Whether what was told is what the table says."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.chaos.dependencies.asking import Answer, Asker
from tests.chaos.dependencies.cells import Count, Told
from tests.scrape import Scrape

BACK_SECONDS = 10.0


def told_by(answer: Answer) -> Told:
    if answer.status != 200:
        return Told(answer.status, "", "", problem=answer.problem)
    body = answer.body
    # Whether the call or the whole request is first to run out of time is chance.
    degraded = answer.degraded.replace("debate:ModelTimeout", "debate:BudgetExhausted")
    return Told(200, body["outcome"], body["action"], degraded, answer.posture)


def assert_told(answer: Answer, expected: Told) -> None:
    # Words for people are not in answers.
    wanted = Told(
        expected.status,
        expected.outcome,
        expected.action,
        expected.degraded,
        expected.posture,
        expected.problem,
    )
    assert told_by(answer) == wanted, answer.body


def missing(counts: Sequence[Count], before: Scrape, after: Scrape) -> list[str]:
    """Series that did not go up."""
    return [
        count.text
        for count in counts
        if after.total(count.name, **count.labels) <= before.total(count.name, **count.labels)
    ]


def counted(asker: Asker, counts: Sequence[Count], before: Scrape, seconds: float = 10) -> None:
    """Fails when they do not go up in time: some things are done after the answer."""
    give_up = time.monotonic() + seconds
    while lacking := missing(counts, before, asker.scrape()):
        assert time.monotonic() < give_up, f"not counted: {lacking}"
        time.sleep(0.05)


def until(true: Callable[[], bool], what: str, seconds: float = BACK_SECONDS) -> None:
    give_up = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < give_up, f"{what} did not come true in {seconds} s"
        time.sleep(0.03)


def is_well(answer: Answer) -> bool:
    return answer.status == 200 and not answer.degraded and not answer.posture


def recovered(asker: Asker, body: Mapping[str, Any]) -> Answer:
    """The first answer that lacks nothing, once the fault is over."""
    give_up = time.monotonic() + BACK_SECONDS
    while not is_well(answer := asker.judge("after the fault", body)):
        assert time.monotonic() < give_up, f"not back: {answer.body}"
        time.sleep(0.05)
    return answer
