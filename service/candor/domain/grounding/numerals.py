"""Numbers as people write them: digits with separators, and words."""

import re
from decimal import Decimal

NUMERAL = (
    r"(?:\d{1,3}(?P<mark>[.,'’\u00a0\u202f])\d{3}(?:(?P=mark)\d{3}){0,4}"
    r"(?:(?!(?P=mark))[.,]\d{1,4})?(?![\d]|[.,]\d)"
    r"|\d{1,3}(?:\ \d{3}){1,4},\d{2}(?!\d)"
    r"|\d{1,3}(?:\ \d{3}){0,3}\ 000(?!\d)"
    r"|\d{1,18}(?:\.\d{1,8}|,\d{1,4}(?![\d,]))?(?!\d))"
)
"""Verbose-mode pattern of one written number, without sign."""

_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ADDENDS = {word: n for n, word in enumerate(_SMALL)} | {
    word: 10 * n for n, word in enumerate(_TENS, start=2)
}
_SCALES = {
    "hundred": 100,
    "dozen": 12,
    "thousand": 1_000,
    "million": 1_000_000,
    "billion": 1_000_000_000,
}
MULTIPLIERS = {
    "k": 1_000,
    "thousand": 1_000,
    "m": 1_000_000,
    "mn": 1_000_000,
    "mio": 1_000_000,
    "million": 1_000_000,
    "b": 1_000_000_000,
    "bn": 1_000_000_000,
    "billion": 1_000_000_000,
}

_ANY_WORD = "|".join((*_ADDENDS, *_SCALES))
_FIRST_WORD = "|".join((*(w for w in _ADDENDS if w != "one"), "dozen"))
# "One" alone is a pronoun more often than a number.
WORDS = (
    rf"(?:one(?=[\ -](?:{'|'.join(_SCALES)})\b)|a(?=\ (?:{'|'.join(_SCALES)})\b)|{_FIRST_WORD})"
    rf"(?:[\ -](?:and\ )?(?:{_ANY_WORD})\b){{0,7}}"
)
"""Verbose-mode pattern of a number in words; match without regard to case."""

WORD_STARTS = frozenset((*_ADDENDS, "dozen", "a"))


def plain(number: Decimal) -> str:
    """Canonical form: no exponent, no separators, no trailing zeros."""
    if not number:
        return "0"
    return format(number.normalize(), "f")


_BLANKS = re.compile(r"[ '’\u00a0\u202f]")


def readings(written: str, *, money: bool = False) -> tuple[str, ...]:
    """Every number, in canonical form, that a written one can mean, the likeliest first.

    `1,299` is 1299 in one country and 1.299 in another; money has no third decimal.
    """
    text = _BLANKS.sub("", written)
    dots, commas = text.count("."), text.count(",")
    if dots and commas:
        return (_both_separators(text),)
    mark = "." if dots else ","
    count = dots + commas
    whole, _, fraction = text.rpartition(mark)
    if count == 0:
        return (plain(Decimal(text)),)
    if count > 1:
        return (plain(Decimal(text.replace(mark, ""))),)
    decimal = plain(Decimal(f"{whole}.{fraction}"))
    if len(fraction) != 3 or len(whole) > 3 or whole.startswith("0"):
        return (decimal,)
    joined = plain(Decimal(text.replace(mark, "")))
    return (joined, decimal) if mark == "," or money else (decimal, joined)


def _both_separators(text: str) -> str:
    decimal = max(".,", key=text.rfind)
    thousands = "," if decimal == "." else "."
    text = text.replace(thousands, "")
    if text.count(decimal) > 1:
        return plain(Decimal(text.replace(decimal, "")))
    return plain(Decimal(text.replace(decimal, ".")))


def from_words(written: str) -> str:
    """`two hundred and fifty` -> `250`."""
    total = group = 0
    for word in re.split(r"[ -]+", written.lower()):
        if word in _ADDENDS:
            group += _ADDENDS[word]
        elif word in _SCALES:
            scale = _SCALES[word]
            if scale < 1_000:
                group = max(group, 1) * scale
            else:
                total, group = total + max(group, 1) * scale, 0
    return str(total + group)
