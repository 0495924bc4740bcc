"""Payment cards and bank accounts: numbers that prove themselves by their checksum."""

import re
from collections.abc import Iterator, Sequence

from candor.domain.privacy.spans import Span

# Groups of digits with one blank, hyphen or dot between them.
_DIGIT_RUN = re.compile(r"(?<![0-9])[0-9]++(?:[ .\u00a0\-][0-9]++)*+")
_DIGITS = re.compile(r"[0-9]++")
_SHORTEST_CARD, _LONGEST_CARD = 12, 19
# Issuers' first digits, and how long their numbers are.
_ISSUERS = re.compile(
    r"4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})"  # Visa
    r"|(?:5[1-5]|2[2-7])[0-9]{14}"  # Mastercard
    r"|3[47][0-9]{13}"  # American Express
    r"|(?:6011|65[0-9]{2}|64[4-9][0-9])[0-9]{12,15}"  # Discover
    r"|3(?:0[0-5]|[689][0-9])[0-9]{11,16}"  # Diners Club
    r"|35[2-8][0-9]{13,16}"  # JCB
    r"|62[0-9]{14,17}"  # UnionPay
    r"|(?:50|5[6-9]|6[0-9])[0-9]{10,17}"  # Maestro and what is built on it
)

_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?:[ \u00a0\-]?[A-Za-z0-9]){10,40}+")
# Country and length, from the registry of SWIFT.
_LENGTHS = {
    line[:2]: int(line[2:])
    for line in [
        "AD24",
        "AE23",
        "AL28",
        "AT20",
        "AZ28",
        "BA20",
        "BE16",
        "BG22",
        "BH22",
        "BI27",
        "BR29",
        "BY28",
        "CH21",
        "CR22",
        "CY28",
        "CZ24",
        "DE22",
        "DJ27",
        "DK18",
        "DO28",
        "EE20",
        "EG29",
        "ES24",
        "FI18",
        "FK18",
        "FO18",
        "FR27",
        "GB22",
        "GE22",
        "GI23",
        "GL18",
        "GR27",
        "GT28",
        "HN28",
        "HR21",
        "HU28",
        "IE22",
        "IL23",
        "IQ23",
        "IS26",
        "IT27",
        "JO30",
        "KW30",
        "KZ20",
        "LB28",
        "LC32",
        "LI21",
        "LT20",
        "LU20",
        "LV21",
        "LY25",
        "MC27",
        "MD24",
        "ME22",
        "MK19",
        "MN20",
        "MR27",
        "MT31",
        "MU30",
        "NI28",
        "NL18",
        "NO15",
        "OM23",
        "PK24",
        "PL28",
        "PS29",
        "PT25",
        "QA29",
        "RO24",
        "RS22",
        "RU33",
        "SA24",
        "SC31",
        "SD18",
        "SE24",
        "SI19",
        "SK24",
        "SM27",
        "SO23",
        "ST25",
        "SV28",
        "TL23",
        "TN24",
        "TR26",
        "UA29",
        "VA22",
        "VG24",
        "XK20",
        "YE30",
    ]
}


def payment_cards(text: str) -> Iterator[Span]:
    for run in _DIGIT_RUN.finditer(text):
        groups = [Span(*found.span()) for found in _DIGITS.finditer(text, run.start(), run.end())]
        yield from _cards(text, groups)


def _cards(text: str, groups: Sequence[Span]) -> Iterator[Span]:
    """A card begins and ends with a group: inside a longer number there is none."""
    first = 0
    while first < len(groups):
        last = _last_of_card(text, groups, first)
        if last is None:
            first += 1
        else:
            yield Span(groups[first].start, groups[last].end)
            first = last + 1


def _last_of_card(text: str, groups: Sequence[Span], first: int) -> int | None:
    """At most nineteen groups are looked at."""
    digits, found = "", None
    for number in range(first, len(groups)):
        digits += text[groups[number].start : groups[number].end]
        if len(digits) > _LONGEST_CARD:
            break
        if len(digits) >= _SHORTEST_CARD and _ISSUERS.fullmatch(digits) and luhn(digits):
            found = number
    return found


def luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(map(int, reversed(digits))):
        doubled = digit * 2 if place % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def ibans(text: str) -> Iterator[Span]:
    for match in _IBAN.finditer(text):
        end = _end_of_iban(match.group())
        if end is not None:
            yield Span(match.start(), match.start() + end)


def _end_of_iban(candidate: str) -> int | None:
    """Words that follow are in the candidate too: the country says how long it is."""
    length = _LENGTHS.get(candidate[:2].upper())
    if length is None:
        return None
    places = [place for place, sign in enumerate(candidate) if sign.isalnum()]
    if len(places) < length:
        return None
    end = places[length - 1] + 1
    number = "".join(candidate[place] for place in places[:length]).upper()
    # Of ISO 13616: letters count from 10, the first four go to the end.
    value = "".join(str(int(sign, 36)) for sign in number[4:] + number[:4])
    goes_on = len(places) > length and places[length] == end
    return end if int(value) % 97 == 1 and not goes_on else None
