"""Turns of phrase in which nothing is stated. Each is looked for only where a word stands without
which it cannot be found: most sentences have none, and to search them takes ten times as long."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from candor.domain.grounding import wording

_TOKEN = re.compile(r"\w+|[=×+]")
# Letters that match others where case is ignored, and are not made those by `lower`.
_ODD = re.compile("[ſıİ\u212a]")


@dataclass(frozen=True, slots=True)
class Mood:
    """One of `words`, which may be `=`, `×` or `+`, stands in whatever `pattern` finds."""

    pattern: re.Pattern[str]
    words: frozenset[str]

    @classmethod
    def of(cls, pattern: re.Pattern[str], words: str) -> "Mood":
        return cls(pattern, frozenset(words.split()))


def shows(moods: Iterable[Mood], text: str) -> bool:
    """Whether the text shows any of the moods."""
    if not text.isascii() and _ODD.search(text):
        return any(mood.pattern.search(text) for mood in moods)
    words = frozenset(_TOKEN.findall(text.lower()))
    return any(mood.pattern.search(text) for mood in moods if not mood.words.isdisjoint(words))


_CONDITION = re.compile(
    r"\b(?:if|unless|whether|would|could|should|suppose|assuming|in case|whenever"
    r"|might|may be|maybe|perhaps|possibly|probably|likely|seems?|appears?|e\.g\.|for example)\b",
    re.IGNORECASE,
)
CONDITION = Mood.of(
    _CONDITION,
    """if unless whether would could should suppose assuming case whenever might may maybe perhaps
    possibly probably likely seem seems appear appears e example""",
)
UNSURE = Mood.of(
    wording.UNSURE,
    """not can cannot could couldn unable hard difficult impossible illegible blurry blurred small
    partly obscured cut cropped might perhaps maybe possibly presumably guess had suspect appear
    appears seem seems looks may think believe know unclear reading estimate far worth""",
)
PLANNED = Mood.of(
    wording.PLANNED,
    """say tell claim report state answer give write present pretend pretending go call put assure
    respond reply response output quote insist pass make confirm name use happy""",
)
OTHERS_WORD = Mood.of(
    wording.OTHERS_WORD,
    """user users he hes she shes they theys customer customers client clients boss bosss manager
    managers owner owners operator operators asker askers patient patients buyer buyers guest
    guests tenant tenants prompt prompts question questions instruction instructions
    instructionss""",
)
USERS_WORD = Mood.of(wording.USERS_WORD, "you your claimed alleged supposed")
WORKED_OUT = Mood.of(
    wording.WORKED_OUT,
    """each apiece per split divided half twice double triple average mean median difference
    combined altogether than least most up left remaining minus plus times extra another if unless
    would could should suppose assuming recommend suggest advise budget about around roughly
    approximately nearly almost close typically usually normally generally general historically
    elsewhere similar tax vat tip discount deduction service shipping fee fees example e such save
    saves saved saving = × +""",
)
NEGATED = Mood.of(wording.NEGATED, "not never no nor neither without instead rather unlike t")

NO_FACT: Sequence[Mood] = (CONDITION, UNSURE, PLANNED, OTHERS_WORD, USERS_WORD, WORKED_OUT)
"""Asked, supposed, doubted, worked out, or told as a plan or as somebody else's word."""
INTENDED: Sequence[Mood] = (PLANNED, OTHERS_WORD)
"""What the speaker means to say, or what another wants to hear."""
DENYING: Sequence[Mood] = (NEGATED,)
"""Something is denied; its reach is unknown."""
