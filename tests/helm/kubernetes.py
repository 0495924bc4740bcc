"""Whether Kubernetes would take a manifest: its schemas, and our own of what is not its own."""

import functools
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from kubernetes_validate import utils
from referencing import Registry, Resource

from tests.helm.rendering import Manifest

VERSIONS = ("1.29", utils.latest_version())
_CUSTOM = Path(__file__).parent / "custom_resources.yaml"


def complaints(manifests: Iterable[Manifest], version: str) -> list[str]:
    """In words; none where all is well. A kind that nobody knows is one too."""
    found = []
    for one in manifests:
        name = f"{one['kind']}/{one['metadata']['name']}"
        errors = _validator(one["apiVersion"], one["kind"], version).iter_errors(one)
        found += [f"{name} {error.json_path}: {error.message}" for error in errors]
    return found


@functools.cache
def _validator(api: str, kind: str, version: str) -> jsonschema.Draft202012Validator:
    own = _custom().get(f"{api}/{kind}")
    if own is not None:
        return jsonschema.Draft202012Validator(own)
    group, _, number = api.rpartition("/")
    known = f"{group.partition('.')[0]}-{number}" if group else number
    schema = utils.schema_contents(f"{_folder(version)}/{kind.lower()}-{known}.json", version)
    definitions = Resource.from_contents(_definitions(version))
    registry = definitions @ (Resource.from_contents(schema) @ Registry())
    return jsonschema.Draft202012Validator(schema, registry=registry)


@functools.cache
def _definitions(version: str) -> Any:
    """Tens of thousands of lines: once a version."""
    return utils.schema_contents(f"{_folder(version)}/_definitions.json", version)


def _folder(version: str) -> str:
    full = next(
        one for one in utils.all_versions() if utils.major_minor(one) == utils.major_minor(version)
    )
    return f"kubernetes-json-schema/v{full}-local-strict"


@functools.cache
def _custom() -> dict[str, Any]:
    return dict(yaml.safe_load(_CUSTOM.read_text("utf-8")))
