"""The container as the operator wants it, before a pod's annotations say otherwise."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from candor.domain.errors import ConfigError
from candor.injector.pod import CONTAINER

BUILT_IN = Path(__file__).with_name("sidecar.yaml")

Json = dict[str, Any]
"""A piece of a manifest, which we hand on as it is."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel)


class _Port(_Part):
    name: str
    container_port: int = Field(gt=0, lt=65536)


class _Container(_Part):
    name: str = Field(pattern=f"^{CONTAINER}$")
    image: str = Field(min_length=1)
    ports: tuple[_Port, ...] = Field(min_length=1, max_length=1)
    env: tuple[Json, ...] = ()
    env_from: tuple[Json, ...] = ()
    volume_mounts: tuple[Json, ...] = ()
    resources: dict[str, dict[str, str | int | float]] = {}


class _Volume(_Part):
    name: str = Field(pattern="^candor-")


def _the_only(value: object) -> object:
    """A template for charts gives a list of one."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


class _File(_Part):
    model_config = ConfigDict(extra="forbid")

    container: Annotated[Json, BeforeValidator(_the_only)]
    volumes: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """`container` has a name, an image and one port with a name; the names of `volumes` begin
    with `candor-`, so that none is the app's."""

    container: Json
    volumes: tuple[Json, ...]

    @property
    def port(self) -> int:
        return int(self.container["ports"][0]["containerPort"])

    @classmethod
    def read(cls, file: Path = BUILT_IN) -> Self:
        """Raises: ConfigError."""
        try:
            content = _File.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
            container = _Container.model_validate(content.container)
            for volume in content.volumes:
                _Volume.model_validate(volume)
        except OSError as exc:
            raise ConfigError(f"the template cannot be read: {exc.strerror}: {file}") from exc
        except (ValidationError, yaml.YAMLError, UnicodeDecodeError) as exc:
            raise ConfigError(f"the template {file} is not {{container, volumes}}: {exc}") from exc
        # Whether it stays beside the app or among the init containers is decided by pod.
        kept = {key: part for key, part in content.container.items() if key != "restartPolicy"}
        lists = container.model_dump(include={"env", "env_from", "volume_mounts"}, by_alias=True)
        return cls(kept | {key: list(part) for key, part in lists.items()}, content.volumes)
