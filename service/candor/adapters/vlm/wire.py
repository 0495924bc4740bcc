"""Bodies of requests in pieces: texts written as JSON, and each image written once."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import pybase64
import pydantic_core
from pydantic import BaseModel, TypeAdapter

from candor.domain.ports import Message
from candor.domain.vision.image import ModelImage

FORMS_KEPT = 64
"""Of each endpoint: what goes with a form and a temperature, which come from settings."""


class ImageFragments:
    """The JSON of each image, made once as long as the image lives: in a debate the same
    image is sent with every call."""

    def __init__(self, write: Callable[[ModelImage], bytes] | None = None) -> None:
        self._write = write or chat_image
        self._made: WeakKeyDictionary[ModelImage, bytes] = WeakKeyDictionary()

    def __getitem__(self, image: ModelImage) -> bytes:
        made = self._made.get(image)
        if made is None:
            made = self._made[image] = self._write(image)
        return made

    def __len__(self) -> int:
        return len(self._made)


def chat_image(image: ModelImage) -> bytes:
    """As chat completions want it: a data: URL."""
    head = b'{"type":"image_url","image_url":{"url":"data:%b;base64,' % image.media_type.encode()
    return b"".join((head, pybase64.b64encode(image.data), b'"}}'))


def messages_image(image: ModelImage) -> bytes:
    """As the Messages API wants it."""
    kind = image.media_type.encode()
    head = b'{"type":"image","source":{"type":"base64","media_type":"%b","data":"' % kind
    return b"".join((head, pybase64.b64encode(image.data), b'"}}'))


def to_json(value: Any) -> bytes:
    """Half a surrogate pair, which JSON parsers refuse, becomes a question mark."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def text_to_json(text: str) -> bytes:
    """As `to_json`, in a fifth of the time: everything said so far is written in every call."""
    try:
        return pydantic_core.to_json(text)
    except pydantic_core.PydanticSerializationError:
        return to_json(text)


@cache
def schema_of(form: type[BaseModel]) -> dict[str, Any]:
    return TypeAdapter(form).json_schema()


class Body:
    """A request's body in pieces, so that images are not copied. May be sent once."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._pieces = iter(pieces)
        self.length = sum(map(len, pieces))

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        for piece in self._pieces:
            return piece
        raise StopAsyncIteration


def pieces(
    messages: Sequence[Message], rest: bytes, images: ImageFragments, first: bytes = b"{"
) -> list[bytes]:
    """The body's JSON, each image a piece of its own. `rest` is the JSON object of all other
    keys, at least one: the messages come first, so that bodies begin alike where the
    conversations do. `first` is an object left open, with what must stand before them."""
    writer = _Writer(images)
    writer.text(first + b'"messages":[')
    for number, message in enumerate(messages):
        writer.text(b"," if number else b"")
        writer.message(message)
    writer.text(b"]," + rest.removeprefix(b"{"))
    return writer.pieces()


class _Writer:
    """Joins what is small and leaves each image a piece of its own."""

    def __init__(self, images: ImageFragments) -> None:
        self._images = images
        self._pieces: list[bytes] = []
        self._open: list[bytes] = []

    def text(self, json_text: bytes) -> None:
        self._open.append(json_text)

    def message(self, message: Message) -> None:
        self.text(b'{"role":"%b","content":' % message.role.encode())
        if len(message.parts) == 1 and isinstance(message.parts[0], str):
            self.text(text_to_json(message.parts[0]))
        else:
            self._parts(message)
        self.text(b"}")

    def _parts(self, message: Message) -> None:
        self.text(b"[")
        for number, part in enumerate(message.parts):
            self.text(b"," if number else b"")
            if isinstance(part, str):
                self.text(b'{"type":"text","text":%b}' % text_to_json(part))
            else:
                self._image(part)
        self.text(b"]")

    def _image(self, image: ModelImage) -> None:
        self._pieces += (b"".join(self._open), self._images[image])
        self._open = []

    def pieces(self) -> list[bytes]:
        return [*self._pieces, b"".join(self._open)]
