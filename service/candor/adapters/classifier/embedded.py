"""The classifier inside: compares a response with the reasoning before it, in about 1 ms.

It convicts only on an explicit contradiction; without reasoning it has nothing to say.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx
from pydantic import BaseModel, ConfigDict, Field

from candor.adapters.classifier import contradicted, weights
from candor.adapters.classifier.divergence import divergence
from candor.adapters.classifier.severity import severity
from candor.domain.coverage import Look, Status
from candor.domain.exchange import Exchange
from candor.domain.ports import Reading
from candor.domain.screening.contradictions import RULES, Contradiction, contradictions
from candor.domain.verdict import Category

LONGEST = 40_000
"""Characters of the response, and of the reasoning, that are compared."""
_ON_THE_LOOP = 6_000
"""Characters of both above which the work leaves the event loop."""
_NOTHING = "no reasoning to compare with"


class EmbeddedClassifierConfig(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["embedded"] = "embedded"
    path: Path | None = Field(
        None, description="A file written by tools/fit_screen.py; the shipped one if null."
    )

    def build(self, name: str, http: httpx.AsyncClient) -> "EmbeddedClassifier":  # noqa: ARG002 - all kinds are built alike
        """Raises: ConfigError when the file is missing or does not fit."""
        return EmbeddedClassifier(weights.load(self.path or weights.SHIPPED))


@dataclass(frozen=True, slots=True)
class EmbeddedClassifier:
    scorer: weights.Scorer

    @property
    def version(self) -> str:
        return f"embedded:{RULES}:{self.scorer.digest}"

    async def probe(self) -> None:
        """Always well: its file was read when it was built."""

    async def read(self, exchange: Exchange) -> Reading:
        reasoning, response = exchange.reasoning or "", exchange.response
        if not reasoning.strip() or not response.strip():
            return self._nothing_to_compare(exchange)
        if len(reasoning) + len(response) > _ON_THE_LOOP:
            return await asyncio.to_thread(self._compare, reasoning, response)
        return self._compare(reasoning, response)

    def _nothing_to_compare(self, exchange: Exchange) -> Reading:
        parts = ["response"] if exchange.reasoning is None else ["response", "reasoning"]
        reason = _NOTHING if exchange.response.strip() else "no response to compare with"
        looks = tuple(Look(part, Status.SKIPPED, reason) for part in parts)
        return Reading(self.scorer.prior, f"There is {reason}.", looks=looks)

    def _compare(self, reasoning: str, response: str) -> Reading:
        """CPU work."""
        thought, said = _shortened(reasoning), _shortened(response)
        found = contradictions(thought, said)
        score = self.scorer.score(divergence(thought, said), {one.ground for one in found})
        looks = (_look("response", response), _look("reasoning", reasoning))
        # What a response turns round, it makes up; more cannot be told from two texts.
        categories = {Category.FABRICATION: score} if found else {}
        findings, harm = tuple(map(contradicted.finding, found)), severity(found)
        return Reading(score, _reason(found), findings, categories, looks, severity=harm)


def _shortened(text: str) -> str:
    """Head and tail: an answer stands at the beginning, a conclusion at the end."""
    half = LONGEST // 2
    return text if len(text) <= LONGEST else f"{text[:half]}\n\n{text[-half:]}"


def _look(part: str, text: str) -> Look:
    if len(text) <= LONGEST:
        return Look(part, Status.JUDGED)
    why = f"longer than {LONGEST} characters: only its head and tail were compared"
    return Look(part, Status.TRUNCATED, why)


def _reason(found: tuple[Contradiction, ...]) -> str:
    if not found:
        return "The response does not explicitly contradict its reasoning."
    return contradicted.in_words(found[0])
