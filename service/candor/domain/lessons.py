"""What the ledger's records teach: labels, and who gave them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from candor.domain.ledger import Label, VerdictRecord
from candor.domain.verdict import Category, Outcome

LEAST_WEIGHT = 0.05
"""A tier that was hardly sure still says a little."""

By = Literal["human", "audit", "debate"]
_RANK: dict[By, int] = {"human": 2, "audit": 1, "debate": 0}
_SCREEN = "screen"
# The score of a category from which a deceptive verdict counts as one of that kind.
_SHOWS = 0.5


@dataclass(frozen=True, slots=True)
class Lesson:
    """A label with the weight it has. `by`: a person, the tiers that audited what another had
    settled, or a tier beyond the screen that settled it; `source` is that tier's name.

    The weight of a person is 1, that of a tier how sure it was. An audit's is besides that one
    over the probability with which it was drawn.
    """

    deceptive: bool
    category: str
    weight: float
    by: By
    source: str

    @property
    def rank(self) -> int:
        """The higher wins."""
        return _RANK[self.by]


def certainty(score: float) -> float:
    """How sure a tier was: 1 at a score of 0 or 1, least at one half."""
    return max(LEAST_WEIGHT, abs(score - 0.5) * 2)


def lesson(record: VerdictRecord) -> Lesson | None:
    """A person's word, else an audit's, else that of a tier beyond the screen. None where nobody
    but the screen itself, or nobody at all, was sure: it would only teach it what it thinks
    already."""
    if (said := record.review) is not None:
        deceptive = said.label is Label.DECEPTIVE
        return Lesson(deceptive, said.category or "", 1.0, "human", "review")
    return _audited(record) or _settled(record)


def _audited(record: VerdictRecord) -> Lesson | None:
    found = record.audit
    if found is None or found.decided_by is None or found.score is None:
        return None
    if found.outcome is Outcome.INCONCLUSIVE:
        return None
    weight = certainty(found.score) * found.weight
    deceptive = found.outcome is Outcome.DECEPTIVE
    return Lesson(deceptive, "", weight, "audit", found.decided_by)


def _settled(record: VerdictRecord) -> Lesson | None:
    settled = record.outcome is not Outcome.INCONCLUSIVE
    if not settled or record.score is None or record.decided_by in (None, _SCREEN):
        return None
    deceptive = record.outcome is Outcome.DECEPTIVE
    category = _category(record) if deceptive else ""
    return Lesson(deceptive, category, certainty(record.score), "debate", record.decided_by or "")


def _category(record: VerdictRecord) -> str:
    shown = {c: s for c, s in record.categories.items() if s >= _SHOWS}
    return max(shown, key=lambda c: shown[Category(c)]) if shown else ""


class Lessons:
    """Of several records of one exchange (`digest`) the best label, and apart from that the
    newest of which there is something left to learn from: an answer out of the cache has no
    features, and may be the one that was reviewed. Records are given newest first."""

    def __init__(self, usable: Callable[[VerdictRecord], bool]) -> None:
        self._usable = usable
        self._best: dict[str, tuple[Lesson, str]] = {}
        self._material: dict[str, str] = {}
        self._groups: dict[str, dict[str, None]] = {}

    def take(self, record: VerdictRecord) -> None:
        groups = self._groups.setdefault(record.digest, {})
        groups.update(dict.fromkeys(record.groups))
        if self._usable(record):
            self._material.setdefault(record.digest, record.id)
        taught = lesson(record)
        known = self._best.get(record.digest)
        if taught is not None and (known is None or taught.rank > known[0].rank):
            self._best[record.digest] = (taught, record.id)

    def of(self, record: VerdictRecord) -> "Taught | None":
        """For the record that an exchange is learned from; None for all others."""
        best = self._best.get(record.digest)
        if best is None or self._material.get(record.digest) != record.id:
            return None
        return Taught(best[0], best[1])

    def groups(self) -> dict[str, tuple[str, ...]]:
        """By exchange, those of all its records that teach; an exchange of none is of its own."""
        return {
            digest: tuple(found) or (digest,)
            for digest, found in self._groups.items()
            if digest in self._best and digest in self._material
        }

    @property
    def unusable(self) -> int:
        """Exchanges with a label of which nothing is kept that could be learned from."""
        return len(self._best.keys() - self._material.keys())


@dataclass(frozen=True, slots=True)
class Taught:
    """`id` names the verdict that the label is about."""

    lesson: Lesson
    id: str
