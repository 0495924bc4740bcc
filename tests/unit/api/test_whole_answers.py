"""The head of an answer goes out with its body."""

import asyncio
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from candor.cli.whole_answers import WholeAnswers

ASKED = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"


class Transport(asyncio.Transport):
    """Keeps what was written, write by write."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: Any) -> None:
        self.written.append(bytes(data))

    def writelines(self, list_of_data: Any) -> None:
        self.written.append(b"".join(list_of_data))

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


async def asked(app: Any, request: bytes = ASKED) -> Transport:
    config = uvicorn.Config(app, http=WholeAnswers, lifespan="off", log_config=None)
    config.load()
    protocol, transport = WholeAnswers(config, ServerState(), {}), Transport()
    protocol.connection_made(transport)
    protocol.data_received(request)
    for _ in range(5):
        await asyncio.sleep(0)
    protocol.connection_lost(None)
    return transport


def answering(*bodies: bytes, pause: bool = False) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        del scope, receive
        length = b"%d" % sum(map(len, bodies))
        head = [(b"content-length", length)]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        if pause:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        for number, body in enumerate(bodies, 1):
            more = number < len(bodies)
            await send({"type": "http.response.body", "body": body, "more_body": more})

    return app


@pytest.mark.parametrize("body", [b"", b"short", b"x" * 200_000])
async def test_head_and_body_are_one_write(body: bytes) -> None:
    transport = await asked(answering(body))

    [whole] = transport.written
    assert whole.startswith(b"HTTP/1.1 200 OK\r\n")
    assert whole.endswith(b"\r\n\r\n" + body)


async def test_a_body_in_pieces_follows_as_it_comes() -> None:
    first, *others = (await asked(answering(b"HTTP/1.1 a", b"HTTP/1.1 b"))).written

    assert first.endswith(b"\r\n\r\nHTTP/1.1 a")
    assert b"".join(others) == b"HTTP/1.1 b"


async def test_the_head_does_not_wait_for_a_body_that_is_late() -> None:
    head, body = (await asked(answering(b"late", pause=True))).written

    assert head.endswith(b"\r\n\r\n")
    assert body == b"late"


async def test_nothing_is_lost_where_the_connection_is_closed_at_once() -> None:
    asking_to_close = ASKED.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n")
    transport = await asked(answering(b"bye"), asking_to_close)

    assert b"".join(transport.written).endswith(b"bye")
    assert transport.closed
