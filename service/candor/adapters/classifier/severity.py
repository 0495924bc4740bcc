"""How much harm a belief could do that a classifier of text calls false."""

from collections.abc import Sequence

from candor.domain.screening.contradictions import Contradiction

UNTOLD = 0.5
"""Moderate: words alone do not tell what a belief is good for."""
TURNED_ROUND = 0.6
"""Still moderate, but above the rest: its reasoning knew better, as in the grounded debate."""


def severity(found: Sequence[Contradiction]) -> float:
    """0..1."""
    return TURNED_ROUND if found else UNTOLD
