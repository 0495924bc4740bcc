"""Read one quantity: a number with its sign, multiplier, currency, unit and hedge."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from candor.domain.grounding import measures, numerals
from candor.domain.grounding.value import Kind, Value

_LOOK_BACK = 24
"""Characters before a number in which a hedge is looked for."""
_ABOUT = Decimal("0.1")
"""How far off `about 50` may be, as a share."""


def _any(words: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_NUMERAL = re.compile(numerals.NUMERAL, re.VERBOSE)
_NUMBER_WORDS = re.compile(rf"{numerals.WORDS}(?!\w)", re.VERBOSE | re.IGNORECASE)
_TIMES = re.compile(
    r"(?:k|mn|mio|bn|[mb])(?!\w)|[ ]?(?:thousand|million|billion)\b", re.IGNORECASE
)
_METRES_OR_BYTES = ("m", "b")
_GAPS = ("-", " ", "\u00a0", "\u202f")
_AFTER_FIRST = frozenset(
    word[0] for word in (*measures.PERCENT_WORDS, *measures.CURRENCY_OF, *measures.UNIT_OF)
)
_AFTER = re.compile(
    r"[ \u00a0\u202f-]?(?:"
    rf"(?P<percent>{_any(measures.PERCENT_WORDS)})|(?P<currency>{_any(measures.CURRENCY_OF)})"
    rf"|(?P<unit>{_any(measures.UNIT_OF)}))(?!\w)",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r"(?:\b(?:about|around|roughly|nearly|almost|approx(?:imately|\.)?|circa|ca\.?|some|over"
    r"|under|(?:more|less|fewer) than|up to|at (?:least|most)|close to)[ ]{1,2}|[~≈] ?)\Z",
    re.IGNORECASE,
)
# As letters how a hedge may end, whatever stands before.
_HEDGE_ENDS = (
    *("about", "around", "roughly", "nearly", "almost", "approximately", "approx", "approx."),
    *("circa", "ca", "ca.", "some", "over", "under", "than", "to", "least", "most", "~"),
)


@dataclass(frozen=True, slots=True)
class _Number:
    """A number at `start:end` before what stands around it has been read."""

    start: int
    end: int
    readings: tuple[str, ...]
    currency: str = ""
    slack: Decimal = Decimal(0)


def quantity_at(text: str, start: int, numeral: int, currency: str = "") -> Value | None:
    """The quantity whose sign or currency stands at `start` and whose digits at `numeral`.

    None where there is no number, or one that runs on into a word: an ordinal, or noise.
    """
    digits = _NUMERAL.match(text, numeral)
    if digits is None:
        return None
    written, end, scale = digits.group(), digits.end(), 1
    times = _TIMES.match(text, end)
    if times and (currency or times.group().lower() not in _METRES_OR_BYTES):
        scale, end = numerals.MULTIPLIERS[times.group().strip().lower()], times.end()
    money = bool(currency) or _is_currency(_after(text, end))
    minus = "-" if text[start] in "-−" else ""
    readings = tuple(minus + _times(r, scale) for r in numerals.readings(written, money=money))
    slack = Decimal(scale) / 2 / 10 ** _decimals(written) if scale > 1 else Decimal(0)
    return _with_unit(text, _Number(start, end, readings, currency, slack))


def words_at(text: str, start: int) -> Value | None:
    """The quantity whose number is in words: `twelve euros`."""
    words = _NUMBER_WORDS.match(text, start)
    if words is None:
        return None
    readings = (numerals.from_words(words.group()),)
    return _with_unit(text, _Number(start, words.end(), readings))


def is_hedged(text: str, start: int) -> bool:
    """Whether `about` or the like stands right before `start`."""
    before = text[max(0, start - _LOOK_BACK) : start]
    if before.isascii() and not before.rstrip(" ").lower().endswith(_HEDGE_ENDS):
        return False
    return _HEDGE.search(before) is not None


def _after(text: str, end: int) -> re.Match[str] | None:
    """The unit or currency behind a number."""
    begins = end + (text[end : end + 1] in _GAPS)
    first = text[begins : begins + 1]
    # Most numbers have none: that is told by one letter.
    if first.isascii() and first.lower() not in _AFTER_FIRST:
        return None
    return _AFTER.match(text, end)


def _is_currency(after: re.Match[str] | None) -> bool:
    return after is not None and after.lastgroup == "currency"


def _times(reading: str, scale: int) -> str:
    return reading if scale == 1 else numerals.plain(Decimal(reading) * scale)


def _decimals(written: str) -> int:
    return len(re.split(r"[.,]", written)[-1]) if re.search(r"[.,]", written) else 0


def _with_unit(text: str, number: _Number) -> Value | None:
    end = number.end
    kind, unit = Kind.AMOUNT if number.currency else Kind.NUMBER, number.currency
    after = None if number.currency else _after(text, end)
    if after:
        end = after.end()
        kind, unit = _meaning(after)
    elif text[end : end + 1].isalpha():
        return None
    value = Value(
        kind,
        number.readings[0],
        text[number.start : end],
        number.start,
        end,
        unit,
        approximate=bool(number.slack),
        readings=number.readings,
        slack=number.slack,
        rounded=bool(number.slack),
    )
    return _hedge(value) if is_hedged(text, number.start) else value


def _meaning(after: re.Match[str]) -> tuple[Kind, str]:
    word = after.group(after.lastgroup or 0).lower()
    if after.lastgroup == "currency":
        return Kind.AMOUNT, measures.CURRENCY_OF[word]
    if after.lastgroup == "unit":
        return Kind.NUMBER, measures.UNIT_OF[word]
    return Kind.PERCENT, "%"


def _hedge(value: Value) -> Value:
    slack = max(value.slack, abs(Decimal(value.canonical)) * _ABOUT)
    return replace(value, approximate=True, slack=slack)
