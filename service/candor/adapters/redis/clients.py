"""redis-py, set up so that it never waits nor tries again by itself."""

from typing import Any, TypeAlias
from urllib.parse import urlsplit

from pydantic import SecretStr
from redis.asyncio import ConnectionPool, Redis, RedisCluster
from redis.asyncio.connection import SSLConnection
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff

from candor.adapters.redis.config import RedisConfig, SentinelConfig

Client: TypeAlias = Redis | RedisCluster

_PORT = 6379
# Listeners and the look whether Redis is back need connections beside those of operations.
_SPARE = 8


def client_of(config: RedisConfig) -> Client:
    """Connects when it is first asked, so that Redis may come up later than we do."""
    if config.cluster:
        return _cluster(config)
    if config.sentinel is not None:
        return _watched(config, config.sentinel)
    options = _options(config) | _tls(config)
    if config.tls:
        options["connection_class"] = SSLConnection
    pool = ConnectionPool(**_address(config), db=config.database, **options)
    return Redis.from_pool(pool)


async def close(client: Client) -> None:
    """The sentinels' connections too."""
    if isinstance(client, RedisCluster):
        await forget_layout(client)
        return
    sentinel = getattr(getattr(client, "connection_pool", None), "sentinel_manager", None)
    await client.aclose()
    for one in getattr(sentinel, "sentinels", ()):
        await one.aclose()


async def forget_layout(cluster: RedisCluster) -> None:
    """Closes all connections; the next operation asks for the layout anew."""
    await cluster.aclose()
    # After a failure the client takes itself for closed, and leaves these open.
    await cluster.nodes_manager.aclose()
    await cluster.nodes_manager.aclose("startup_nodes")


def _cluster(config: RedisConfig) -> RedisCluster:
    options = _options(config) | _tls(config)
    seconds = config.timeout_ms / 1000
    # A node that does not answer makes the client ask for the layout anew only when its own
    # time-out ends first.
    options["socket_timeout"] = seconds * 0.8
    # A cache that lost some slots is better than none.
    return RedisCluster(**_address(config), ssl=config.tls, require_full_coverage=False, **options)


def _watched(config: RedisConfig, watchers: SentinelConfig) -> Redis:
    own = {
        "username": watchers.username,
        "password": _told(watchers.password),
        "ssl": config.tls,
        **_tls(config),
    }
    # A sentinel that is away must leave time to ask the next one.
    seconds = config.timeout_ms / 1000 / (len(watchers.hosts) + 1)
    patience = {"socket_timeout": seconds, "socket_connect_timeout": seconds}
    sentinel = Sentinel(  # type: ignore[no-untyped-call] # no types there
        watchers.addresses, sentinel_kwargs={**_bare(), **own, **patience}
    )
    options = _options(config) | _tls(config) | {"ssl": config.tls, "db": config.database}
    client: Redis = sentinel.master_for(watchers.service, **options)
    return client


def _address(config: RedisConfig) -> dict[str, Any]:
    parts = urlsplit(config.url)
    return {"host": parts.hostname, "port": parts.port or _PORT}


def _bare() -> dict[str, Any]:
    return {
        # `Connection` bounds every operation as a whole; a time-out per read would start again
        # with every byte.
        "socket_timeout": None,
        "socket_connect_timeout": None,
        # A connection that died while it was idle is replaced before it is used; beyond that,
        # working without Redis is better than asking again.
        "retry": Retry(NoBackoff(), 0),
        # What RESP3 adds to every new connection are round trips we have no use for.
        "protocol": 2,
    }


def _options(config: RedisConfig) -> dict[str, Any]:
    return {
        **_bare(),
        "username": config.username,
        "password": _told(config.password),
        "max_connections": config.max_connections + _SPARE,
    }


def _tls(config: RedisConfig) -> dict[str, Any]:
    if not config.tls:
        return {}
    return {
        "ssl_ca_certs": config.ca_file,
        "ssl_certfile": config.cert_file,
        "ssl_keyfile": config.key_file,
        "ssl_cert_reqs": "required",
        "ssl_check_hostname": True,
    }


def _told(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
