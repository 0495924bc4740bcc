"""Charts as `helm` renders them, and what Kubernetes says of the result."""

import functools
import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

HELM = Path(__file__).parents[2] / "helm"
CHART = HELM / "candor"
LIBRARY = HELM / "candor-sidecar"
RELEASE, NAMESPACE = "safety", "guards"
Manifest = dict[str, Any]


def find_helm() -> str | None:
    """CANDOR_TEST_HELM may name the program, or be `required`."""
    named = os.environ.get("CANDOR_TEST_HELM", "required")
    return shutil.which("helm" if named == "required" else named)


@dataclass(frozen=True, slots=True)
class Helm:
    binary: str

    def lint(self, chart: Path, values: Path | None = None) -> str:
        """Raises: AssertionError with helm's words."""
        more = ["-f", str(values)] if values else []
        return self._run("lint", "--strict", "--kube-version", "1.29.0", str(chart), *more)

    def template(self, values: object, chart: Path = CHART, kube: str = "1.29.0") -> "Rendered":
        """Of values as a mapping, or a file. Raises: AssertionError with helm's words."""
        text = self._run(*_template(chart, kube), input=_written(values))
        documents = [one for one in yaml.load_all(text, yaml.CSafeLoader) if one]
        return Rendered(tuple(documents))

    def template_with(self, chart: Path, settings: Sequence[str]) -> "Rendered":
        """Of `name=value`, as after --set. Raises: AssertionError with helm's words."""
        options = [word for one in settings for word in ("--set", one)]
        text = self._run(*_template(chart, "1.29.0"), *options, input="{}")
        return Rendered(tuple(one for one in yaml.load_all(text, yaml.CSafeLoader) if one))

    def refusal(self, values: object, chart: Path = CHART) -> str:
        """What helm says of values that it must not take."""
        done = self._done(*_template(chart, "1.29.0"), input=_written(values))
        assert done.returncode != 0, "these values were taken"
        return done.stderr

    def notes(self, values: object, scratch: Path) -> str:
        """`helm template` leaves them out, so a copy of the chart has them in a manifest."""
        copy = shutil.copytree(CHART, scratch / "candor")
        (copy / "templates" / "NOTES.txt").unlink()
        notes = '{{ include "candor.notes" . | toJson }}'
        manifest = f'{{"kind": "Notes", "metadata": {{"name": "notes"}}, "text": {notes}}}'
        (copy / "templates" / "notes.yaml").write_text(manifest, "utf-8")
        return str(self.template(values, copy).one("Notes", "notes")["text"])

    def package(self, chart: Path, into: Path) -> None:
        self._run("package", str(chart), "-d", str(into))

    def _run(self, *arguments: str, input: str = "") -> str:  # noqa: A002 - as subprocess has it
        done = self._done(*arguments, input=input)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def _done(self, *arguments: str, input: str) -> subprocess.CompletedProcess[str]:  # noqa: A002
        return _ran((self.binary, *arguments), input)


@functools.cache
def _ran(command: tuple[str, ...], given: str) -> subprocess.CompletedProcess[str]:
    """Once for the same words: many tests look at one rendering."""
    # No cluster, whatever the machine's owner has one.
    alone = os.environ | {"KUBECONFIG": os.devnull}
    return subprocess.run(
        command,
        input=given,
        env=alone,
        text=True,
        capture_output=True,
        check=False,
        timeout=60,
    )


def _template(chart: Path, kube: str) -> Sequence[str]:
    name = ["template", RELEASE, str(chart), "--namespace", NAMESPACE]
    return [*name, "--kube-version", kube, "-f", "-"]


def _written(values: object) -> str:
    return values.read_text("utf-8") if isinstance(values, Path) else json.dumps(values)


@dataclass(frozen=True, slots=True)
class Rendered:
    manifests: tuple[Manifest, ...]

    def all(self, kind: str) -> dict[str, Manifest]:
        """By name, without the release's."""
        return {_short(one): one for one in self.manifests if one["kind"] == kind}

    def one(self, kind: str, name: str = "candor") -> Manifest:
        return self.all(kind)[name]

    @property
    def pods(self) -> dict[str, Manifest]:
        """The specs of all pods, by kind and name of who makes them."""
        return {
            f"{one['kind']}/{_short(one)}": pod_of(one) for one in self.manifests if pod_of(one)
        }

    @property
    def config(self) -> Manifest:
        """What Candor reads."""
        text = self.one("ConfigMap")["data"]["candor.yaml"]
        loaded: Manifest = yaml.safe_load(text)
        return loaded


def _short(manifest: Mapping[str, Any]) -> str:
    return str(manifest["metadata"]["name"]).removeprefix(f"{RELEASE}-")


def pod_of(manifest: Manifest) -> Manifest:
    """Its spec; empty where it makes no pod."""
    spec = manifest.get("spec", {})
    if manifest["kind"] == "Pod":
        return dict(spec)
    template = spec.get("jobTemplate", {}).get("spec", spec).get("template", {})
    return dict(template.get("spec", {}))
