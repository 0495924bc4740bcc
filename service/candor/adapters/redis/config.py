"""Where Redis is, who we are to it, and how long it may take."""

from typing import Any, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from candor.adapters.credentials import moved_out_of_the_url


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class SentinelConfig(_Section):
    """Sentinels that know which server is the master now."""

    hosts: tuple[str, ...] = Field(
        min_length=1, description="Sentinels as `host:port`; they are asked in this order."
    )
    service: str = Field(min_length=1, description="Name under which they watch the master.")
    username: str | None = Field(None, description="User at the sentinels themselves.")
    password: SecretStr | None = Field(
        None, description="Password at the sentinels themselves. Better from the environment."
    )

    @field_validator("hosts")
    @classmethod
    def _with_ports(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            parts = urlsplit(f"//{host}")
            if not _has_an_address(parts) or parts.port is None or "@" in host:
                raise ValueError("each sentinel must look like host:26379")
        return hosts

    @property
    def addresses(self) -> list[tuple[str, int]]:
        parts = [urlsplit(f"//{host}") for host in self.hosts]
        return [(p.hostname or "", p.port or 0) for p in parts]


class RedisBreakerConfig(_Section):
    """When Redis is left alone."""

    failures: int = Field(
        3,
        gt=0,
        description="Operations without an answer, one after the other, after which Redis is "
        "left alone. Those that ran side by side count once.",
    )
    open_seconds: float = Field(
        1.0,
        gt=0,
        le=60,
        allow_inf_nan=False,
        description="Pause between two looks, in the background, whether Redis is back; and how "
        "long one that is full (`OOM`) is spared writes that can be done without.",
    )


class RedisConfig(_Section):
    """One Redis: a server, a master watched by sentinels, or a cluster."""

    url: str = Field(
        "redis://127.0.0.1:6379/0",
        description="`redis://host:port/database`, or `rediss://` for TLS. Of a cluster: any "
        "node. With `sentinel` only its scheme and database count.",
    )
    username: str | None = Field(None, description="User, where Redis knows more than one.")
    password: SecretStr | None = Field(None, description="Better from the environment.")
    ca_file: str | None = Field(None, description="PEM file of the authority, for `rediss://`.")
    cert_file: str | None = Field(
        None, description="PEM file of our own certificate, for a Redis that asks for one."
    )
    key_file: str | None = Field(None, description="PEM file of the key to `cert_file`.")
    cluster: bool = Field(False, description="`url` is a node of a Redis Cluster.")
    sentinel: SentinelConfig | None = Field(
        None, description="Ask sentinels for the master instead of connecting to `url`."
    )
    max_connections: int = Field(
        32,
        gt=0,
        description="Most operations at once of one process, and so most connections (of a "
        "cluster: to each node).",
    )
    timeout_ms: int = Field(
        50,
        gt=0,
        le=60_000,
        description="For each operation as a whole: waiting for a connection, connecting and "
        "the answer.",
    )
    breaker: RedisBreakerConfig = Field(
        RedisBreakerConfig(), description="When Redis is left alone."
    )

    @model_validator(mode="before")
    @classmethod
    def _credentials_out_of_the_url(cls, given: Any) -> Any:
        return moved_out_of_the_url(given)

    @field_validator("url")
    @classmethod
    def _redis_alone(cls, url: str) -> str:
        return checked_url(url)

    @model_validator(mode="after")
    def _tls_where_named(self) -> Self:
        for name in ("ca_file", "cert_file", "key_file"):
            if getattr(self, name) is not None and not self.tls:
                raise ValueError(f"{name} is of use with a rediss:// url only")
        if self.key_file is not None and self.cert_file is None:
            raise ValueError("key_file is of use with a cert_file only")
        return self

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.cluster and self.sentinel is not None:
            raise ValueError(
                "cluster and sentinel exclude each other: a cluster fails over itself"
            )
        if self.cluster and self.database:
            raise ValueError("a cluster has database 0 alone: end the url in /0")
        return self

    @property
    def tls(self) -> bool:
        return self.url.startswith("rediss://")

    @property
    def database(self) -> int:
        return int(urlsplit(self.url).path.strip("/") or "0")

    @property
    def where(self) -> str:
        """For messages: never with credentials."""
        if self.sentinel is not None:
            return f"{self.sentinel.service} ({', '.join(self.sentinel.hosts)})"
        return urlsplit(self.url).netloc


def checked_url(url: str) -> str:
    """Raises: ValueError, which does not repeat the url: it may hold a password."""
    parts = urlsplit(url)
    if parts.scheme not in ("redis", "rediss") or not _has_an_address(parts):
        raise ValueError("the url must look like redis://host:6379/0 or rediss://host:6379/0")
    if parts.query or parts.fragment:
        raise ValueError("the url takes no options after `?`: they have settings of their own")
    if not (parts.path.strip("/") or "0").isdecimal():
        raise ValueError("the url must end in the number of a database, such as /0")
    return url


def _has_an_address(parts: SplitResult) -> bool:
    try:
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        # What stands in the port's place may be half a password: it is not repeated.
        return False
