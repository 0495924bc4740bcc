"""What of a pod counts for the decision. Anything else passes unread and unchanged."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_camel

INJECT = "candor.dev/inject"
INJECTED = "candor.dev/injected"
NOT_INJECTED = "candor.dev/not-injected"
CONTAINER = "candor"
# Written by the kubelet: such a pod already runs and is only shown to the API server.
_MIRROR = "kubernetes.io/config.mirror"
_STATIC = "kubernetes.io/config.source"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)


def _something(value: object) -> object:
    return () if value is None else value


def _mapping(value: object) -> object:
    return {} if value is None else value


Words = Annotated[dict[str, str], BeforeValidator(_mapping)]
_Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]


class Named(_Part):
    name: _Text = ""


class Port(Named):
    container_port: int = 0
    protocol: _Text = "TCP"


class Container(Named):
    env: Annotated[tuple[Named, ...], BeforeValidator(_something)] = ()
    ports: Annotated[tuple[Port, ...], BeforeValidator(_something)] = ()


class Owner(_Part):
    kind: _Text = ""


class Metadata(_Part):
    annotations: Words = {}
    labels: Words = {}
    owner_references: Annotated[tuple[Owner, ...], BeforeValidator(_something)] = ()
    namespace: _Text = ""


class System(_Part):
    name: _Text = ""


class Spec(_Part):
    containers: Annotated[tuple[Container, ...], BeforeValidator(_something)] = ()
    init_containers: Annotated[tuple[Container, ...], BeforeValidator(_something)] = ()
    volumes: Annotated[tuple[Named, ...], BeforeValidator(_something)] = ()
    host_network: bool | None = None
    node_selector: Words = {}
    os: System | None = None
    restart_policy: _Text = "Always"


class Pod(_Part):
    metadata: Metadata = Metadata()
    spec: Spec

    @property
    def containers(self) -> tuple[Container, ...]:
        return (*self.spec.init_containers, *self.spec.containers)

    @property
    def is_static(self) -> bool:
        return not self.metadata.annotations.keys().isdisjoint((_MIRROR, _STATIC))

    @property
    def is_for_windows(self) -> bool:
        named = self.spec.os.name if self.spec.os else ""
        return "windows" in (named, self.spec.node_selector.get("kubernetes.io/os"))

    @property
    def ends(self) -> bool:
        """It is done when its app is: a container that stays would keep it from that."""
        owners = {owner.kind for owner in self.metadata.owner_references}
        return "Job" in owners or self.spec.restart_policy in ("Never", "OnFailure")

    @property
    def has_candor(self) -> bool:
        return any(container.name == CONTAINER for container in self.containers)

    @property
    def is_injected(self) -> bool:
        return self.has_candor and INJECTED in self.metadata.annotations
