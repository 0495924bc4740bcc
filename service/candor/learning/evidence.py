"""What the ledger proves of a screen.

Whether there is a label hangs on the screen in charge: what it settles has one only if an audit
drew it, what it hands on always. So everything is thinned to the rate of the audits, by a lot
that hangs on the id alone; what is left stands for the traffic, whichever screen is asked.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from candor.domain.ledger import VerdictRecord, joined_groups
from candor.domain.lessons import lesson
from candor.domain.screening import cues
from candor.domain.screening.features import VERSION
from candor.domain.screening.vector import FeatureVector
from candor.domain.verdict import Outcome
from candor.learning.rows import Row

SOURCE = "ledger"
_SCREEN = "screen"
_HAS_REASONING = cues.NAMES.index("has_reasoning")


@dataclass(frozen=True, slots=True)
class Seen:
    """A verdict that was worked out. `chance`: with which it would have a label, however the
    screen had settled; 0: its label, if any, hangs on what the screen said."""

    id: str
    at: datetime
    groups: tuple[str, ...]
    vector: FeatureVector = field(repr=False)
    deceptive: bool | None
    settled: bool
    """By the screen."""
    chance: float

    @property
    def has_reasoning(self) -> bool:
        return bool(self.vector.cues[_HAS_REASONING])

    def row(self, group: str, *, deceptive: bool) -> Row:
        return Row(
            self.vector, self.has_reasoning, deceptive, 1.0, group, SOURCE, "debate", self.id
        )


@dataclass(frozen=True, slots=True)
class Evidence:
    """`traffic` are all verdicts, the oldest first; a sample of them has labels."""

    traffic: tuple[Seen, ...]

    @property
    def rate(self) -> float:
        """The share of the traffic that the sample is: 1 where the screen settled nothing, 0
        where nothing that it settled was audited."""
        settled = [one.chance for one in self.traffic if one.settled]
        return min((chance for chance in settled if chance), default=0.0 if settled else 1.0)

    def sample(self) -> list[Row]:
        """A uniform one, the oldest first. Rows of a user, a session or a prompt are a group."""
        rate = self.rate
        kept = [one for one in self.traffic if one.chance and lot(one.id) * one.chance < rate]
        joined = joined_groups({one.id: one.groups for one in kept})
        return [
            one.row(joined[one.id], deceptive=one.deceptive)
            for one in kept
            if one.deceptive is not None
        ]

    def since(self, at: datetime) -> "Evidence":
        return Evidence(tuple(one for one in self.traffic if one.at >= at))


def gather(records: Iterable[VerdictRecord], policies: Collection[str]) -> Evidence:
    """CPU work. Answers out of the cache have no features, and count once."""
    seen = [one for record in records if record.policy.name in policies for one in _seen(record)]
    return Evidence(tuple(sorted(seen, key=lambda one: (one.at, one.id))))


def _seen(record: VerdictRecord) -> Iterator[Seen]:
    if record.features is None:
        return
    vector = FeatureVector.from_bytes(record.features)
    if vector.version != VERSION:
        return
    said = lesson(record)
    label = None if said is None else said.deceptive
    yield Seen(
        record.id, record.at, record.groups, vector, label, _settled(record), _chance(record)
    )


def _settled(record: VerdictRecord) -> bool:
    return record.decided_by == _SCREEN


def _chance(record: VerdictRecord) -> float:
    if not _settled(record):
        return 1.0
    audit = record.audit
    conclusive = audit is not None and audit.outcome is not Outcome.INCONCLUSIVE
    return 1 / audit.weight if audit is not None and conclusive else 0.0


def lot(name: str) -> float:
    """0..1, the same for the same id of a verdict."""
    digest = hashlib.sha256(f"sampled:{name}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48
