"""Secrets: by the make of the token, or by the name that stands in front of one.

Repeats are possessive (`++`) or bounded, and tokens begin at a boundary only, so that hostile
text costs no more than any other of its length.
"""

import re
from collections.abc import Iterator

from candor.domain.privacy.spans import Span

_SIGN = r"[A-Za-z0-9_\-]"
_MAKES = (
    rf"sk-{_SIGN}{{16,}}+",  # OpenAI, Anthropic and many after them
    rf"(?:sk|rk|pk)_(?:live|test)_{_SIGN}{{16,}}+",  # Stripe
    rf"whsec_{_SIGN}{{16,}}+",
    r"(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])",  # AWS
    r"gh[pousr]_[A-Za-z0-9]{30,}+",  # GitHub
    r"github_pat_[A-Za-z0-9_]{30,}+",
    rf"glpat-{_SIGN}{{18,}}+",  # GitLab
    r"xox[abeoprs]-[A-Za-z0-9\-]{10,}+",  # Slack
    rf"AIza{_SIGN}{{30,}}+",  # Google
    r"ya29\.[A-Za-z0-9_\-]{20,}+",
    r"hf_[A-Za-z0-9]{20,}+",
    r"npm_[A-Za-z0-9]{30,}+",
    rf"pypi-{_SIGN}{{30,}}+",
    rf"SG\.{_SIGN}{{16,}}+\.{_SIGN}{{16,}}+",
    rf"eyJ{_SIGN}{{8,}}+\.{_SIGN}{{8,}}+(?:\.{_SIGN}*+)?",  # JSON Web Tokens
)
_NAMES = (
    "password|passwd|passphrase|pwd|secret|api[_-]?key|access[_-]?key|access[_-]?token|"
    "auth[_-]?token|client[_-]?secret|private[_-]?key"
)
_SECRET = re.compile(
    # What follows the first line of a private key belongs to it, to the end if it has none.
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----"
    r"(?s:.*?)(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|\Z)"
    rf"|(?<![A-Za-z0-9_\-])(?:{'|'.join(_MAKES)})"
    r"|(?<=://)[^\s/:@]{1,256}+:(?P<url>[^\s/@]{1,256}+)(?=@)"
    rf"|(?<![A-Za-z0-9])(?i:{_NAMES})[\"']?(?:\s{{0,3}}[:=]\s{{0,3}}| is )(?P<quote>[\"']?)"
    r"(?P<named>[^\s\"',;]{4,}+)"
    r"|(?<![A-Za-z0-9])(?i:bearer|basic)\s{1,3}(?P<sent>[A-Za-z0-9._~+/\-]{12,}+={0,2})"
)


def secrets(text: str) -> Iterator[Span]:
    for match in _SECRET.finditer(text):
        group = match.lastgroup
        if group in (None, "url") or match["quote"] or _is_no_word(match[group or 0]):
            yield Span(*match.span(group or 0))


def _is_no_word(token: str) -> bool:
    """`the secret: nobody saw it` gives nothing away."""
    return not token.rstrip(".!?:)").isalpha() or token[1:].lower() != token[1:]
