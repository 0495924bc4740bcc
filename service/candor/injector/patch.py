"""The changes to a pod, as RFC 6902 has them."""

from collections.abc import Iterable, Mapping

from pydantic import JsonValue

from candor import __version__
from candor.injector.container import Sidecar
from candor.injector.pod import INJECTED, NOT_INJECTED, Container, Named, Pod
from candor.injector.review import Operation
from candor.injector.template import Json

_DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container"
# Labels may say less than annotations: this one is for selectors.
_LABELS = {INJECTED: "true"}


def injected(pod: Pod, sidecar: Sidecar, url_env: str, *, native: bool) -> tuple[Operation, ...]:
    spec, meta = pod.spec, pod.metadata
    marks = {INJECTED: __version__}
    if not native and spec.containers and _DEFAULT_CONTAINER not in meta.annotations:
        # People mean the app when they ask for logs, and Candor stands before it.
        marks[_DEFAULT_CONTAINER] = spec.containers[0].name
    place = "initContainers" if native else "containers"
    there = spec.init_containers if native else spec.containers
    return (
        *_told(pod, sidecar.port, url_env, native=native),
        _first(f"/spec/{place}", sidecar.container, there),
        *_appended("/spec/volumes", sidecar.volumes, spec.volumes),
        *_marked("/metadata/annotations", marks, meta.annotations),
        *_marked("/metadata/labels", _LABELS, meta.labels),
    )


def noted(pod: Pod, reason: str) -> tuple[Operation, ...]:
    """For those who look at the pod: warnings reach only who made it, often a controller."""
    if pod.metadata.annotations.get(NOT_INJECTED) == reason:
        return ()
    return tuple(
        _marked("/metadata/annotations", {NOT_INJECTED: reason}, pod.metadata.annotations)
    )


def _told(pod: Pod, port: int, url_env: str, *, native: bool) -> Iterable[Operation]:
    """The app's containers get the address; with a native sidecar its init containers too, for
    then Candor answers already."""
    if not url_env:
        return
    variable: Json = {"name": url_env, "value": f"http://127.0.0.1:{port}"}
    places = {"containers": pod.spec.containers}
    if native:
        places["initContainers"] = pod.spec.init_containers
    for place, containers in places.items():
        for index, container in enumerate(containers):
            if not _has(container, url_env):
                # First, so that the app's own variables can refer to it.
                yield _first(f"/spec/{place}/{index}/env", variable, container.env)


def _has(container: Container, variable: str) -> bool:
    return any(one.name == variable for one in container.env)


def _first(path: str, part: Json, there: tuple[Named, ...]) -> Operation:
    # What is missing, null or empty becomes a list.
    return _add(f"{path}/0", part) if there else _add(path, [part])


def _appended(path: str, parts: tuple[Json, ...], there: tuple[Named, ...]) -> Iterable[Operation]:
    if not there:
        return [_add(path, list(parts))]
    return [_add(f"{path}/-", part) for part in parts]


def _marked(path: str, marks: Mapping[str, str], there: Mapping[str, str]) -> Iterable[Operation]:
    if not there:
        return [_add(path, dict(marks))]
    return [_add(f"{path}/{_escaped(key)}", value) for key, value in marks.items()]


def _add(path: str, value: JsonValue) -> Operation:
    return {"op": "add", "path": path, "value": value}


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
