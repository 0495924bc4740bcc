"""The deployment's one Redis. redis-py takes 0.1 s to import, which only who connects pays."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from candor.adapters.redis.config import RedisBreakerConfig, RedisConfig, SentinelConfig

if TYPE_CHECKING:
    from candor.adapters.redis.connection import Client, Connection, open_connection

__all__ = [
    "Client",
    "Connection",
    "RedisBreakerConfig",
    "RedisConfig",
    "SentinelConfig",
    "open_connection",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("candor.adapters.redis.connection"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
