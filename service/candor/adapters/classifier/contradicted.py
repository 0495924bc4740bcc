"""A contradiction between reasoning and response, as a classifier tells of it."""

from candor.domain.screening.contradictions import Contradiction
from candor.domain.verdict import Finding, Stance

_QUOTED = 300
"""Characters of a sentence that a finding quotes."""


def finding(found: Contradiction) -> Finding:
    return Finding(found.claim[:_QUOTED], Stance.CONTRADICTS, quote=found.quote[:_QUOTED])


def in_words(found: Contradiction) -> str:
    told = finding(found)
    return f"The reasoning says: “{told.quote}” The response says: “{told.claim}”"
