"""What is fuzzed: how input is made, and what must hold of whatever comes."""

import hashlib
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from hypothesis import strategies as st

from candor.adapters.cache.encoding import decode, encode
from candor.api import strict_json
from candor.api.limits import Limits
from candor.api.v1 import intake
from candor.api.v1.requests import MonitorRequest
from candor.domain.debate.reply import read_argument, read_ruling
from candor.domain.errors import InvalidExchange, TooLarge, UnreadableReply
from candor.domain.exchange import SourceImage
from candor.domain.ports import Reply
from candor.domain.vision.image import ImageLimits, inspect
from candor.domain.vision.image import decode as decode_image
from tests.fuzz.seeds import image_files
from tests.reports import a_report

T = TypeVar("T")
_KEY = "candor:verdict:v1:fuzz"
_LIMITS = ImageLimits(max_image_pixels=1_000_000)
_REFUSED = (InvalidExchange, TooLarge)


@dataclass(frozen=True)
class Target:
    """`made` builds an input as the dice fall; `check` raises for what must not be."""

    made: Callable[["Dice"], Any]
    check: Callable[[Any], None]

    @property
    def strategy(self) -> st.SearchStrategy[Any]:
        # One draw for each example: hypothesis takes a third of a millisecond for every further.
        # Of at least so many bytes: it would choose five on average.
        return st.binary(min_size=48, max_size=96).map(lambda thrown: self.made(Dice(thrown)))


class Dice:
    """Numbers out of the bytes that hypothesis chose; zeros when they are used up."""

    def __init__(self, thrown: bytes) -> None:
        self._thrown = thrown
        self._at = 0

    def below(self, most: int) -> int:
        wide = 2 if most > 256 else 1
        taken = self._thrown[self._at : self._at + wide]
        self._at += wide
        return int.from_bytes(taken, "little") % most

    def one_of(self, things: Sequence[T]) -> T:
        return things[self.below(len(things))]

    def some_of(self, things: Sequence[T], most: int) -> list[T]:
        return [self.one_of(things) for _ in range(self.below(most + 1))]

    def rest(self) -> bytes:
        return self._thrown[self._at :]


def _spoilt(data: bytes, dice: Dice) -> bytes:
    """Some bytes are others, and now and then the end is missing or another one."""
    spoilt = bytearray(data)
    for _ in range(dice.below(7)):
        spoilt[dice.below(len(spoilt))] = dice.below(256)
    match dice.below(4):
        case 0:
            return bytes(spoilt[: dice.below(len(spoilt)) + 1])
        case 1:
            return bytes(spoilt) + dice.rest()
        case _:
            return bytes(spoilt)


def _image(dice: Dice) -> bytes:
    data = dice.one_of(image_files())
    return _spoilt(data, dice) if dice.below(4) else data[: dice.below(32)] + dice.rest()


def _takes_images(data: bytes) -> None:
    source = SourceImage(data)
    try:
        facts = inspect(source, _LIMITS, "images[0]")
        raster = decode_image(source, "images[0]", 64)
    except _REFUSED:
        return
    assert raster.mode == "RGB"
    assert 1 <= max(raster.size) <= 64
    assert facts.width * facts.height <= _LIMITS.max_image_pixels
    assert facts.frames >= 1


_WORDS = (
    *'{}[]",:\\ \n0-',
    *('"speech"', '"operations"', '"kind"', '"box"', '"image"', '"score"', '"findings"'),
    *('"verdict"', '"reason"', '"categories"', '"claim"', '"finding"', '"region"', "null"),
    *("true", "1e999", "NaN", "0.5", "```json", "```", "<think>", "</think>", "\ud800", "é"),
    '{"speech":"s","operations":[{"kind":"box","image":0,"box":[1,2,3,4],"claim":"c"}]}',
    *('{"speech":"s","operations":[]}', '{"speech":"', '"}', '{"a":{"a":', "\\u0000"),
)


