"""Where verdicts are remembered. Add a backend: one module, one name here."""

from typing import Annotated

from pydantic import Field

from candor.adapters.cache.local import LocalLevelConfig
from candor.adapters.cache.memory import MemoryCache, MemoryCacheConfig
from candor.adapters.cache.redis import RedisCacheConfig
from candor.adapters.cache.tally import CacheTally

CacheConfig = Annotated[MemoryCacheConfig | RedisCacheConfig, Field(discriminator="kind")]

__all__ = [
    "CacheConfig",
    "CacheTally",
    "LocalLevelConfig",
    "MemoryCache",
    "MemoryCacheConfig",
    "RedisCacheConfig",
]
