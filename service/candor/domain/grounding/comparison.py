"""Does what stands in the image, or in the reasoning, bear a claim out?

Precise rather than eager: a value that simply does not occur proves nothing. It is
contradicted only where its label shows another one, or where the only value of its kind that
answers the question is another one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

from candor.domain.grounding.claim import Claim
from candor.domain.grounding.labels import Keys, unblurred
from candor.domain.grounding.layout import Note
from candor.domain.grounding.measures import convertible
from candor.domain.grounding.states import State, opposed
from candor.domain.grounding.strangers import Vocabulary, strangers
from candor.domain.grounding.value import Kind, Value, same
from candor.domain.verdict import Stance

ALIGNED = 1.5
"""The least kinship of words that makes a note's value the one the claim is about."""
_FIRM = 3.0
"""From here a label is the same beyond doubt: a name of the table, or an identifier."""
_SURE_READING = 0.9
"""A reader less sure than this may have got one digit wrong."""
# Labels whose values people mix up in good faith.
_KIN = frozenset({"total", "subtotal", "tendered", "balance", "price"})
_COUNTABLE = {Kind.AMOUNT, Kind.NUMBER, Kind.PERCENT}
_PLACES = frozenset({"gate", "platform", "seat", "room", "terminal", "coach", "reference"})
# Texts in images carry these states; `safe` or `correct` there may be about anything.
_PRINTED = frozenset(
    {"flight", "opening", "decision", "payment", "stock", "validity", "test", "finding",
     "permission", "place", "booking", "activity", "lock", "completion", "guilt"}
)  # fmt: skip
_SPOKEN = _PRINTED | {"condition", "safety", "authenticity", "power"}


class Grade(IntEnum):
    """How a note came to be the proof."""

    OCCURS = 1
    """It stands there, under no label that the claim names."""
    ONLY = 2
    """Nothing else of its kind is there."""
    ALIGNED = 3
    """Its label is the claim's."""


@dataclass(frozen=True, slots=True)
class Match:
    stance: Stance
    note: Note
    grade: Grade


def compare(claim: Claim, notes: Sequence[Note], vocabulary: Vocabulary) -> Match | None:
    """None where the notes settle nothing. For claims of values and states."""
    if isinstance(claim.what, Value):
        return _Values(claim, claim.what, notes, vocabulary).match()
    if isinstance(claim.what, State):
        return _States(claim, claim.what, notes, vocabulary).match()
    return None


def kinship(claim: Claim, note: Note) -> float:
    """How far the words around both say that they are about the same thing."""
    if note.own.sure and claim.keys.sure and not claim.keys.sure & note.own.sure:
        return 0.0
    keys, rest = claim.keys, claim.subject
    spoken_of = _words(keys.words, keys.codes, note)
    around = _words(rest.words - keys.words, rest.codes - keys.codes, note)
    return _labels(keys, note) + spoken_of + around / 2


def _labels(keys: Keys, note: Note) -> float:
    theirs = note.own if note.own.sure or not note.over.sure else note.over
    if keys.sure & theirs.sure:
        return 3.0
    hinted = keys.hinted & (theirs.sure | theirs.hinted) or keys.sure & theirs.hinted
    return 1.5 if hinted else 0.0


def _words(words: frozenset[str], codes: frozenset[str], note: Note) -> float:
    named = codes & (note.own.codes | note.row.codes | note.over.codes)
    own, row = words & note.own.words, words & (note.row.words - note.own.words)
    over = words & (note.over.words - note.own.words - note.row.words)
    return 3.0 * len(named) + _steps(2.0, own) + _steps(1.5, row) + _steps(0.75, over)


def _steps(first: float, shared: frozenset[str]) -> float:
    return first + 0.5 * (len(shared) - 1) if shared else 0.0


def _closest(claim: Claim, notes: Sequence[Note]) -> tuple[float, list[Note]]:
    ranked = [(kinship(claim, note), note) for note in notes]
    top = max((score for score, _ in ranked), default=0.0)
    return top, [note for score, note in ranked if score == top]


