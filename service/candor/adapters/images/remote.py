"""Fetches the images that requests name by URL, from hosts that the operator listed."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from candor.adapters.images.config import RemoteImagesConfig
from candor.adapters.images.opening import Most, Told
from candor.adapters.net import (
    GuardedHttp,
    NoRoom,
    NotReached,
    Refused,
    Room,
)
from candor.domain.errors import InvalidExchange, TooLarge
from candor.domain.exchange import RemoteImage

_OK = 200
_INSTEAD = "send the image as a data: URL or in base64"


class RemoteImages:
    """An `ImageSource`. `told` hears `fetched`, `refused`, `failed`, `timeout` or `too_large` for
    each image that was looked at."""

    def __init__(
        self, http: GuardedHttp, config: RemoteImagesConfig, most: Most, told: Told
    ) -> None:
        self._http = http
        self._config = config
        self._most = most
        self._told = told
        self._places = asyncio.Semaphore(config.max_fetching)

    def check(self, image: RemoteImage) -> None:
        """Raises: InvalidExchange."""
        with self._in_words(image):
            self._http.target(image.url)

    async def fetch(self, images: Sequence[RemoteImage], seconds: float) -> list[bytes]:
        """Raises: InvalidExchange, TooLarge."""
        until = asyncio.get_running_loop().time() + seconds
        round_ = _Round(
            asyncio.Semaphore(self._config.at_once),
            Room(self._most.per_request, "limits.max_body_bytes"),
            until,
        )
        # The same address twice is asked for once.
        wanted = {image.url: image for image in reversed(images)}
        try:
            async with asyncio.TaskGroup() as group:
                tasks = {u: group.create_task(self._one(i, round_)) for u, i in wanted.items()}
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from None
        return [tasks[image.url].result() for image in images]

    async def _one(self, image: RemoteImage, round_: "_Round") -> bytes:
        with self._in_words(image):
            async with asyncio.timeout_at(round_.until), round_.turn, self._places:
                data = await self._got(image.url, round_.room)
        self._told("fetched")
        return data

    async def _got(self, url: str, shared: Room) -> bytes:
        async with (
            asyncio.timeout(self._config.seconds),
            self._http.get(url, self._config.max_redirects) as answer,
        ):
            if answer.status != _OK:
                raise NotReached(f"the host answered {answer.status}", again=False)
            return await answer.read(self._own_room(), shared)

    def _own_room(self) -> Room:
        if self._config.max_bytes < self._most.per_image:
            return Room(self._config.max_bytes, "remote_images.max_bytes")
        return Room(self._most.per_image, "limits.max_image_bytes")

    @contextmanager
    def _in_words(self, image: RemoteImage) -> Iterator[None]:
        try:
            yield
        except Refused as exc:
            self._told("refused")
            raise _refused(image, str(exc)) from exc
        except NoRoom as exc:
            self._told("too_large")
            message = f"at most {exc.room.most} bytes are fetched"
            raise TooLarge(message, field=image.place, limit=exc.room.name) from exc
        except (NotReached, TimeoutError) as exc:
            late = isinstance(exc, TimeoutError) or exc.late
            self._told("timeout" if late else "failed")
            raise _failed(image, "the host took too long" if late else str(exc)) from exc


@dataclass(frozen=True, slots=True)
class _Round:
    """What the images of one request share; `until` is on the event loop's clock."""

    turn: asyncio.Semaphore
    room: Room
    until: float


def _refused(image: RemoteImage, why: str) -> InvalidExchange:
    return InvalidExchange(
        f"the image is not fetched: {why}",
        field=image.place,
        kind="remote-image-refused",
        hint=f"{_INSTEAD}, or by https from a host of remote_images.hosts",
    )


def _failed(image: RemoteImage, why: str) -> InvalidExchange:
    return InvalidExchange(
        f"the image could not be fetched: {why}",
        field=image.place,
        kind="remote-image-failed",
        hint=f"try again, or {_INSTEAD}",
    )
