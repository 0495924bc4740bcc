"""Addresses that lead to a person or a machine: e-mail, IP, telephone.

Repeats are possessive or bounded, and begin at a boundary only: see `secret_patterns`.
"""

import ipaddress
import re
from collections.abc import Iterator

from candor.domain.privacy.spans import Span

_EMAIL = re.compile(r"(?<![\w.+%\-])[\w.+%\-]++@(?:[\w\-]++\.)+[^\W\d_]{2,63}+")

_IP = re.compile(
    r"(?<![\w.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?!\w|\.[0-9])"
    r"|(?<![\w:.])[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:]{1,38}(?:\.[0-9]{1,3}){0,3}(?![\w:])"
)

# Between digits: at most so many signs.
_JOINT = r"[ \u00a0()./\-]{0,3}"
_PHONE = re.compile(
    # +49 30 1234567, 0044 20 7946 0958
    rf"(?<![\w+])(?:\+|(?<![0-9][ \-])00)[1-9](?:{_JOINT}[0-9]){{6,14}}(?![0-9])"
    # (212) 555-0123, 212-555-0123
    r"|(?<![\w.+\-])(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[\-. ])"
    r"[2-9][0-9]{2}[\-. ][0-9]{4}"
    r"(?![\w\-]|\.[0-9])"
    # 030 1234567, 07700 900123, 01 23 45 67 89
    r"|(?<![\w.,+/\-])(?<![0-9] )\(?0[1-9]"
    r"(?:[ \u00a0()./\-]{0,2}[0-9]){7,10}(?!\w|[.,/\-:][0-9])"
)
_DATE = re.compile(r"\(?[0-9]{1,2}[./\-][0-9]{1,2}[./\-](?:19|20)[0-9]{2}")


def emails(text: str) -> Iterator[Span]:
    # Without the sign there is none, and most texts have none.
    if "@" in text:
        yield from (Span(*match.span()) for match in _EMAIL.finditer(text))


def ip_addresses(text: str) -> Iterator[Span]:
    for match in _IP.finditer(text):
        if _is_address(match.group()):
            yield Span(*match.span())


def _is_address(candidate: str) -> bool:
    try:
        address = ipaddress.ip_address(candidate)
    except ValueError:
        return False
    # `a::b` stands in code too.
    return address.version == 4 or any(map(str.isdigit, candidate))


def phone_numbers(text: str) -> Iterator[Span]:
    for match in _PHONE.finditer(text):
        if not _DATE.match(match.group()):
            yield Span(*match.span())
