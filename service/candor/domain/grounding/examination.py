"""Examine a case: read its images, check its claims. Everything the speakers argue from."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from candor.domain.budget import Budget
from candor.domain.case import Case
from candor.domain.errors import CandorError, ReaderMissing, ReaderUnavailable
from candor.domain.exchange import Exchange, Speaker
from candor.domain.grounding.checks import Check, Evidence
from candor.domain.grounding.claim import Claims
from candor.domain.grounding.claims import claims_in, spoken_values
from candor.domain.grounding.layout import Sheet, lay_out
from candor.domain.grounding.question import Question, question_in
from candor.domain.grounding.reasoning import Reasoning, reasoning_in
from candor.domain.grounding.states import State, find_states
from candor.domain.ports import TextReader
from candor.domain.verdict import Stance

# Share of the time left that is kept back from reading, and its limit in seconds: what was
# read in time must still be argued about.
_KEPT_BACK = 0.2
_KEPT_BACK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of one image. `sheet` is None where the reader failed, or where the
    deployment has none; `width` and `height` are in pixels of the image as sent."""

    index: int
    width: int = 0
    height: int = 0
    sheet: Sheet | None = None
    cut: str = ""
    frames: int = 1
    has_reader: bool = True

    @property
    def readable(self) -> bool:
        return self.sheet is not None and bool(self.sheet.cells)


@dataclass(frozen=True, slots=True)
class Examination:
    """Claims with what was found about each, and the readings they were held against."""

    question: Question
    claims: Claims
    checks: tuple[Check, ...]
    readings: tuple[Reading, ...]
    reasoning: Reasoning | None

    @property
    def contradictions(self) -> tuple[Check, ...]:
        """The strongest evidence first."""
        against = [c for c in self.checks if c.stance is Stance.CONTRADICTS]
        return tuple(sorted(against, key=lambda c: (c.passing, c.against != "both", -c.grade)))

    @property
    def supports(self) -> tuple[Check, ...]:
        return tuple(c for c in self.checks if c.stance is Stance.SUPPORTS)

    def reading(self, index: int) -> Reading:
        return self.readings[index]


@dataclass(frozen=True, slots=True, eq=False)
class Examiner:
    """Examines each case once; whoever asks again waits for the first."""

    reader: TextReader

    async def examine(self, case: Case, budget: Budget) -> Examination:
        """Raises: BudgetExhausted, InvalidExchange, Overloaded."""
        async with budget.time_limit():
            return await case.pictures.once(
                ("examination", self), lambda: self._examine(case, _reading_deadline(budget))
            )

    async def _examine(self, case: Case, deadline: float) -> Examination:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._read(case, index, deadline))
                for index in range(len(case.pictures))
            ]
        outcomes = [task.result() for task in tasks]
        for outcome in outcomes:
            if isinstance(outcome, CandorError):
                raise outcome
        readings = [o for o in outcomes if isinstance(o, Reading)]
        return await asyncio.to_thread(examined, case.exchange, readings)

    async def _read(self, case: Case, index: int, deadline: float) -> Reading | CandorError:
        """An error is handed back, so that no group wraps it."""
        try:
            picture = await case.pictures.picture(index)
            unread = Reading(
                index, picture.width, picture.height, frames=case.pictures.facts[index].frames
            )
            try:
                page = await self.reader.read(picture, deadline)
            except ReaderMissing:
                return replace(unread, has_reader=False)
            except ReaderUnavailable:
                return unread
            return replace(unread, sheet=lay_out(page, index), cut=page.cut)
        except CandorError as exc:
            return exc


def _reading_deadline(budget: Budget) -> float:
    kept_back = min(_KEPT_BACK * budget.remaining_seconds, _KEPT_BACK_SECONDS)
    return budget.deadline - kept_back


def examined(exchange: Exchange, readings: Sequence[Reading]) -> Examination:
    """CPU work: call it through `asyncio.to_thread`. Takes bounded time."""
    question = question_in(exchange.prompt)
    claims = claims_in(exchange.response, question)
    reasoning = None if exchange.reasoning is None else reasoning_in(exchange.reasoning)
    said = _said_by_the_user(exchange)
    sheets = [r.sheet for r in readings if r.sheet is not None]
    evidence = Evidence(sheets, reasoning, spoken_values(said), _spoken_states(said))
    checks = evidence.check_all(claims.claims)
    return Examination(question, claims, checks, tuple(readings), reasoning)


def _said_by_the_user(exchange: Exchange) -> list[str]:
    return [u.text for u in exchange.conversation if u.speaker is Speaker.USER][-20:]


def _spoken_states(texts: Sequence[str]) -> tuple[State, ...]:
    return tuple(state for text in texts for state in find_states(text[-4_000:]))
