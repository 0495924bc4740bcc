"""Settings of remote images."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from candor.adapters.net import HostList


class RemoteImagesConfig(BaseModel):
    """Off until `hosts` names somebody. Only https is spoken, only to public addresses."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hosts: tuple[str, ...] = Field(
        (),
        max_length=256,
        description="Hosts that images may be fetched from: `name`, or `*.suffix` for all names "
        "below it, with `:port` where it is not 443. Empty: `http(s)` URLs are refused.",
    )
    seconds: float = Field(
        5, gt=0, le=60, description="Most time for one image, redirects and name look-up included."
    )
    max_bytes: int = Field(
        20 * 2**20,
        gt=0,
        description="Bytes per fetched image. `limits.max_image_bytes` holds for them too, and "
        "all fetched images of a request together keep to `limits.max_body_bytes`.",
    )
    max_redirects: int = Field(
        3, ge=0, le=10, description="Redirects per image; each must lead to a listed host again."
    )
    at_once: int = Field(
        4, gt=0, le=64, description="Images of one request that are fetched side by side."
    )
    max_fetching: int = Field(
        32, gt=0, le=1024, description="Images that one process fetches side by side; more wait."
    )

    @property
    def allowed(self) -> HostList:
        return HostList.of(self.hosts)

    @model_validator(mode="after")
    def _hosts_can_be_read(self) -> Self:
        self.allowed  # noqa: B018 - raises for what is no host
        return self
