"""A request as `multipart/form-data`: the same fields, with images as files."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from pydantic_core import from_json, to_json
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from candor.api import strict_json
from candor.api.limits import Limits, over
from candor.api.v1 import images
from candor.domain.errors import InvalidExchange
from candor.domain.exchange import SourceImage

TEXT_FIELDS = ("prompt", "response", "reasoning", "model", "policy")
REQUEST = "request"
FILES = "images"
_MOST_FIELDS = 50


@dataclass(frozen=True, slots=True)
class Form:
    """`json` is the request as a JSON body would have it, `files` the images beside it."""

    json: bytes
    files: tuple[SourceImage, ...]


async def read(headers: Headers, stream: AsyncGenerator[bytes, None], limits: Limits) -> Form:
    """Raises: InvalidExchange, TooLarge."""
    try:
        form = await _InMemory(headers, stream, limits).parse()
    except MultiPartException as exc:
        raise InvalidExchange(
            "the body is not multipart/form-data that can be read",
            field="",
            kind="invalid-multipart",
            hint="let your HTTP client write the body and its boundary",
        ) from exc
    try:
        return Form(to_json(_fields(form)), await _files(form, limits))
    finally:
        await form.close()


class _InMemory(MultiPartParser):
    """Never writes to a disk, and takes no byte for a character that it is not."""

    def __init__(
        self, headers: Headers, stream: AsyncGenerator[bytes, None], limits: Limits
    ) -> None:
        # The body's own limit bounds what is held.
        self.spool_max_size = limits.max_body_bytes + 1
        self._max_images = limits.max_images
        self._ended = False
        super().__init__(
            headers, stream, max_fields=_MOST_FIELDS, max_part_size=limits.max_body_bytes
        )

    def on_end(self) -> None:
        self._ended = True

    async def parse(self) -> FormData:
        form = await super().parse()
        if not self._ended:
            # Its last part may be missing, and nobody would know.
            await form.close()
            raise MultiPartException("the form has no end")
        return form

    def on_headers_finished(self) -> None:
        super().on_headers_finished()
        if self._current_files > self._max_images:
            raise over(FILES, "max_images", self._max_images, "images are allowed")

    def on_part_end(self) -> None:
        part = self._current_part
        if part.file is None:
            _check_utf8(part.data)
        super().on_part_end()


def _check_utf8(data: bytearray) -> None:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise InvalidExchange(
            "a text field is not UTF-8", field="", kind="invalid-multipart", hint="send UTF-8"
        ) from exc


def _fields(form: FormData) -> dict[str, object]:
    """The JSON part and the text fields together; no field may be given twice."""
    together = _request_part(form)
    if FILES in form and FILES in together:
        raise _twice(FILES)
    for name in form:
        if name in (REQUEST, FILES):
            continue
        if name in together:
            raise _twice(name)
        if name not in TEXT_FIELDS:
            raise InvalidExchange(
                "the form has a field that is not known",
                field=name if name.isidentifier() else "",
                hint=f"known: {', '.join((*TEXT_FIELDS, FILES))}; all else as JSON in {REQUEST}",
            )
        together[name] = _only_text(form, name)
    return together


def _request_part(form: FormData) -> dict[str, object]:
    if REQUEST not in form:
        return {}
    try:
        text = _only_text(form, REQUEST).encode()
        known = from_json(text)
    except ValueError as exc:
        raise InvalidExchange(
            f"{REQUEST} is not valid JSON: {exc}",
            field=REQUEST,
            kind="invalid-json",
            hint="send one JSON object",
        ) from exc
    strict_json.check(text)
    if not isinstance(known, dict):
        raise InvalidExchange(
            f"{REQUEST} must be a JSON object", field=REQUEST, hint='for example {"messages": []}'
        )
    return known


def _only_text(form: FormData, name: str) -> str:
    given = form.getlist(name)
    if len(given) > 1:
        raise _twice(name)
    if isinstance(given[0], UploadFile):
        raise InvalidExchange(
            f"{name} must be a text field, not a file",
            field=name,
            hint="send it without a filename",
        )
    return given[0]


async def _files(form: FormData, limits: Limits) -> tuple[SourceImage, ...]:
    sources = []
    for i, upload in enumerate(form.getlist(FILES)):
        place = f"{FILES}[{i}]"
        if not isinstance(upload, UploadFile):
            raise InvalidExchange(
                "an image must be a file", field=place, hint=f"or send base64 inside {REQUEST}"
            )
        sources.append(images.from_bytes(await upload.read(), place, limits))
    return tuple(sources)


def _twice(name: str) -> InvalidExchange:
    return InvalidExchange(
        f"{name} is given twice", field=name, hint=f"send it as a field or in {REQUEST}, once"
    )
