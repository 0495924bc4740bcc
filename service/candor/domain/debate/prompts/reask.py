"""Lay out the three requests of a re-ask.

The second one is made from images and questions alone: nothing else is handed to `look`, so
that nothing else can get into it.
"""

from collections.abc import Sequence
from functools import cache

from candor.domain.debate.prompts.fence import fenced
from candor.domain.debate.prompts.texts import filled, secret
from candor.domain.exchange import Exchange, ImageRef
from candor.domain.ports import Message
from candor.domain.vision.image import ModelImage

Part = str | ModelImage


def questions(exchange: Exchange, fence: str, *, most: int, longest: int) -> list[Message]:
    """Asks for at most `most` questions of at most `longest` characters. Without images."""
    count = len(exchange.images)
    images = "one picture, image 0" if count == 1 else f"{count} pictures, numbered from 0"
    system = filled("reask_questions", images=images, most=str(most), longest=str(longest))
    pieces = [
        _named(fence),
        *_conversation(exchange, fence),
        "The assistant's response:\n" + fenced(fence, "response", exchange.response),
        filled("reask_questions_now"),
    ]
    return _messages(fence, system, ["\n\n".join(pieces)])


def look(
    images: Sequence[ModelImage], asked: Sequence[str], fence: str, *, longest: int
) -> list[Message]:
    """Asks the questions of the images; answers have at most `longest` characters."""
    parts: list[Part] = [_named(fence)]
    for index, image in enumerate(images):
        parts += [f"image {index}:", image]
    numbered = "\n".join(f"{n}. {question}" for n, question in enumerate(asked, start=1))
    last = f"{fenced(fence, 'questions', numbered)}\n\n{filled('reask_look_now')}"
    return _messages(fence, filled("reask_look", longest=f"{longest:,}"), [*parts, last])


def comparison(
    exchange: Exchange, fence: str, answered: Sequence[str], *, most: int, longest: int
) -> list[Message]:
    """`answered` holds each question with its answer, in order. Without images."""
    pieces = [
        _named(fence),
        *_conversation(exchange, fence),
        _reasoning(exchange, fence),
        "The assistant's response:\n" + fenced(fence, "response", exchange.response),
        "What the other one saw, who knew nothing of the above:",
        *(fenced(fence, f"answer {n}", said) for n, said in enumerate(answered, start=1)),
        filled("reask_compare_now"),
    ]
    system = filled("reask_compare", most=str(most), longest=f"{longest:,}")
    return _messages(fence, system, ["\n\n".join(pieces)])


@cache
def generic_questions() -> tuple[str, ...]:
    """What can be asked of any picture."""
    return tuple(filled("reask_generic").splitlines())


def _named(fence: str) -> str:
    return f"The fence is {fence}"


def _conversation(exchange: Exchange, fence: str) -> list[str]:
    return [
        f"Message {number} of the conversation, from the {said.speaker}:\n"
        + fenced(fence, f"{said.speaker} message", "\n".join(map(_in_words, said.parts)))
        for number, said in enumerate(exchange.conversation, start=1)
    ]


def _in_words(part: str | ImageRef) -> str:
    return part if isinstance(part, str) else f"(image {part.index})"


def _reasoning(exchange: Exchange, fence: str) -> str:
    if exchange.reasoning is None:
        return "The assistant's reasoning is not known."
    reasoning = fenced(fence, "reasoning", exchange.reasoning)
    return f"The assistant's reasoning, which the user does not see:\n{reasoning}"


def _messages(fence: str, system: str, parts: Sequence[Part]) -> list[Message]:
    guarded = f"{system}\n\n{secret(fence)}"
    return [Message("system", (guarded,)), Message("user", tuple(parts))]
