import base64

import pytest

from candor.api.limits import Limits
from candor.api.v1 import images
from candor.api.v1.requests import ImageIn
from candor.domain.errors import InvalidExchange, TooLarge
from candor.domain.exchange import SourceImage

BYTES = b"\x00\x01some bytes\xff\xfe"
BASE64 = base64.b64encode(BYTES).decode()


def bytes_of(item: ImageIn) -> bytes:
    sent = images.from_item(item, "images[0]", Limits())
    assert isinstance(sent, SourceImage)
    return sent.data


def test_base64_and_a_data_url_give_the_same_bytes() -> None:
    assert bytes_of(ImageIn(data=BASE64)) == BYTES
    assert bytes_of(ImageIn(url=f"data:image/png;base64,{BASE64}")) == BYTES
    assert bytes_of(ImageIn(url=f"DATA:image/png;name=x;BASE64,{BASE64}")) == BYTES


@pytest.mark.parametrize(
    "item",
    [ImageIn(), ImageIn(data=BASE64, url="data:;base64,AA==")],
    ids=["neither", "both"],
)
def test_an_image_has_exactly_one_source(item: ImageIn) -> None:
    with pytest.raises(InvalidExchange, match="exactly one") as caught:
        bytes_of(item)
    assert caught.value.field == "images[0]"


@pytest.mark.parametrize(
    "data",
    [
        "%%%%",
        BASE64.rstrip("="),
        BASE64 + "\n",
        "-_-_",
        "AAA",
        "é===",
        "data:image/png;base64,AAAA",
    ],
)
def test_what_is_not_strict_base64_is_refused(data: str) -> None:
    with pytest.raises(InvalidExchange) as caught:
        bytes_of(ImageIn(data=data))
    assert caught.value.kind == "invalid-base64"
    assert caught.value.field == "images[0].data"
    assert data not in str(caught.value)


@pytest.mark.parametrize("url", ["http://example.org/a.png", "HTTPS://169.254.169.254/latest"])
def test_remote_images_are_refused_with_a_way_out(url: str) -> None:
    with pytest.raises(InvalidExchange) as caught:
        bytes_of(ImageIn(url=url))
    assert caught.value.kind == "remote-images-disabled"
    assert "data: URL" in caught.value.hint


@pytest.mark.parametrize(
    "url",
    [
        "/etc/passwd",
        "file:///etc/passwd",
        "data:image/png,plain",
        "data:image/png;base64",
        "data:" + "x" * 300 + ";base64,AAAA",
        "",
    ],
)
def test_any_other_url_is_refused_and_no_path_is_opened(url: str) -> None:
    with pytest.raises(InvalidExchange) as caught:
        bytes_of(ImageIn(url=url))
    assert caught.value.kind == "invalid-image"


def test_an_empty_image_is_refused() -> None:
    with pytest.raises(InvalidExchange, match="empty"):
        bytes_of(ImageIn(data=""))


@pytest.mark.parametrize("size", [9, 10, 11, 12])
def test_the_limit_of_bytes_is_exact(size: int) -> None:
    limits = Limits(max_image_bytes=10)
    item = ImageIn(data=base64.b64encode(b"x" * size).decode())
    if size <= 10:
        sent = images.from_item(item, "images[0]", limits)
        assert isinstance(sent, SourceImage)
        assert len(sent.data) == size
    else:
        with pytest.raises(TooLarge) as caught:
            images.from_item(item, "images[0]", limits)
        assert caught.value.limit == "limits.max_image_bytes"


def test_what_is_far_over_the_limit_is_not_even_decoded() -> None:
    not_base64 = "%" * 1000
    with pytest.raises(TooLarge):
        images.from_item(ImageIn(data=not_base64), "images[0]", Limits(max_image_bytes=10))
