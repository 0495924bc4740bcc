"""Pods as controllers make them, reviews of them, and what becomes of them."""

import base64
import copy
import json
from typing import Any

from tests.helm.kubernetes import VERSIONS, complaints

Json = dict[str, Any]

APP: Json = {
    "name": "app",
    "image": "registry.example/shop:7",
    "ports": [{"name": "http", "containerPort": 9000}],
    "env": [{"name": "MODE", "value": "live"}],
}
ASKS = {"candor.dev/inject": "true"}


def template(**spec: Any) -> Json:
    """What stands under `template` in a Deployment, a Job and a StatefulSet."""
    return {
        "metadata": {"labels": {"app": "shop"}, "annotations": dict(ASKS)},
        "spec": {"containers": [copy.deepcopy(APP)], **spec},
    }


def pod(
    made_of: Json | None = None, owner: str = "ReplicaSet", annotations: Json | None = None
) -> Json:
    """As the controller of that kind makes it: with a generated name and an owner."""
    parts = copy.deepcopy(made_of or template())
    parts["metadata"] |= {
        "generateName": "shop-",
        "namespace": "shop",
        "ownerReferences": [
            {
                "apiVersion": "apps/v1",
                "kind": owner,
                "name": "shop",
                "uid": "1",
                "controller": True,
            }
        ],
    }
    parts["metadata"]["annotations"] |= annotations or {}
    return {"apiVersion": "v1", "kind": "Pod", **parts}


def review(of: Any, **request: Any) -> Json:
    """The whole document that an API server sends."""
    kind = {"group": "", "version": "v1", "kind": "Pod"}
    resource = {"group": "", "version": "v1", "resource": "pods"}
    return {
        "kind": "AdmissionReview",
        "apiVersion": "admission.k8s.io/v1",
        "request": {
            "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
            "kind": kind,
            "resource": resource,
            "requestKind": kind,
            "requestResource": resource,
            "namespace": "shop",
            "operation": "CREATE",
            "userInfo": {"username": "system:serviceaccount:kube-system:replicaset-controller"},
            "object": of,
            "oldObject": None,
            "dryRun": False,
            "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1"},
            **request,
        },
    }


def patch_of(answer: Json) -> list[Json]:
    response = answer["response"]
    if "patch" not in response:
        return []
    assert response["patchType"] == "JSONPatch"
    found: list[Json] = json.loads(base64.b64decode(response["patch"], validate=True))
    return found


def patched(before: Json, patch: list[Json]) -> Json:
    """RFC 6902, as far as `add` goes: all that the injector does."""
    after = copy.deepcopy(before)
    for operation in patch:
        assert operation["op"] == "add"
        _add(after, operation["path"], copy.deepcopy(operation["value"]))
    return after


def _add(document: Any, path: str, value: Any) -> None:
    assert path.startswith("/")
    steps = [step.replace("~1", "/").replace("~0", "~") for step in path[1:].split("/")]
    place = document
    for step in steps[:-1]:
        place = place[int(step)] if isinstance(place, list) else place[step]
    last = steps[-1]
    if isinstance(place, dict):
        place[last] = value
        return
    index = len(place) if last == "-" else int(last)
    assert index <= len(place)
    place.insert(index, value)


def check(whole: Json) -> None:
    """Against the schemas of Kubernetes, strictly: no field that it does not know."""
    named = {**whole, "metadata": {"name": "shop-x7k2p", **whole["metadata"]}}
    for version in VERSIONS:
        assert complaints([named], version) == []


def containers(of: Json, place: str = "initContainers") -> list[str]:
    return [container["name"] for container in of["spec"].get(place) or []]


def variables(container: Json) -> dict[str, str | None]:
    return {one["name"]: one.get("value") for one in container.get("env") or []}


def candor(of: Json) -> Json:
    spec = of["spec"]
    (found,) = (
        one
        for one in (spec.get("initContainers") or []) + spec["containers"]
        if one["name"] == "candor"
    )
    return dict(found)
