"""A model endpoint that takes a fixed time: `http://127.0.0.1:PORT/50/v1` answers after 50 ms.

`tests/model_server.py` keeps and decodes all that it is asked; this one costs next to nothing.
"""

import asyncio
import json
import time

from starlette.types import Receive, Scope, Send

from tests.model_server import REPLIES, completion

_ARGUMENT, _RULING = completion(REPLIES["argument"]), completion(REPLIES["ruling"])
# Seconds from request to answer since the last GET of /served: a timer may wake 1 ms late.
_served: list[float] = []


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    began = time.perf_counter()
    body = await _body(receive)
    if scope["method"] == "POST":
        await asyncio.sleep(int(scope["path"].split("/")[1]) / 1000)
        # The judge's instruction stands in the last message.
        answer = _RULING if b"Write your ruling" in body[-4000:] else _ARGUMENT
    elif scope["path"] == "/served":
        answer = json.dumps(_served).encode()
        _served.clear()
    else:
        answer = b'{"data":[]}'
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})
    if scope["method"] == "POST":
        _served.append(time.perf_counter() - began)


async def _body(receive: Receive) -> bytes:
    chunks = []
    more = True
    while more:
        message = await receive()
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(chunks)