@dataclass(frozen=True, slots=True)
class _Values:
    claim: Claim
    value: Value
    notes: Sequence[Note]
    vocabulary: Vocabulary

    def match(self) -> Match | None:
        rivals = [n for n in self.notes if self._comparable(n)]
        bearing = [n for n in self.notes if isinstance(n.what, Value) and same(self.value, n.what)]
        top, closest = _closest(self.claim, rivals)
        if top < ALIGNED:
            closest = []
        agreeing = [n for n in closest if self._bears_out(n)]
        if self.claim.denied:
            return self._denied(closest, agreeing)
        if agreeing:
            # A label that stands over several values says of none that it is the one meant.
            grade = Grade.ALIGNED if _one(closest) else Grade.OCCURS
            return Match(Stance.SUPPORTS, agreeing[0], grade)
        if closest and self._refuted(top, closest, bearing):
            return Match(Stance.CONTRADICTS, closest[0], Grade.ALIGNED)
        if bearing:
            best = _best(self.claim, bearing)
            grade = Grade.ONLY if best in rivals and _one(rivals) else Grade.OCCURS
            return Match(Stance.SUPPORTS, best, grade)
        if not closest and self._only_other(rivals):
            return Match(Stance.CONTRADICTS, rivals[0], Grade.ONLY)
        return None

    def _bears_out(self, note: Note) -> bool:
        return isinstance(note.what, Value) and same(self.value, note.what)

    def _denied(self, closest: Sequence[Note], agreeing: Sequence[Note]) -> Match | None:
        if agreeing and _one(closest):
            return Match(Stance.CONTRADICTS, agreeing[0], Grade.ALIGNED)
        if closest and not agreeing and _one(closest) and not self._misread(closest[0]):
            return Match(Stance.SUPPORTS, closest[0], Grade.ALIGNED)
        return None

    def _refuted(self, top: float, closest: Sequence[Note], bearing: Sequence[Note]) -> bool:
        if self.claim.loose or self.value.approximate or not _one(closest):
            return False
        if any(self._explained(note) for note in closest) or self._stranger(top):
            return False
        if not bearing:
            return True
        # It stands under another label: only a clear difference between the two counts.
        if any(n.own.sure & _KIN for n in bearing) and top < _FIRM:
            return False
        return top - max(kinship(self.claim, n) for n in bearing) >= 1.0

    def _only_other(self, rivals: Sequence[Note]) -> bool:
        sound = self.claim.direct and not self.claim.loose and not self.value.approximate
        if not sound or not rivals or not _one(rivals) or self._stranger(0.0):
            return False
        if self.value.kind is Kind.NUMBER and not self.value.unit:
            return False
        labels = {name for n in rivals for name in n.own.sure | n.over.sure}
        # Its own label says that it is something else.
        elsewhere = labels and self.claim.keys.sure and not labels & self.claim.keys.sure
        return not elsewhere and not any(self._explained(n) for n in rivals)

    def _stranger(self, top: float) -> bool:
        return bool(strangers(self.claim, self.vocabulary, firm=top >= _FIRM))

    def _comparable(self, note: Note) -> bool:
        seen = note.what
        if not isinstance(seen, Value) or seen.approximate:
            return False
        kinds = {self.value.kind, seen.kind}
        if kinds == {Kind.AMOUNT, Kind.NUMBER}:
            money = "." in seen.text or "," in seen.text or bool(note.own.sure & _KIN)
            return money and not (seen.kind is Kind.NUMBER and seen.unit)
        if kinds == {Kind.IDENTIFIER, Kind.NUMBER}:
            return bool(self.claim.keys.sure & (note.own.sure | note.over.sure) & _PLACES)
        if len(kinds) > 1:
            return False
        if self.value.kind in (Kind.NUMBER, Kind.AMOUNT):
            return convertible(self.value.unit, seen.unit) and self._units_told(note, seen)
        return True

    def _units_told(self, note: Note, seen: Value) -> bool:
        """`250` may be the `250 mg` of its label, but not just any number."""
        told = bool(self.value.unit) == bool(seen.unit) or self.value.kind is Kind.AMOUNT
        ends_its_line = note.line.rstrip().endswith(note.quote)
        return told or (ends_its_line and kinship(self.claim, note) >= _FIRM)

    def _explained(self, note: Note) -> bool:
        return self._misread(note) or self._multiplied(note)

    def _multiplied(self, note: Note) -> bool:
        """Two servings hold twice the sugar of one."""
        other = note.what
        if not isinstance(other, Value) or not {self.value.kind, other.kind} <= _COUNTABLE:
            return False
        told, seen = Decimal(self.value.canonical), Decimal(other.canonical)
        by = [Decimal(factor) for factor in self.claim.factors]
        return any(told in (seen * factor, factor and seen / factor) for factor in by)

    def _misread(self, note: Note) -> bool:
        seen = note.what
        in_an_image = isinstance(seen, Value) and note.image is not None
        return in_an_image and confusable(self.value.text, note.quote, note.confidence)


