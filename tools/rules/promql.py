"""Pieces of PromQL that several rules share."""

from dataclasses import dataclass

Labels = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """A recording rule; `labels` are those that its series carry."""

    name: str
    expr: str
    labels: Labels = ()


def by(labels: Labels) -> str:
    return f"sum by ({', '.join(labels)}) " if labels else "sum"


def increase(selector: str, window: str, labels: Labels = (), offset: str = "") -> str:
    back = f" offset {offset}" if offset else ""
    return f"{by(labels)}(increase({selector}[{window}]{back}))"


def rate(selector: str, window: str, labels: Labels = ()) -> str:
    return f"{by(labels)}(rate({selector}[{window}]))"


def share(part: str, whole: str) -> str:
    """`part` of `whole`, which have the same labels: 0 where there is no series of the part,
    and nothing at all where the whole is 0."""
    return f"(({part}) or ({whole}) * 0) / (({whole}) > 0)"


def grown(selector: str, window: str, labels: Labels) -> str:
    """How much counters grew, also those that had counted before they were first scraped:
    `increase` needs two samples, and does not see with what a series begins."""
    begun = f"{by(labels)}({selector} unless {selector} offset {window})"
    return f"({increase(selector, window, labels)} > 0) or ({begun} > 0)"
