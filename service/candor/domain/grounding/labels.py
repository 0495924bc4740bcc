"""What a stretch of text is about."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate, zip_longest
from typing import Self

from candor.domain.grounding.label_words import GENERIC, HINTS, LABELS

_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]{1,2}(?![^\W_]))?")
_NEXT = re.compile(r"[\s-]{0,2}([^\W\d_]+)")
_DIGIT = re.compile(r"\d")
_LETTERS = re.compile(r"[^\W\d_]+")
_LONGEST_WORD = 30
_CODE_HEAD = re.compile(r"[A-Z]{1,3}\Z")
_BLURS = str.maketrans("015|8i2", "olslblz")


@dataclass(frozen=True, slots=True)
class Keys:
    """What a stretch of text is about. `sure` and `hinted` are names in the tables, `codes`
    identifiers and times, unblurred, `words` the other words that mean something, in stems."""

    sure: frozenset[str] = frozenset()
    hinted: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()

    def __or__(self, other: "Keys") -> "Keys":
        return Keys(
            self.sure | other.sure,
            self.hinted | other.hinted,
            self.codes | other.codes,
            self.words | other.words,
        )

    def __bool__(self) -> bool:
        return bool(self.sure or self.hinted or self.codes or self.words)


UNLABELLED = Keys()


def keys_of(text: str) -> Keys:
    """Of a text whose values were blanked out; `Total` alone says what `Total 48.20` is."""
    found = _labels(text)
    words = frozenset(stem(word) for word in _said(found.rest)) - found.keys.codes
    return replace(found.keys, words=words)


def names_of(text: str) -> Keys:
    """As `keys_of`, without the other words."""
    return _labels(text).keys


@dataclass(frozen=True, slots=True)
class _Labels:
    """What was named, and the text without it."""

    keys: Keys
    rest: str


def _labels(text: str) -> _Labels:
    sure: set[str] = set()
    hinted: set[str] = set()
    rest = _taken(_plain(text), _SURE, sure)
    rest = _taken(rest, _HINT, hinted)
    return _Labels(Keys(frozenset(sure), frozenset(hinted - sure), _codes(text)), rest)


def stem(word: str) -> str:
    """Roughly the root, lower case: `Espressos` -> `espresso`, `parking` -> `park`."""
    word = word.lower().replace("’", "'").removesuffix("'s").removesuffix("'")
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    if len(word) > 5 and word.endswith("ing"):
        word = word[:-3]
        return word[:-1] if word[-1] == word[-2] else word
    return word.removesuffix("e") if len(word) > 4 else word


def counted(after: str) -> str:
    """What a bare number counts: the stem of the word after it, if that comes at once."""
    match = _NEXT.match(after)
    return stem(match.group(1)) if match else ""


def squashed(text: str) -> str:
    """Letters and digits only, lower case: what readers and writers agree on."""
    plain = _plain(text)
    return plain if plain.isalnum() else "".join(char for char in plain if char.isalnum())


def unblurred(text: str) -> str:
    """`text` squashed, with the characters that readers mix up made one: `T0TAL`, `B1Z`."""
    return squashed(text).translate(_BLURS)


def _plain(text: str) -> str:
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKD", text)
    return "".join(c for c in folded if not unicodedata.combining(c)).lower()


def _said(text: str) -> Iterable[str]:
    for match in _WORD.finditer(text):
        word = match.group()
        if (
            2 < len(word) <= _LONGEST_WORD
            and word.isalpha()
            and stem(word) not in _STEMMED
            and word not in GENERIC
        ):
            yield word


def _codes(text: str) -> frozenset[str]:
    """Tokens of letters and digits, and a short word in capitals with the digits after it."""
    if text.isascii() and not _DIGIT.search(text):
        return frozenset()
    found, tokens = set(), _WORD.findall(text)
    for token, after in zip_longest(tokens, tokens[1:], fillvalue=""):
        if len(token) <= 12 and _is_mixed(token):
            found.add(unblurred(token))
        if _CODE_HEAD.match(token) and after.isdigit() and 1 <= len(after) <= 5:
            found.add(unblurred(token + after))
    return frozenset(found)


def _is_mixed(token: str) -> bool:
    """Of letters and digits."""
    if token.isalpha() or token.isdigit():
        return False
    return any(map(str.isdigit, token)) and any(map(str.isalpha, token))


@dataclass(frozen=True, slots=True)
class _Table:
    """`beginnings`: the letters with which a phrase begins, up to the first that is none; one of
    them stands as it is wherever the pattern matches."""

    pattern: re.Pattern[str]
    beginnings: frozenset[str]
    names: Mapping[str, str]

    @classmethod
    def of(cls, labels: Mapping[str, str]) -> Self:
        named = [(phrase, name) for name, row in labels.items() for phrase in row.split(", ")]
        phrases = sorted((phrase for phrase, _ in named), key=len, reverse=True)
        written = "|".join(re.escape(p).replace(r"\ ", r"[\s\-]{0,2}") for p in phrases)
        pattern = re.compile(rf"(?<![^\W\d_])(?:{written})(?![^\W\d_])")
        beginnings = frozenset(begun for phrase in phrases for begun in _beginnings(phrase))
        # Of a phrase under two names the first counts.
        return cls(pattern, beginnings, {squashed(p): name for p, name in reversed(named)})


def _beginnings(phrase: str) -> Iterable[str]:
    """A space may be left out: `amount due` begins with `amount` or with `amountdue`."""
    glued = [_LETTERS.match(part) for part in accumulate(phrase.split())]
    return (match.group() for match in glued if match)


def _taken(text: str, table: _Table, into: set[str]) -> str:
    """The text with a space for each phrase of the table. The pattern is tried only where one may
    begin: to search for it takes ten times as long."""
    kept: list[str] = []
    at = 0
    for run in _LETTERS.finditer(text):
        if run.start() < at or run.group() not in table.beginnings:
            continue
        if match := table.pattern.match(text, run.start()):
            into.add(table.names[squashed(match.group())])
            kept.append(text[at : match.start()])
            at = match.end()
    return " ".join([*kept, text[at:]])


_SURE = _Table.of(LABELS)
_HINT = _Table.of(HINTS)
_STEMMED = frozenset(stem(word) for word in GENERIC)
