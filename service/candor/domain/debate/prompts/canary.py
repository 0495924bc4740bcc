"""A word in the system message that no reply may hold: one that does has been talked into
telling its instructions."""

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

from candor.domain.debate.prompts.folding import folded, without_unseen
from candor.domain.errors import PromptLeaked

_LETTERS = "bcdfghjkmnpqrstvwxz"
_LENGTH = 14
_NO_LETTER = re.compile(r"[\W_]+")
# In no canary, whether plain or in hex, and the spaces in no base64: no word goes across.
_APART = " u "


def canary_of(fence: str) -> str:
    """Another word per case. It follows from the fence, but nobody works it out from there
    without computing a hash, and it means nothing in any language."""
    digest = hashlib.blake2b(fence.encode(), digest_size=_LENGTH, person=b"candor-canary").digest()
    return "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest)


def refuse_leak(form: object, fence: str, model: str) -> None:
    """Only what the form keeps is looked at: thinking before the answer is thrown away.

    Raises: PromptLeaked.
    """
    if leaks(_APART.join(_texts(form)), fence):
        raise PromptLeaked("the reply repeats the word that must not be repeated", model=model)


def leaks(text: str, fence: str) -> bool:
    """Whether the canary is in there: spaced, backwards, in look-alikes, base64 or hex too."""
    words = _words_of(fence)
    if any(code in text for code in words.encoded):
        return True
    letters = _NO_LETTER.sub("", folded(without_unseen(text)))
    return any(word in letters for word in words.plain)


@dataclass(frozen=True, slots=True)
class _Words:
    """All that gives a canary away: as it is among the letters, in base64 in the text."""

    plain: tuple[str, ...]
    encoded: tuple[str, ...]


@lru_cache(maxsize=256)
def _words_of(fence: str) -> _Words:
    canary = canary_of(fence)
    plain = (canary, canary[::-1], canary.encode().hex())
    return _Words(plain, tuple(_encoded(canary)))


def _encoded(word: str) -> Iterator[str]:
    """The middle of the word's base64, which is the same wherever the word begins."""
    for variant in (word, word.upper(), word[::-1]):
        for shift in range(3):
            code = base64.b64encode(b"\0" * shift + variant.encode()).decode()
            yield code[4 if shift else 0 : -4]


def _texts(form: object) -> list[str]:
    """However deep they lie. A generator within a generator for each would cost more than all
    else that is done with a reply."""
    texts: list[str] = []
    inside: list[Any] = [form]
    while inside:
        match inside.pop():
            case str() as text:
                texts.append(text)
            case int() | float() | None:
                pass
            case BaseModel() as value:
                inside += vars(value).values()
            case dict() as value:
                inside += value.values()
            case list() | tuple() as value:
                inside += value
            case value if is_dataclass(value):
                inside += [getattr(value, field.name) for field in fields(value)]
    return texts