def confusable(claimed: str, seen: str, confidence: float) -> bool:
    """Whether a reader may have seen the one where the other stands."""
    one, other = unblurred(claimed), unblurred(seen)
    return one == other or (confidence < _SURE_READING and _one_apart(one, other))


def _one_apart(one: str, other: str) -> bool:
    if len(one) == len(other):
        return sum(a != b for a, b in zip(one, other, strict=True)) <= 1
    short, long = sorted((one, other), key=len)
    return len(long) - len(short) == 1 and any(
        long[:i] + long[i + 1 :] == short for i in range(len(long))
    )


def _one(notes: Sequence[Note]) -> bool:
    """Whether all notes give the same value."""
    values = [n.what for n in notes if isinstance(n.what, Value)]
    return bool(values) and all(same(values[0], v) or same(v, values[0]) for v in values)


def _best(claim: Claim, notes: Sequence[Note]) -> Note:
    return max(notes, key=lambda note: kinship(claim, note))


@dataclass(frozen=True, slots=True)
class _States:
    claim: Claim
    state: State
    notes: Sequence[Note]
    vocabulary: Vocabulary

    def match(self) -> Match | None:
        rivals = [n for n in self.notes if self._comparable(n)]
        top, closest = _closest(self.claim, rivals)
        firm = top >= ALIGNED
        group = closest if firm else rivals
        if not group or (not firm and not self._only(group)):
            return None
        against = [n for n in group if isinstance(n.what, State) and opposed(self.state, n.what)]
        for_it = [n for n in group if isinstance(n.what, State) and _bears(self.state, n.what)]
        grade = Grade.ALIGNED if firm else Grade.ONLY
        if for_it and not against:
            return Match(Stance.SUPPORTS, for_it[0], grade)
        refuted = against and not for_it and not self.claim.loose
        if refuted and not strangers(self.claim, self.vocabulary, firm=top >= _FIRM):
            return Match(Stance.CONTRADICTS, against[0], grade)
        return None

    def _comparable(self, note: Note) -> bool:
        families = _SPOKEN if note.image is None else _PRINTED
        state = note.what
        return (
            isinstance(state, State)
            and state.family == self.state.family
            and state.family in families
        )

    def _only(self, group: Sequence[Note]) -> bool:
        """One state alone is about what the question is about."""
        states = {(n.what.value, n.what.negated) for n in group if isinstance(n.what, State)}
        return self.claim.direct and len(states) == 1


def _bears(claimed: State, seen: State) -> bool:
    if claimed.value == seen.value:
        return claimed.negated == seen.negated
    # "Not cancelled" is borne out by "on time".
    affirmed = State(claimed.family, claimed.word, claimed.value, 0, 0, negated=False)
    return claimed.negated and opposed(affirmed, seen)
