"""What a text states, and in which mood: the sentence around a value or a state."""

import re
from dataclasses import dataclass

from candor.domain.screening import moods

_LONGEST = 300
"""Characters that a sentence reaches to either side of the word in question."""
_ENDS = re.compile(r"[.!?…](?=\s|[\"'”’*)])|\n|[;|]")
_JOINED = r"\s{0,2}(?:to|through|till|until|and|or|[-–—/~]|,)\s{0,2}"
_GOES_ON = re.compile(rf"{_JOINED}[(\[$€£]?[A-Z]{{0,3}}\d", re.IGNORECASE)
_CAME_FROM = re.compile(rf"\d[\w.]{{0,5}}(?:\s[ap]\.?m)?\.?{_JOINED}[(\[$€£]?\Z", re.IGNORECASE)
# Where one thing said ends inside a sentence. A colon belongs to the label before it.
_CLAUSE_ENDS = re.compile(
    r"[,;](?=\s)|[()\[\]—–→]|\s-\s|\b(?:and|but|while|whereas|although|though|however|because"
    r"|since|so|plus|instead|except|than|versus|vs)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """The sentence and the clause around the words at `start:end` of a text."""

    text: str
    start: int
    end: int
    sentence: tuple[int, int]
    clause: tuple[int, int]

    @property
    def words(self) -> str:
        return self.text[slice(*self.sentence)].strip(' \t-*#>"“”')

    @property
    def before(self) -> str:
        """The clause up to the words in question."""
        return self.text[self.clause[0] : self.start]

    @property
    def after(self) -> str:
        return self.text[self.end : self.clause[1]]

    @property
    def about(self) -> str:
        """The clause without the words in question."""
        return f"{self.before} {self.after}"

    @property
    def is_range(self) -> bool:
        """Whether it is one end of a range or one of several: `2 to 4 pm`, `3/5`, `L4 or L5`."""
        if _GOES_ON.match(self.text, self.end):
            return True
        return _CAME_FROM.search(self.text, max(0, self.start - 20), self.start) is not None

    @property
    def is_fact(self) -> bool:
        """Whether the speaker states it: not asked, supposed, doubted, worked out, or told as a
        plan or as somebody else's word."""
        begins, ends = self.sentence
        if self.text[ends : ends + 1] == "?":
            return False
        # What follows in another clause ("but the user hopes") takes nothing back.
        said = self.text[begins : self.clause[1]]
        return not moods.shows(moods.NO_FACT, said)

    @property
    def has_negation(self) -> bool:
        """Whether something is denied before the words in question; its reach is unknown."""
        return moods.shows(moods.DENYING, self.before)

    @property
    def is_intended(self) -> bool:
        """Whether it is what the speaker means to say, or what another wants to hear."""
        said = self.text[self.sentence[0] : self.clause[1]]
        return moods.shows(moods.INTENDED, said)


def statement(text: str, start: int, end: int) -> Statement:
    sentence = _around(_ENDS, text, start, end, (max(0, start - _LONGEST), end + _LONGEST))
    return Statement(text, start, end, sentence, _around(_CLAUSE_ENDS, text, start, end, sentence))


def _around(
    ends: re.Pattern[str], text: str, start: int, end: int, within: tuple[int, int]
) -> tuple[int, int]:
    begins, stops = within[0], min(within[1], len(text))
    for match in ends.finditer(text, begins, start):
        begins = match.end()
    closing = ends.search(text, end, stops)
    return begins, closing.start() if closing else stops
