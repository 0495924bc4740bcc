"""The images of one exchange, each decoded at most once, off the event loop."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar, cast

from PIL import Image

from candor.domain.callers import DEFAULT_TENANT
from candor.domain.errors import InvalidExchange
from candor.domain.exchange import SourceImage
from candor.domain.vision import encoding, raster
from candor.domain.vision import image as images
from candor.domain.vision.image import ImageFacts, ImageLimits, ModelImage
from candor.domain.vision.pool import Pool

T = TypeVar("T")
_GLANCE_SIDE = 64


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One decoded image: `width` and `height` in pixels of the upright image as sent;
    `raster` is upright RGB, possibly smaller, and must not be drawn on."""

    index: int
    digest: str
    width: int
    height: int
    raster: Image.Image
    tenant: str = DEFAULT_TENANT

    @property
    def key(self) -> str:
        """Under this may be remembered what was found in it. Tenants share none of that: how fast
        an answer comes would tell one of them what another has sent."""
        return f"{self.tenant}:{self.digest}"


class Pictures:
    """Made by `open`, which checks every header before anything is decoded."""

    def __init__(
        self,
        sources: Sequence[SourceImage],
        facts: Sequence[ImageFacts],
        pool: Pool,
        tenant: str = DEFAULT_TENANT,
    ) -> None:
        self.facts = tuple(facts)
        self._sources = tuple(sources)
        self.pool = pool
        self._tenant = tenant
        self._made: dict[Hashable, asyncio.Task[Any]] = {}

    @classmethod
    async def open(
        cls,
        sources: Sequence[SourceImage],
        limits: ImageLimits,
        pool: Pool,
        tenant: str = DEFAULT_TENANT,
    ) -> Self:
        """Raises: InvalidExchange, TooLarge, Overloaded."""
        facts = [
            await pool.run(images.inspect, source, limits, f"images[{i}]")
            for i, source in enumerate(sources)
        ]
        return cls(sources, facts, pool, tenant)

    def __len__(self) -> int:
        return len(self._sources)

    async def picture(self, index: int) -> Picture:
        """Raises: InvalidExchange when the data behind a good header is damaged."""
        return await self.once(("picture", index), lambda: self._decode(index))

    async def sheets(self, max_side: int, shown_side: int) -> None:
        """All of them, before `for_model`, where they will be drawn on anyway.

        Raises: InvalidExchange.
        """
        for index in range(len(self)):
            await self.sheet(index, max_side, shown_side)

    async def sheet(self, index: int, max_side: int, shown_side: int) -> Image.Image:
        """As `fitted`, to be drawn on a copy of, where models are shown the image itself at
        `shown_side`.

        Raises: InvalidExchange.
        """
        sent = encoding.as_sent(self._sources[index], self.facts[index], shown_side)
        if sent is not None and self._quickly_read_at(index, max_side):
            return await self._shown(index, max_side)
        if max_side >= shown_side:
            return await self._shown(index, max_side)
        # From what models are shown, which has to be made anyway and has fewer pixels.
        shown = await self._shown(index, shown_side)
        return await self._scaled(shown, max_side, ("sheet", index, max_side, shown_side))

    async def fitted(self, index: int, max_side: int) -> Image.Image:
        """The raster with its longest side at most `max_side`, scaled once per size. Must not
        be drawn on.

        Raises: InvalidExchange.
        """
        picture = await self.picture(index)
        return await self._scaled(picture.raster, max_side, ("fitted", index, max_side))

    async def for_model(self, index: int, max_side: int) -> ModelImage:
        """The image at the size that a model wants, encoded once per size.

        Raises: InvalidExchange.
        """
        return await self.once(("model", index, max_side), lambda: self._encode(index, max_side))

    async def _scaled(self, whole: Image.Image, max_side: int, key: Hashable) -> Image.Image:
        if max(whole.size) <= max_side:
            return whole
        return await self.once(key, lambda: self.pool.run(raster.fitted, whole, max_side))

    async def _decode(self, index: int) -> Picture:
        source, facts = self._sources[index], self.facts[index]
        decoded = await self._read(index)
        size = (facts.width, facts.height)
        return Picture(index, source.digest, *size, decoded, self._tenant)

    async def _read(self, index: int, max_side: int = images.WORK_SIDE) -> Image.Image:
        """Reads all of the data, whatever the size, and so finds what is damaged."""
        needed = self.facts[index].bytes_to_decode
        return await self.pool.within(
            needed, images.decode, self._sources[index], f"images[{index}]", max_side
        )

    async def _shown(self, index: int, max_side: int) -> Image.Image:
        """As `fitted`, where the whole may never be needed."""
        if not self._quickly_read_at(index, max_side):
            return await self.fitted(index, max_side)
        return await self.once(("read", index, max_side), lambda: self._read(index, max_side))

    def _quickly_read_at(self, index: int, max_side: int) -> bool:
        """At half the size or less, libjpeg decodes in less time than scaling alone takes. By the
        header only, so that the same exchange always makes the same pictures."""
        facts = self.facts[index]
        large = max(facts.width, facts.height) >= 2 * max_side
        return large and facts.media_type == "image/jpeg"

    async def _encode(self, index: int, max_side: int) -> ModelImage:
        sent = encoding.as_sent(self._sources[index], self.facts[index], max_side)
        if sent is not None:
            await self._check(index)
            return sent
        return await self.pool.run(encoding.encode_jpeg, await self._shown(index, max_side))

    async def _check(self, index: int) -> None:
        """A model must not be the first to find that the data is damaged."""
        if (reading := self._reading(index)) is not None:
            await asyncio.shield(reading)
        elif self.facts[index].media_type == "image/jpeg":
            # At an eighth of the size, in a third of the time.
            await self._read(index, _GLANCE_SIDE)
        else:
            await self.picture(index)

    def _reading(self, index: int) -> asyncio.Task[Any] | None:
        """Whoever reads the image's data already, or has."""
        known = (("picture", index), ("read", index))
        made = self._made.items()
        return next((t for key, t in made if isinstance(key, tuple) and key[:2] in known), None)

    async def once(self, key: Hashable, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Anything made from these pictures, made once: whoever comes second waits for the
        first, and a caller that gives up stops nobody."""
        return await _result(self._begun(key, make))

    async def each_once(
        self, wanted: Mapping[Hashable, Callable[[], Coroutine[Any, Any, T]]]
    ) -> list[T]:
        """As `once`, of several, side by side; in their order."""
        begun = [self._begun(key, make) for key, make in wanted.items()]
        return [await _result(task) for task in begun]

    def _begun(self, key: Hashable, make: Callable[[], Coroutine[Any, Any, T]]) -> asyncio.Task[T]:
        task = self._made.get(key)
        if task is None:
            task = self._made[key] = asyncio.ensure_future(make())
            # Its waiters may all have given up by the time it fails.
            task.add_done_callback(lambda done: self._settle(key, done))
        return cast("asyncio.Task[T]", task)

    def stop(self) -> None:
        """Nobody waits any longer: what is still being made is given up."""
        for task in list(self._made.values()):
            task.cancel()

    def _settle(self, key: Hashable, done: asyncio.Task[Any]) -> None:
        """Results stay, and so do damaged images; a full line may be shorter next time."""
        if done.cancelled() or not isinstance(done.exception(), InvalidExchange | None):
            self._made.pop(key, None)


async def _result(task: asyncio.Task[T]) -> T:
    try:
        return task.result() if task.done() else await asyncio.shield(task)
    finally:
        del task  # As in `Pool`: an error that it ends in holds this frame.
