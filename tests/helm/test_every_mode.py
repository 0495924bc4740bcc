"""What holds for the chart with whatever values."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from candor.cli.main import app
from candor.settings import Settings
from tests.helm.kubernetes import VERSIONS, complaints
from tests.helm.rendering import CHART, LIBRARY, NAMESPACE, RELEASE, Helm, Rendered

CLUSTER_WIDE = {"MutatingWebhookConfiguration", "ClusterRole", "ClusterRoleBinding"}


@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_takes_every_manifest(rendered: Rendered, version: str) -> None:
    assert complaints(rendered.manifests, version) == []


def test_a_misspelt_field_of_a_manifest_would_be_seen(helm: Helm) -> None:
    deployment = helm.template({}).one("Deployment")
    deployment["spec"]["template"]["spec"]["enableServiceLink"] = False
    assert any("enableServiceLink" in one for one in complaints([deployment], VERSIONS[0]))


def test_the_linter_has_nothing_to_say(helm: Helm, example: Path) -> None:
    said = helm.lint(CHART, example)
    assert "[WARNING]" not in said
    assert "[ERROR]" not in said


def test_the_linter_has_nothing_to_say_of_the_library(helm: Helm) -> None:
    assert "[WARNING]" not in helm.lint(LIBRARY)


def test_candor_takes_the_configuration(rendered: Rendered) -> None:
    found = [one["data"].get("candor.yaml") for one in rendered.all("ConfigMap").values()]
    texts = [text for text in found if text]
    # An injector reads none: it hands it on.
    assert len(texts) == (0 if rendered.all("MutatingWebhookConfiguration") else 1)
    for text in texts:
        assert Settings(**yaml.safe_load(text)).server.host == "0.0.0.0"


def test_no_two_things_have_one_name(rendered: Rendered) -> None:
    names = [(one["kind"], one["metadata"]["name"]) for one in rendered.manifests]
    assert len(names) == len(set(names))


def test_names_begin_with_the_release_and_are_in_its_namespace(rendered: Rendered) -> None:
    for one in rendered.manifests:
        metadata = one["metadata"]
        if one["kind"] in CLUSTER_WIDE:
            assert metadata["name"].startswith(f"{NAMESPACE}-{RELEASE}")
        else:
            assert metadata["namespace"] == NAMESPACE
            assert metadata["name"].startswith(RELEASE)
        assert len(metadata["name"]) <= 63
        assert metadata["labels"]["app.kubernetes.io/instance"] == RELEASE


def test_no_pod_is_trusted_more_than_it_needs(rendered: Rendered) -> None:
    for spec in rendered.pods.values():
        security = spec["securityContext"]
        assert security["runAsNonRoot"] is True
        assert security["runAsUser"] > 0
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}
        assert spec["enableServiceLinks"] is False
        for container in spec["containers"]:
            _is_locked(container)


def _is_locked(container: dict[str, Any]) -> None:
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["limits"]["memory"]
    assert container["resources"]["requests"]["cpu"]


def test_only_the_injector_with_a_certificate_of_its_own_has_a_token(rendered: Rendered) -> None:
    with_token = {n for n, spec in rendered.pods.items() if spec["automountServiceAccountToken"]}
    own = rendered.all("ClusterRole")
    assert with_token == ({"Deployment/candor-injector"} if own else set())
    for account in rendered.all("ServiceAccount").values():
        assert account["automountServiceAccountToken"] is False


def test_pods_are_found_by_what_selects_them(rendered: Rendered) -> None:
    labels = [
        one["spec"]["template"]["metadata"]["labels"]
        for kind in ("Deployment", "StatefulSet")
        for one in rendered.all(kind).values()
    ]
    selectors = [one["spec"]["selector"] for one in rendered.all("Service").values()]
    selectors += [
        one["spec"]["selector"]["matchLabels"]
        for one in rendered.all("PodDisruptionBudget").values()
    ]
    for selector in selectors:
        assert sum(selector.items() <= one.items() for one in labels) == 1, selector


def test_ports_are_called_by_names_that_exist(rendered: Rendered) -> None:
    for spec in rendered.pods.values():
        for container in spec["containers"]:
            names = {port["name"] for port in container.get("ports", [])}
            for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
                probe = container.get(kind, {})
                asked = probe.get("httpGet") or probe.get("tcpSocket")
                assert asked is None or asked["port"] in names


def test_candor_knows_the_commands_and_options_of_its_pods(rendered: Rendered) -> None:
    for spec in rendered.pods.values():
        for container in spec["containers"]:
            # Redis and `helm test` are programs of their own.
            if "command" not in container:
                _parse(container["args"])


def test_an_option_that_candor_does_not_know_would_be_seen() -> None:
    with pytest.raises(Exception, match="No such option"):
        _parse(["webhook", "--certs", "/tls"])


def _parse(arguments: list[str]) -> None:
    """Raises: the library's error, in words, where an option is not known."""
    command: Any = typer.main.get_command(app)
    left = list(arguments)
    while hasattr(command, "commands"):
        command = command.commands[left.pop(0)]
    command.make_context(command.name, left)


def test_no_secret_is_written_anywhere(rendered: Rendered) -> None:
    for secret in rendered.all("Secret").values():
        assert not {"data", "stringData"} & set(secret)
    text = json.dumps([one for one in rendered.manifests if one["kind"] != "ConfigMap"])
    assert "stringData" not in text
