"""Lay out one request: the case, then what was said, then what to do.

All that is the same for every speaker comes first and in the same words, so that an endpoint
with a prefix cache works it out once per debate: each request extends the one before it up to
the last part, which is the instruction.
"""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from itertools import groupby
from typing import TypeVar

from candor.domain.case import Case
from candor.domain.debate.prompts import texts
from candor.domain.debate.prompts.fence import fenced
from candor.domain.debate.prompts.marks import facts_in_words, marks_in_words, refusals_in_words
from candor.domain.debate.speaker import Brief, DebateForm
from candor.domain.debate.transcript import Role, Turn
from candor.domain.exchange import Context, Speaker, Utterance
from candor.domain.ports import Message
from candor.domain.vision.evidence import exhibits
from candor.domain.vision.image import ModelImage
from candor.domain.vision.instruments import Means
from candor.domain.vision.operations import offered
from candor.domain.vision.palette import Colour

_COLOURS = {
    Role.AFFIRMER: Colour.AFFIRMER,
    Role.NEGATOR: Colour.NEGATOR,
    Role.INVESTIGATOR: Colour.INVESTIGATOR,
}

# Characters that are fenced in less than about a millisecond, whatever they are.
_SHORT = 2_000

Part = str | ModelImage
T = TypeVar("T")


async def messages_for(brief: Brief, max_side: int, means: Means = Means()) -> list[Message]:
    """One system message and one user message. Images are at most `max_side` pixels long; for
    whoever is blind there are none.

    Raises: InvalidExchange, Overloaded.
    """
    if _will_be_marked(brief):
        # One decoding now, instead of a glance at the data first and that later.
        await brief.case.pictures.sheets(_sheet_side(max_side, means), max_side)
    shown_side = 0 if brief.blind else max_side
    parts = await _case_once(brief.case, shown_side)
    for turn in await _turns_once(brief, shown_side, means):
        parts += turn
    parts.append(texts.instruction(brief))
    # What differs from case to case comes last: endpoints keep what stands before it.
    system = f"{_system(brief, means)}\n\n{texts.secret(brief.case.fence)}"
    return [Message("system", (system,)), Message("user", tuple(parts))]


def _will_be_marked(brief: Brief) -> bool:
    return brief.role is not Role.JUDGE and brief.form is not DebateForm.TEXT_ONLY


def _system(brief: Brief, means: Means) -> str:
    said = texts.system(offered(means.instruments), means.limits.per_turn)
    words_only = brief.form is DebateForm.TEXT_ONLY
    return texts.system_without_pointing(said) if words_only else said


async def _case_once(case: Case, max_side: int) -> list[Part]:
    """Every speaker is told the same case: it is put into words once."""
    key = ("the case in words", case.fence, max_side)
    return list(await case.pictures.once(key, lambda: _case(case, max_side)))


async def _case(case: Case, max_side: int) -> list[Part]:
    pieces: list[Part] = [
        f"The fence of this hearing is {case.fence}",
        *await _off_the_loop(case, lambda: _context(case.exchange.context, case.fence)),
        *await _conversation(case, max_side),
        *await _off_the_loop(case, lambda: [_reasoning(case), _response(case)]),
    ]
    return _joined(pieces, "\n\n")


async def _off_the_loop(case: Case, put: Callable[[], list[Part]]) -> list[Part]:
    """Short texts take microseconds; a hostile megabyte takes a second."""
    exchange = case.exchange
    texts_said = (exchange.response, exchange.reasoning or "", *exchange.context.texts())
    if sum(map(len, texts_said)) <= _SHORT:
        return put()
    return await asyncio.to_thread(put)


def _response(case: Case) -> str:
    return "The response to examine:\n" + fenced(case.fence, "response", case.exchange.response)


def _context(context: Context, fence: str) -> list[Part]:
    known = {
        "the assistant's system prompt": context.system_prompt,
        "scenario": context.scenario,
        "user profile": context.user_profile,
        "assistant profile": context.assistant_profile,
    }
    return [fenced(fence, name, text) for name, text in known.items() if text]


