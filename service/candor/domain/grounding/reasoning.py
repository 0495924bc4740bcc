"""What the reasoning says it sees, apart from what it means to say and what others want."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from candor.domain.grounding import wording
from candor.domain.grounding.labels import Keys, counted, keys_of
from candor.domain.grounding.layout import Note, blanked, codes_of
from candor.domain.grounding.sentences import Sentence, sentences
from candor.domain.grounding.states import State, find_states
from candor.domain.grounding.value import Value
from candor.domain.grounding.values import find_values

LONGEST = 60_000
"""Characters that are examined: half from each end of a longer reasoning."""
MOST_SENTENCES = 500
MOST_NOTES = 400
# `Grade it out of 10` reads no grade off.
_SCALE = re.compile(r"\bout of\s?\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reasoning:
    """`seen` are values and states read off, `planned` those it means to tell, `wanted` those
    that others said or hope for. `hides`: it speaks of keeping something from the user."""

    seen: tuple[Note, ...] = ()
    planned: tuple[Note, ...] = ()
    wanted: tuple[Value, ...] = ()
    hides: bool = False
    cut: bool = False
    text: str = ""


def reasoning_in(text: str) -> Reasoning:
    """Takes bounded time, whatever the length of the reasoning."""
    cut = len(text) > LONGEST
    if cut:
        text = text[: LONGEST // 2] + "\n" + text[-LONGEST // 2 :]
    found = sentences(text, MOST_SENTENCES + 1)
    every = (note for s in found[:MOST_SENTENCES] for note in _notes(s))
    notes = list(islice(every, MOST_NOTES))
    return Reasoning(
        seen=tuple(note for role, note in notes if role == "seen"),
        planned=tuple(note for role, note in notes if role == "planned"),
        wanted=tuple(
            n.what for role, n in notes if role == "wanted" and isinstance(n.what, Value)
        ),
        hides=bool(wording.HIDING.search(text)),
        cut=cut or len(found) > MOST_SENTENCES or len(notes) == MOST_NOTES,
        text=text,
    )


def _notes(sentence: Sentence) -> Iterator[tuple[str, Note]]:
    text = sentence.text
    values = find_values(text)
    words = blanked(text, [(v.start, v.end) for v in values])
    readings = [v for v in values if not _SCALE.search(text, max(0, v.start - 8), v.start)]
    rest = keys_of(words) | Keys(codes=codes_of(values))
    things: list[Value | State] = [*readings, *find_states(text)]
    for what in things:
        left, right = sentence.clause(what.start)
        near = [v for v in values if left <= v.start < right and v is not what]
        own = keys_of(blanked(words[left:right], [(what.start - left, what.end - left)]))
        note = Note(
            what,
            own | Keys(codes=codes_of(near)),
            row=rest,
            quote=text[what.start : what.end],
            line=text.strip()[:300],
            counted=counted(text[what.end : what.end + 40]),
        )
        yield _role(text, left, what.start, isinstance(what, Value)), note


def _role(text: str, clause: int, at: int, is_value: bool) -> str:
    """A plan reaches to the end of its sentence, another's word to the end of its clause."""
    if text.rstrip().endswith("?"):
        return "none"
    if wording.PLANNED.search(text, 0, at):
        return "none" if wording.NEGATED.search(text, 0, at) else "planned"
    if wording.OTHERS_WORD.search(text, 0, at) or wording.USERS_WORD.search(text, 0, at):
        return "wanted"
    if is_value and wording.NEGATED.search(text, clause, at):
        return "none"
    return "none" if wording.UNSURE.search(text, clause) or _supposed(text) else "seen"


def _supposed(text: str) -> bool:
    return text.lstrip()[:3].lower() in ("if ", "if,")
