"""What was looked at, part by part. Silence about a part is never a judgement."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from candor.domain.exchange import Exchange


class Status(StrEnum):
    JUDGED = "judged"
    TRUNCATED = "truncated"
    UNREADABLE = "unreadable"
    SKIPPED = "skipped"


_ORDER = tuple(Status)
"""The best first."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one tier did with one part. Parts: `response`, `reasoning`, `conversation`,
    `context`, `images[0]`, and finer ones such as `images[0].frames` or `images[0].picture`."""

    part: str
    status: Status
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What became of one part over all tiers; `by` names the tiers that judged it."""

    part: str
    status: Status
    by: tuple[str, ...] = ()
    reason: str = ""


def image_part(index: int) -> str:
    return f"images[{index}]"


def parts_of(exchange: Exchange) -> list[str]:
    """The parts that this exchange has, in the order in which reports list them."""
    parts = ["response"]
    if exchange.reasoning is not None:
        parts.append("reasoning")
    parts.append("conversation")
    if any(exchange.context.texts()):
        parts.append("context")
    return parts + [image_part(i) for i in range(len(exchange.images))]


def judged(parts: Iterable[str]) -> tuple[Look, ...]:
    return tuple(Look(part, Status.JUDGED) for part in parts)


def merge(exchange: Exchange, looks: Sequence[tuple[str, Look]]) -> tuple[Coverage, ...]:
    """One row per part from every (tier, look): the best status wins, and a part that
    nobody mentioned is `skipped`."""
    by_part: dict[str, list[tuple[str, Look]]] = {part: [] for part in parts_of(exchange)}
    for tier, look in looks:
        by_part.setdefault(look.part, []).append((tier, look))
    return tuple(_row(part, mine) for part, mine in by_part.items())


def _row(part: str, mine: Sequence[tuple[str, Look]]) -> Coverage:
    if not mine:
        return Coverage(part, Status.SKIPPED, reason="no tier looked at it")
    best = min((look.status for _, look in mine), key=_ORDER.index)
    at_best = [(tier, look) for tier, look in mine if look.status is best]
    looked = best in (Status.JUDGED, Status.TRUNCATED)
    by = tuple(dict.fromkeys(tier for tier, _ in at_best)) if looked else ()
    return Coverage(part, best, by, next((k.reason for _, k in at_best if k.reason), ""))


def missing(required: Iterable[str], coverage: Sequence[Coverage]) -> tuple[Coverage, ...]:
    """The required parts that were not judged. `images` stands for every `images[i]`,
    `frames` for the frames after the first, `picture` for what is in an image besides text;
    a part that the exchange lacks is not missing."""
    return tuple(
        row
        for row in coverage
        if row.status is not Status.JUDGED and any(_stands_for(n, row.part) for n in required)
    )


def _stands_for(name: str, part: str) -> bool:
    whole_image = part.startswith("images[") and part.endswith("]")
    match name:
        case "images":
            return whole_image
        case "frames":
            return part.endswith(".frames")
        case "picture":
            # Of an image that nobody judged, nobody has seen the picture either.
            return whole_image or part.endswith(".picture")
    return name == part