def _scraps(dice: Dice) -> str:
    return "".join(dice.some_of(_WORDS, 40))


def _reads_replies(text: str) -> None:
    reply = Reply(text)
    for read in (read_argument, read_ruling):
        for images in (0, 1):
            with suppress(UnreadableReply):
                read(reply, images=images, model="judge")


def _resealed(rest: bytes, like: bytes) -> bytes:
    """With the checksum that `encode` would have given it."""
    name = hashlib.blake2b(_KEY.encode(), digest_size=16).digest()
    return like[:4] + hashlib.blake2b(rest, digest_size=16, key=name).digest() + rest


def _cached(dice: Dice) -> bytes:
    packed, sealed, spoilt = dice.below(2), dice.below(2), dice.below(4)
    reason = dice.rest()[-20:].decode("utf-8", "replace")
    whole = encode(_KEY, a_report(reason), expires=1e9)
    rest = whole[20:28] + (zlib.compress(whole[28:]) if packed else whole[28:])
    if spoilt:
        rest = _spoilt(rest, dice)
    return _resealed(rest, whole) if sealed else whole[:20] + rest


def _decodes_what_it_wrote(raw: bytes) -> None:
    stored = decode(_KEY, raw)
    assert decode(_KEY + "2", raw) is None
    if stored is not None:
        again = decode(_KEY, encode(_KEY, stored.report, stored.expires))
        assert again is not None
        # Compared as text: a number that is none is not equal to itself.
        assert repr(again.report) == repr(stored.report)


_NAMES = (
    *("prompt", "images", "messages", "metadata", "options", "reasoning", "thinking", "model"),
    *("context", "policy", "response", "reasoning_content", "prompt\\u0000", "", "é"),
)
_VALUES = (
    *('"p"', '"r"', "null", "true", "0", "-1", "1e999", "NaN", "Infinity", "{}", "[]", "9" * 400),
    *('"\\ud800"', '"\\u0000"', '"\\ud83d\\ude00"', '"<think>a</think>b"', '"' + "é" * 90 + '"'),
    *('{"a":1,"a":2}', '{"a":NaN}', '{"a":[[[[{"b":"' + "c" * 80 + '"}]]]]}', '{"deadline_ms":1}'),
    *('{"cache":"bypass"}', '{"include":["transcript"]}', '{"max_cost_usd":1e999}'),
    *('[{"data":"iVBORw0KGgo="}]', '[{"data":"%"}]', '[{"url":"data:image/png;base64,iVBO"}]'),
    *(
        '[{"url":"https://host.example/x"}]',
        '[{"url":"file:///etc/passwd"}]',
        '[{"url":"data:,"}]',
    ),
    *('[{"role":"user","content":"hi"}]', '[{"role":"assistant","content":[]}]'),
    (
        '[{"role":"user","content":[{"type":"text","text":"t"},{"type":"image_url",'
        '"image_url":{"url":"data:image/gif;base64,R0lGODlhAQABAAAAACw="}}]}]'
    ),
    '[{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"{"}}]}]',
)


def _body(dice: Dice) -> bytes:
    """Mostly JSON, and of that mostly what could be meant."""
    kind = dice.below(16)
    if kind == 0:
        return dice.rest()
    pairs = [f'"{dice.one_of(_NAMES)}":{dice.one_of(_VALUES)}' for _ in range(dice.below(5))]
    body = ("{" + ",".join(['"response":"r"', *pairs]) + "}").encode()
    return _spoilt(body, dice) if kind == 1 else body


def _takes_requests(body: bytes) -> None:
    limits = Limits()
    try:
        request = strict_json.read(MonitorRequest, body)
        intake.draft(request, len(body), (), limits, None)
    except _REFUSED:
        return
    assert request.response


TARGETS = {
    "images": Target(_image, _takes_images),
    "replies": Target(_scraps, _reads_replies),
    "cache": Target(_cached, _decodes_what_it_wrote),
    "requests": Target(_body, _takes_requests),
}
