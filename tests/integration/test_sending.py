from collections.abc import Mapping

import httpx
import pytest

from candor.adapters.vlm.sending import Call, sender_of
from candor.adapters.vlm.transport import open_http
from tests.model_server import ModelServer, says


def call(url: str, pieces: tuple[bytes, ...], headers: Mapping[str, str] | None = None) -> Call:
    return Call("POST", url, headers or {}, pieces, seconds=5.0, connect_seconds=5.0)


@pytest.mark.parametrize("size", [10, 3 * 2**20])
async def test_a_body_arrives_whole_however_large_it_is(size: int) -> None:
    pieces = (b'{"messages":[],"padding":"', b"x" * size, b'"}')
    with ModelServer(says("{}")) as server:
        async with open_http() as http:
            url = f"{server.base_url}/chat/completions"
            answered = await sender_of(http).send(call(url, pieces))
            assert answered.status == 200
            assert b"".join([chunk async for chunk in answered.chunks()])
            await answered.close()
        assert len(server.requests[-1].json["padding"]) == size


async def test_both_ways_of_sending_say_the_same_of_nobody_listening() -> None:
    plain = httpx.AsyncClient(trust_env=False)
    async with open_http() as ours, plain:
        for http in (ours, plain):
            with pytest.raises(httpx.ConnectError):
                await sender_of(http).send(call("http://127.0.0.1:1/v1", (b"{}",)))