async def _conversation(case: Case, max_side: int) -> list[Part]:
    gallery = _Gallery(case, max_side)
    pieces: list[Part] = []
    for number, utterance in enumerate(case.exchange.conversation, start=1):
        pieces.append(f"Message {number} of the conversation, from the {utterance.speaker}:")
        pieces += await _utterance(utterance, case.fence, gallery)
    for index in range(len(case.exchange.images)):
        if index not in gallery.shown:
            pieces += await gallery.show(index)
    return pieces


async def _utterance(utterance: Utterance, fence: str, gallery: "_Gallery") -> list[Part]:
    pieces: list[Part] = []
    for said in _joined(utterance.parts, "\n"):
        if isinstance(said, str):
            pieces.append(await _said(fence, utterance.speaker, said))
        else:
            pieces += await gallery.show(said.index)
    return pieces


async def _said(fence: str, speaker: Speaker, text: str) -> str:
    if len(text) <= _SHORT:
        return fenced(fence, f"{speaker} message", text)
    return await asyncio.to_thread(fenced, fence, f"{speaker} message", text)


class _Gallery:
    """Shows each image of a case where it first comes up; at side 0, only that it is there."""

    def __init__(self, case: Case, max_side: int) -> None:
        self._case = case
        self._max_side = max_side
        self.shown: set[int] = set()

    async def show(self, index: int) -> list[Part]:
        if index in self.shown:
            return [f"(image {index} again)"]
        self.shown.add(index)
        if not self._max_side:
            return [f"image {index}: (not shown to you)"]
        return [f"image {index}:", await self._case.pictures.for_model(index, self._max_side)]


def _reasoning(case: Case) -> str:
    if case.exchange.reasoning is None:
        return "The assistant's reasoning is not known."
    reasoning = fenced(case.fence, "reasoning", case.exchange.reasoning)
    return f"The assistant's reasoning, which the user does not see:\n{reasoning}"


async def _turns_once(brief: Brief, max_side: int, means: Means) -> list[list[Part]]:
    """As `_case_once`: everybody who speaks later hears them. Those of a round whose speakers
    were `simultaneous` are drawn side by side."""
    case = brief.case
    return await case.pictures.each_once(
        {
            ("a turn in words", case.fence, turn, max_side, means.marked_scale): partial(
                _turn, turn, case, max_side, means
            )
            for turn in brief.transcript.turns
        }
    )


async def _turn(turn: Turn, case: Case, max_side: int, means: Means) -> list[Part]:
    name = texts.tag(turn.role, turn.round, turn.seat)
    marks = marks_in_words(turn, name, with_places=not max_side)
    listed = ["", "Marks:", *marks] if marks else []
    pieces: list[Part] = [
        f"Turn {name}, the {turn.role} in round {turn.round}:",
        fenced(case.fence, f"turn {name}", turn.speech, listed),
        *_outcomes(turn, name, case.fence),
    ]
    if not max_side:
        return _joined(pieces, "\n\n")
    shown = await exhibits(
        case.pictures,
        turn.operations,
        prefix=f"{name}.",
        colour=_COLOURS[turn.role],
        max_side=max_side,
        sheet_side=_sheet_side(max_side, means),
        numbers=turn.numbers,
        instruments=means.instruments,
    )
    for exhibit in shown:
        pieces += [f"{exhibit.caption}:", exhibit.image]
    return _joined(pieces, "\n\n")


def _sheet_side(max_side: int, means: Means) -> int:
    return max(round(max_side * means.marked_scale), 1)


def _outcomes(turn: Turn, name: str, fence: str) -> list[Part]:
    """What was worked out quotes the image: it is fenced. Refusals are in our own words."""
    pieces: list[Part] = []
    if refused := refusals_in_words(turn, name):
        pieces.append("Asked for, but not drawn, and no evidence:\n" + "\n".join(refused))
    if facts := facts_in_words(turn, name):
        found = fenced(fence, f"results of turn {name}", "\n".join(facts))
        pieces.append(f"What the service itself worked out at these marks:\n{found}")
    return pieces


def _joined(pieces: Iterable[str | T], separator: str) -> list[str | T]:
    """Texts that follow each other become one."""
    joined: list[str | T] = []
    for is_text, run in groupby(pieces, lambda piece: isinstance(piece, str)):
        group = list(run)
        joined += [separator.join(map(str, group))] if is_text else group
    return joined
