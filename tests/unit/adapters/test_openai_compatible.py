import gc
import json

import httpx
import pytest
from pydantic import ValidationError

from candor.adapters.vlm import OpenAICompatibleConfig, wire
from candor.adapters.vlm.endpoint_config import Price
from candor.domain.debate.forms import RulingForm
from candor.domain.ports import Message
from candor.domain.vision.image import ModelImage

ENDPOINT = {"base_url": "http://vllm:8000/v1", "model": "any"}


def picture(size: int = 9) -> ModelImage:
    return ModelImage("image/jpeg", b"\xff\xd8" + b"x" * size, 1, 1)


async def sent(messages: list[Message], **config: object) -> bytes:
    """The body that the endpoint gets, as one."""
    bodies: list[bytes] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(await request.aread())
        assert request.headers["content-length"] == str(len(bodies[-1]))
        return httpx.Response(200, json={"choices": [{"message": {"content": "{}"}}]})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        model = OpenAICompatibleConfig.model_validate({**ENDPOINT, **config}).build("m", http)
        await model.complete(messages, RulingForm)
    return bodies[0]


async def test_texts_and_images_are_sent_in_their_order() -> None:
    user = Message("user", ("image 0:", picture(), 'say "hi" \n ünd 漢'))
    body = json.loads(await sent([Message("system", ("Be fair.",)), user]))
    assert body["messages"] == [
        {"role": "system", "content": "Be fair."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "image 0:"},
                {
                    "type": "image_url",
                    "image_url": {"url": "data:image/jpeg;base64,/9h4eHh4eHh4eHg="},
                },
                {"type": "text", "text": 'say "hi" \n ünd 漢'},
            ],
        },
    ]


async def test_every_character_arrives_as_it_was() -> None:
    every = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x11000), 0x1F600]))
    body = await sent([Message("user", (every,))])
    assert json.loads(body)["messages"][0]["content"] == every


async def test_half_a_surrogate_pair_does_not_break_the_request() -> None:
    body = await sent([Message("user", ("a\ud800b",))])
    assert json.loads(body)["messages"][0]["content"] == "a?b"


@pytest.mark.parametrize(
    ("how", "kind"), [("json_schema", "json_schema"), ("json_object", "json_object")]
)
async def test_structured_output_is_asked_for_where_it_is_configured(how: str, kind: str) -> None:
    body = json.loads(await sent([Message("user", ("hi",))], structured_output=how))
    assert body["response_format"]["type"] == kind


async def test_what_an_endpoint_does_not_take_is_left_out() -> None:
    body = json.loads(
        await sent(
            [Message("user", ("hi",))],
            temperature=None,
            max_output_tokens=None,
            extra_body={"max_completion_tokens": 99},
        )
    )
    assert set(body) == {"messages", "model", "max_completion_tokens"}


def test_an_image_is_encoded_once_and_forgotten_with_it() -> None:
    fragments, image = wire.ImageFragments(), picture()
    assert fragments[image] is fragments[image]
    assert len(fragments) == 1
    del image
    gc.collect()
    assert len(fragments) == 0


def test_images_are_pieces_of_their_own_so_that_they_are_not_copied() -> None:
    fragments, image = wire.ImageFragments(), picture(100_000)
    pieces = wire.pieces(
        [Message("user", ("a", image, "b", "c", image))], b'{"model":"any"}', fragments
    )
    assert [len(piece) > 1000 for piece in pieces] == [False, True, False, True, False]
    assert pieces[1] is pieces[3] is fragments[image]


def test_tokens_cost_what_the_price_says() -> None:
    assert Price(input_per_million=0.4, output_per_million=1.2).of(1_000_000, 500_000) == 1.0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("base_url", "vllm:8000/v1"),
        ("base_url", "ftp://vllm/v1"),
        ("base_url", "http://vllm/v1?key=1"),
        ("base_url", "http://"),
        ("api_key", "sésame"),
        ("api_key", "open\r\nx: y"),
        ("extra_body", {"messages": []}),
        ("temperature", "nan"),
        ("structured_output", "xml"),
        ("price", {"input_per_million": -1}),
        ("modle", "any"),
    ],
)
def test_a_setting_that_cannot_work_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValidationError, match=field.split(".", maxsplit=1)[0]):
        OpenAICompatibleConfig.model_validate({**ENDPOINT, field: value})


def test_a_key_from_a_file_may_end_with_a_line_break_and_stays_secret() -> None:
    config = OpenAICompatibleConfig.model_validate({**ENDPOINT, "api_key": "sesame\n"})
    assert config.api_key is not None
    assert config.api_key.get_secret_value() == "sesame"
    assert "sesame" not in repr(config) + config.model_dump_json()


def test_an_empty_key_is_none() -> None:
    assert OpenAICompatibleConfig.model_validate({**ENDPOINT, "api_key": " "}).api_key is None
