"""What a debate takes at least: its five calls, and what is done to its pictures.

The image is decoded before anybody is asked, as one that is damaged must not reach a model; what
is marked is drawn and sent on, by Pillow, in threads; an image is made into JSON once. No text is
fenced, no reply read but for its words; nothing is bounded, priced, counted or told.
"""

import asyncio
import base64
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from fastapi import FastAPI, Request
from PIL import Image, ImageDraw, ImageFont

_ROUNDS = 2
_FONT = ImageFont.load_default(12)


@asynccontextmanager
async def _opened(app: FastAPI) -> AsyncIterator[None]:
    async with aiohttp.ClientSession() as app.state.session:
        yield


app = FastAPI(lifespan=_opened)


@app.get("/")
async def ready() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/v1/monitor")
async def debate(request: Request) -> dict[str, str]:
    """The fields of a request to Candor, and `endpoint`, the URL to ask; `at_once`: both debaters
    of a round."""
    sent = json.loads(await request.body())
    hearing = _Hearing(request.app.state.session, sent)
    await hearing.open_image()
    for _ in range(_ROUNDS):
        if sent["at_once"]:
            said = await asyncio.gather(hearing.ask(), hearing.ask())
            await hearing.hear(*said)
        else:
            for _ in range(2):
                await hearing.hear(await hearing.ask())
    return {"ruling": await hearing.ask("Write your ruling")}


class _Hearing:
    def __init__(self, session: aiohttp.ClientSession, sent: dict[str, Any]) -> None:
        self._session = session
        self._url = f"{sent['endpoint']}/chat/completions"
        self._source = base64.b64decode(sent["images"][0]["data"])
        self._images = [_part(self._source)]
        self._said: list[str] = [sent["prompt"], sent["response"], sent["reasoning"]]

    async def open_image(self) -> None:
        self._sheet = await asyncio.to_thread(_decoded, self._source)

    async def ask(self, instruction: str = "Write your argument") -> str:
        texts = [{"type": "text", "text": text} for text in (*self._said, instruction)]
        parts = b",".join([*self._images, json.dumps(texts)[1:-1].encode()])
        body = b'{"model":"any","messages":[{"role":"user","content":[%b]}]}' % parts
        headers = {"content-type": "application/json"}
        async with self._session.post(self._url, data=body, headers=headers) as response:
            reply: str = json.loads(await response.read())["choices"][0]["message"]["content"]
        return reply

    async def hear(self, *replies: str) -> None:
        self._said += replies
        # As Candor does: the same place is drawn once for each who speaks side by side, and not
        # again in the next round.
        if len(self._images) <= len(replies):
            drawn = [asyncio.to_thread(_marked, self._sheet) for _ in replies]
            self._images += await asyncio.gather(*drawn)


def _part(image: bytes) -> bytes:
    url = b"data:image/jpeg;base64," + base64.b64encode(image)
    return b'{"type":"image_url","image_url":{"url":"%b"}}' % url


def _decoded(data: bytes) -> Image.Image:
    """At half the size, as Candor does for the pictures with marks."""
    image = Image.open(io.BytesIO(data))
    image.draft("RGB", (image.width // 2, image.height // 2))
    image.load()
    return image


def _marked(sheet: Image.Image) -> bytes:
    picture = sheet.copy()
    pen = ImageDraw.Draw(picture)
    pen.rectangle((128, 192, 383, 287), outline="red", width=3)
    pen.text((130, 170), "A1.1 the amount", fill="red", font=_FONT)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=85, subsampling=0)
    return _part(buffer.getvalue())
