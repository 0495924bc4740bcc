"""Opens what fetches images, where the operator listed hosts."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from candor.adapters.images.config import RemoteImagesConfig
from candor.domain.ports import ImageSource

Told = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Most:
    """Bytes that `limits` allow: for one image, and for all of a request."""

    per_image: int
    per_request: int


@asynccontextmanager
async def open_remote_images(
    config: RemoteImagesConfig, most: Most, told: Told
) -> AsyncIterator[ImageSource | None]:
    """None where no host is listed: nothing is fetched then."""
    if not config.hosts:
        yield None
        return
    # Not loaded where nothing is fetched.
    from candor.adapters.images.remote import RemoteImages  # noqa: PLC0415
    from candor.adapters.net import open_guarded_http  # noqa: PLC0415

    async with open_guarded_http(config.allowed) as http:
        yield RemoteImages(http, config, most, told)
