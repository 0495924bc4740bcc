"""The container for one pod: the template, and what the pod's annotations say otherwise."""

from dataclasses import dataclass

from candor.injector.quantity import amount
from candor.injector.refusals import BadAnnotation
from candor.injector.template import Json, Template
from candor.injector.wishes import Wishes

_CONFIG = "candor-config"
_CONFIG_FOLDER = "/etc/candor"
_NO_TOKEN = "candor-no-token"  # noqa: S105 # the name of a volume
_TOKEN_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 # a folder


@dataclass(frozen=True, slots=True)
class Sidecar:
    container: Json
    volumes: tuple[Json, ...]
    port: int

    @property
    def port_name(self) -> str:
        return str(self.container["ports"][0]["name"])


def made(template: Template, wishes: Wishes, *, native: bool) -> Sidecar:
    """Raises: BadAnnotation."""
    port = wishes.port or template.port
    container = dict(template.container)
    container["image"] = wishes.image or container["image"]
    container["ports"] = [{**container["ports"][0], "containerPort": port}]
    container["env"] = _environment(template, wishes, port)
    container["envFrom"] = [
        *container["envFrom"],
        *({"secretRef": {"name": name}} for name in wishes.secrets),
    ]
    container["resources"] = _resources(container.get("resources") or {}, wishes)
    container |= _probes(container, template.port, port)
    if native:
        container["restartPolicy"] = "Always"
    folders = _Folders(list(container["volumeMounts"]), list(template.volumes))
    folders.without_token()
    if wishes.config:
        folders.with_config(wishes.config)
    container["volumeMounts"] = folders.mounts
    kept = {key: part for key, part in container.items() if part not in ([], {})}
    return Sidecar(kept, tuple(folders.volumes), port)


def _environment(template: Template, wishes: Wishes, port: int) -> list[Json]:
    own: dict[str, str] = {}
    given: list[Json] = template.container["env"]
    if wishes.config:
        # Variables count more than the file: with those of the template, parts of the pod's own
        # configuration would silently not hold. References to Secrets stay.
        given = [one for one in given if "valueFrom" in one or not _is_setting(one["name"])]
        own["CANDOR_CONFIG"] = f"{_CONFIG_FOLDER}/candor.yaml"
        own["CANDOR_SERVER__HOST"] = "0.0.0.0"  # noqa: S104 # the kubelet's probes come from outside
    if wishes.config or wishes.port:
        own["CANDOR_SERVER__PORT"] = str(port)
    if wishes.log_level:
        own["CANDOR_LOGS__LEVEL"] = wishes.log_level
    if wishes.policy:
        own["CANDOR_TENANTS__DEFAULT__DEFAULT_POLICY"] = wishes.policy
    kept = [one for one in given if one["name"] not in own]
    return kept + [{"name": name, "value": value} for name, value in own.items()]


def _is_setting(name: str) -> bool:
    return name.startswith("CANDOR_")


def _resources(given: Json, wishes: Wishes) -> Json:
    """Raises: BadAnnotation."""
    both = {
        kind: {**(given.get(kind) or {}), **wishes.resources.get(kind, {})}
        for kind in ("requests", "limits")
    }
    mistakes = [
        f"{resource}: Candor's request of {asked} is above its limit of "
        f"{both['limits'][resource]}: set both candor.dev/{resource}-request and "
        f"candor.dev/{resource}-limit"
        for resource, asked in both["requests"].items()
        if wishes.resources and _above(asked, both["limits"].get(resource))
    ]
    if mistakes:
        raise BadAnnotation(mistakes)
    return {kind: amounts for kind, amounts in both.items() if amounts}


def _above(asked: object, limit: object) -> bool:
    wanted, most = amount(str(asked)), amount(str(limit))
    return wanted is not None and most is not None and wanted > most


def _probes(container: Json, before: int, port: int) -> Json:
    """Those that name the port by its number follow it."""
    followed = {}
    for name in ("startupProbe", "livenessProbe", "readinessProbe"):
        probe = container.get(name) or {}
        if (probe.get("httpGet") or {}).get("port") == before:
            followed[name] = {**probe, "httpGet": {**probe["httpGet"], "port": port}}
    return followed


@dataclass(frozen=True, slots=True)
class _Folders:
    mounts: list[Json]
    volumes: list[Json]

    def without_token(self) -> None:
        """The API server gives its token to each container that has nothing at that place, also
        to ours and after us: an empty folder is there first."""
        if all(mount.get("mountPath") != _TOKEN_FOLDER for mount in self.mounts):
            self.mounts.append({"name": _NO_TOKEN, "mountPath": _TOKEN_FOLDER, "readOnly": True})
            self.volumes.append({"name": _NO_TOKEN, "emptyDir": {"sizeLimit": "1Mi"}})

    def with_config(self, config_map: str) -> None:
        self.volumes[:] = [volume for volume in self.volumes if volume["name"] != _CONFIG]
        self.volumes.append({"name": _CONFIG, "configMap": {"name": config_map}})
        self.mounts[:] = [
            mount for mount in self.mounts if mount.get("mountPath") != _CONFIG_FOLDER
        ]
        # As a folder: a single file would not follow the ConfigMap.
        self.mounts.append({"name": _CONFIG, "mountPath": _CONFIG_FOLDER, "readOnly": True})
