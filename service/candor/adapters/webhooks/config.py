"""Settings of webhooks."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from candor.adapters.net import HostList


class WebhooksConfig(BaseModel):
    """Off until `hosts` or `http_hosts` names somebody."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    hosts: tuple[str, ...] = Field(
        (),
        description="Hosts that may be told by https, as `name` (port 443) or `name:port`. "
        "Names are compared as they stand: no wildcards. They are reached "
        "at public addresses only.",
    )
    http_hosts: tuple[str, ...] = Field(
        (),
        description="Hosts that may be told by plain http too, as `name` or `name:port`, at any "
        "address: for receivers beside this service.",
    )
    secrets: tuple[SecretStr, ...] = Field(
        (),
        max_length=2,
        description="Keys of the signature, at least 16 characters: the one in use, and while "
        "keys are changed the other one too. Better from the environment.",
    )
    timeout_seconds: float = Field(10, gt=0, description="For each send as a whole.")
    max_tries: int = Field(
        8, gt=0, description="Sends of one event; after that it is a dead letter."
    )
    backoff_seconds: float = Field(
        1, gt=0, description="Longest pause before the second try; it doubles with every try."
    )
    max_backoff_seconds: float = Field(300, gt=0, description="Longest pause between two tries.")

    @property
    def enabled(self) -> bool:
        return bool(self.hosts or self.http_hosts)

    @property
    def outside(self) -> HostList:
        """Raises: ValueError."""
        if any("*" in host for host in self.hosts):
            raise ValueError("hosts must be names: there are no wildcards here")
        return HostList.of(self.hosts)

    @property
    def keys(self) -> tuple[bytes, ...]:
        return tuple(secret.get_secret_value().encode() for secret in self.secrets)

    @model_validator(mode="after")
    def _signed(self) -> Self:
        if self.enabled and not self.secrets:
            raise ValueError("secrets must hold at least one key: webhooks are always signed")
        self.outside  # noqa: B018 - raises for what is no host
        if any(len(key) < 16 for key in self.keys):
            raise ValueError("a secret must be at least 16 characters long")
        return self
