"""Verdicts in the deployment's Redis, with a small level in front of it in each process."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from candor.adapters.cache.local import LocalLevelConfig
from candor.adapters.cache.sealing import NOT_SEALED, Sealer
from candor.adapters.cache.tally import CacheTally
from candor.adapters.credentials import moved_out_of_the_url
from candor.adapters.redis import RedisConfig
from candor.adapters.redis.config import checked_url
from candor.domain.beside import beside

if TYPE_CHECKING:
    from candor.adapters.cache.levels import TwoLevelCache
    from candor.adapters.cache.shared import RedisCache
    from candor.adapters.redis import Connection

_SHORT = ("url", "username", "password")


class RedisCacheConfig(BaseModel):
    """Remembers verdicts in Redis, for all replicas. A Redis that is away is a miss."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: Literal["redis"] = "redis"
    url: str | None = Field(None, description="Short for `redis.url`.")
    username: str | None = Field(None, description="Short for `redis.username`.")
    password: SecretStr | None = Field(
        None, description="Short for `redis.password`. Better from the environment."
    )
    ttl_seconds: int = Field(
        86_400, gt=0, description="How long a verdict is remembered; up to a tenth less."
    )
    local: LocalLevelConfig = Field(
        LocalLevelConfig(), description="The level in each process in front of Redis."
    )
    required: bool = Field(False, description="Not ready while Redis is away.")

    @model_validator(mode="before")
    @classmethod
    def _credentials_out_of_the_url(cls, given: Any) -> Any:
        return moved_out_of_the_url(given)

    @field_validator("url")
    @classmethod
    def _redis_alone(cls, url: str | None) -> str | None:
        return None if url is None else checked_url(url)

    def redis(self, section: RedisConfig | None) -> RedisConfig:
        """The Redis meant: the section `redis`, or what stands here short for it.

        Raises: ValueError when there is neither, or both differ.
        """
        short = {n: getattr(self, n) for n in _SHORT if getattr(self, n) is not None}
        if section is None:
            if self.url is None:
                raise ValueError("cache.kind redis needs to know where it is: set redis.url")
            return RedisConfig(**short)
        for name, value in short.items():
            if getattr(section, name) != value:
                raise ValueError(f"cache.{name} and redis.{name} differ: leave cache.{name} away")
        return section

    @asynccontextmanager
    async def open(
        self,
        connection: "Connection | None" = None,
        tally: CacheTally = CacheTally(),
        sealer: Sealer = NOT_SEALED,
    ) -> "AsyncIterator[RedisCache | TwoLevelCache]":
        """Without a connection it opens one of its own."""
        # Not loaded where there is no Redis.
        from candor.adapters.cache import clearing  # noqa: PLC0415
        from candor.adapters.cache.levels import TwoLevelCache  # noqa: PLC0415
        from candor.adapters.cache.shared import RedisCache  # noqa: PLC0415
        from candor.adapters.redis import open_connection  # noqa: PLC0415

        async with AsyncExitStack() as stack:
            if connection is None:
                connection = await stack.enter_async_context(open_connection(self.redis(None)))
            shared = RedisCache(connection, self.ttl_seconds, tally, sealer=sealer)
            stack.push_async_callback(shared.close)
            if not self.local.max_entries:
                yield shared
                return
            cache = TwoLevelCache(shared, self.local, tally)
            async with beside(clearing.listen(connection, cache)):
                yield cache
