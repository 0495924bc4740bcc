"""From an image on the wire to its bytes, or to where they are. No path is opened."""

import binascii

import pybase64

from candor.api.limits import Limits, over
from candor.api.v1.draft import SentImage
from candor.api.v1.requests import ImageIn
from candor.domain.errors import InvalidExchange
from candor.domain.exchange import RemoteImage, SourceImage
from candor.domain.ports import ImageSource

# A data URL's type and parameters are short; a comma later than this is in no such URL.
_LONGEST_HEAD = 256


def from_item(
    item: ImageIn, place: str, limits: Limits, source: ImageSource | None = None
) -> SentImage:
    """`source`: where images are fetched from, if they are.

    Raises: InvalidExchange, TooLarge."""
    if (item.data is None) == (item.url is None):
        raise InvalidExchange(
            "an image needs exactly one of data and url", field=place, hint="send data in base64"
        )
    if item.data is not None:
        return _decoded(item.data, f"{place}.data", limits)
    return from_url(item.url or "", f"{place}.url", limits, source)


def from_url(url: str, place: str, limits: Limits, source: ImageSource | None = None) -> SentImage:
    """Raises: InvalidExchange, TooLarge."""
    scheme = url[:8].lower()
    if source is not None and not scheme.startswith("data:"):
        remote = RemoteImage(url, place)
        source.check(remote)
        return remote
    if scheme.startswith(("http:", "https:")):
        raise InvalidExchange(
            "remote images are not fetched",
            field=place,
            kind="remote-images-disabled",
            hint="download the image yourself and send it as a data: URL or in base64",
        )
    head, comma, _ = url[:_LONGEST_HEAD].partition(",")
    if not scheme.startswith("data:") or not comma or not head.lower().endswith(";base64"):
        raise InvalidExchange(
            "the url is not a data: URL in base64",
            field=place,
            kind="invalid-image",
            hint="send data:image/png;base64,... or the base64 alone in data",
        )
    return _decoded(url[len(head) + 1 :], place, limits)


def from_bytes(data: bytes, place: str, limits: Limits) -> SourceImage:
    """Raises: InvalidExchange, TooLarge."""
    if not data:
        raise InvalidExchange(
            "the image is empty", field=place, kind="invalid-image", hint="send the file's bytes"
        )
    if len(data) > limits.max_image_bytes:
        raise over(place, "max_image_bytes", limits.max_image_bytes, "bytes per image are allowed")
    return SourceImage(data)


def _decoded(text: str, place: str, limits: Limits) -> SourceImage:
    # From the length alone: what is over the limit is not decoded.
    if len(text) // 4 * 3 - 2 > limits.max_image_bytes:
        raise over(place, "max_image_bytes", limits.max_image_bytes, "bytes per image are allowed")
    try:
        data = pybase64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise InvalidExchange(
            "the data is not base64",
            field=place,
            kind="invalid-base64",
            hint="use the standard alphabet with padding, without line breaks",
        ) from exc
    return from_bytes(data, place, limits)
