"""`candor.sidecar` in somebody else's chart."""

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from candor import settings
from tests.helm.kubernetes import VERSIONS, complaints
from tests.helm.rendering import LIBRARY, Helm, Rendered

CONSUMER = {
    "Chart.yaml": {
        "apiVersion": "v2",
        "name": "chat",
        "version": "7.7.7",
        "appVersion": "9.9.9",
        "dependencies": [{"name": "candor-sidecar", "version": "0.1.0"}],
    },
    "values.yaml": {},
}
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: chat}
spec:
  {{ ternary "initContainers" "containers" (index .Values "candor-sidecar").native }}:
    {{- include "candor.sidecar" . | nindent 4 }}
  {{- if not (index .Values "candor-sidecar").native }}
    - {name: app, image: "app:1"}
  {{- else }}
  containers:
    - {name: app, image: "app:1"}
  {{- end }}
  volumes:
    {{- include "candor.sidecar.volumes" . | nindent 4 }}
"""


@pytest.fixture
def consumer(helm: Helm, tmp_path: Path) -> Path:
    chart = tmp_path / "chat"
    (chart / "templates").mkdir(parents=True)
    for name, content in CONSUMER.items():
        (chart / name).write_text(yaml.safe_dump(content), "utf-8")
    (chart / "templates" / "pod.yaml").write_text(POD, "utf-8")
    helm.package(LIBRARY, chart / "charts")
    return chart


def pod(helm: Helm, chart: Path, **values: object) -> dict[str, Any]:
    rendered: Rendered = helm.template({"candor-sidecar": values}, chart)
    for version in VERSIONS:
        assert complaints(rendered.manifests, version) == []
    return dict(rendered.one("Pod", "chat")["spec"])


def test_candor_starts_before_the_app_and_stays(helm: Helm, consumer: Path) -> None:
    [sidecar] = pod(helm, consumer)["initContainers"]
    assert sidecar["restartPolicy"] == "Always"
    assert sidecar["startupProbe"]["httpGet"]["port"] == sidecar["ports"][0]["name"]
    assert sidecar["image"] == "candor:0.1.0"


def test_on_old_clusters_it_is_a_container_like_others(helm: Helm, consumer: Path) -> None:
    spec = pod(helm, consumer, native=False)
    assert [one["name"] for one in spec["containers"]] == ["candor", "app"]
    assert "restartPolicy" not in spec["containers"][0]


def test_it_is_locked_whatever_the_pod_is(helm: Helm, consumer: Path) -> None:
    [sidecar] = pod(helm, consumer)["initContainers"]
    security = sidecar["securityContext"]
    assert security["readOnlyRootFilesystem"] is True
    assert security["runAsNonRoot"] is True
    assert security["capabilities"] == {"drop": ["ALL"]}


def test_candor_reads_its_configuration_from_the_environment(
    helm: Helm, consumer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config: dict[str, Any] = {
        "policies": {"default": {"tiers": [{"kind": "screen"}], "on_inconclusive": "block"}}
    }
    config |= {"server": {"shutdown_seconds": 7}, "limits": {"max_body_bytes": 67108864}}
    secrets = {"CANDOR_MODELS__JUDGE__API_KEY": {"name": "models", "key": "judge"}}
    [sidecar] = pod(helm, consumer, config=config, port=8181, secrets=secrets)["initContainers"]
    for name in [one for one in os.environ if one.startswith("CANDOR_")]:
        monkeypatch.delenv(name)
    for variable in sidecar["env"]:
        if "value" in variable:
            monkeypatch.setenv(variable["name"], variable["value"])
    read = settings.load()
    assert (read.server.host, read.server.port) == ("0.0.0.0", 8181)
    assert (read.server.shutdown_seconds, read.server.drain_seconds) == (7, 0)
    assert read.policies["default"].on_inconclusive == "block"
    assert read.limits.max_body_bytes == 67108864
    assert [one["name"] for one in sidecar["env"] if "valueFrom" in one] == list(secrets)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"prot": 1}, "additional properties 'prot' not allowed"),
        ({"config": {"polices": {}}}, "additional properties 'polices' not allowed"),
        ({"secrets": {"CANDOR_A__B": "sk-1"}}, "CANDOR_A__B"),
    ],
)
def test_its_values_are_closed_too(
    helm: Helm, consumer: Path, values: dict[str, Any], words: str
) -> None:
    assert words in helm.refusal({"candor-sidecar": values}, consumer)
