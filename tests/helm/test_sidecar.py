"""Mode `sidecar`: the injector, and what lets it work."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from candor.injector.template import Template
from tests.helm.conftest import VALUES
from tests.helm.rendering import CHART, LIBRARY, Helm, Rendered

INJECTOR = "candor-injector"


@pytest.fixture(scope="module")
def own(helm: Helm) -> Rendered:
    """With a certificate of its own."""
    return helm.template(VALUES / "sidecar.yaml")


@pytest.fixture(scope="module")
def managed(helm: Helm) -> Rendered:
    """With one of cert-manager's."""
    return helm.template(VALUES / "sidecar-cert-manager.yaml")


def webhook(rendered: Rendered) -> dict[str, Any]:
    [configuration] = rendered.all("MutatingWebhookConfiguration").values()
    [found] = configuration["webhooks"]
    return dict(found)


def injector(rendered: Rendered) -> dict[str, Any]:
    found: dict[str, Any] = rendered.pods[f"Deployment/{INJECTOR}"]["containers"][0]
    return found


def template(rendered: Rendered) -> str:
    return str(rendered.one("ConfigMap", INJECTOR)["data"]["sidecar.yaml"])


def test_there_is_an_injector_and_no_service_to_judge(own: Rendered) -> None:
    assert set(own.all("Deployment")) == {INJECTOR}
    assert set(own.all("Service")) == {INJECTOR}


def test_pods_of_labelled_namespaces_alone_are_looked_at(own: Rendered) -> None:
    asked = webhook(own)
    assert asked["namespaceSelector"]["matchLabels"] == {"candor.dev/injection": "enabled"}
    [never] = asked["namespaceSelector"]["matchExpressions"]
    assert never["values"] == ["kube-system", "guards"]
    [rule] = asked["rules"]
    assert (rule["resources"], rule["operations"]) == (["pods"], ["CREATE"])
    assert asked["objectSelector"]["matchExpressions"][0]["values"] == ["false"]


def test_a_cluster_without_the_injector_still_starts_pods(own: Rendered) -> None:
    asked = webhook(own)
    assert (asked["failurePolicy"], asked["reinvocationPolicy"]) == ("Ignore", "IfNeeded")
    assert (asked["timeoutSeconds"], asked["sideEffects"]) == (5, "None")


def test_whoever_wants_it_strict_can_have_that(managed: Rendered) -> None:
    asked = webhook(managed)
    assert (asked["failurePolicy"], asked["reinvocationPolicy"]) == ("Fail", "Never")
    assert asked["objectSelector"]["matchLabels"] == {"app": "chat"}


def test_the_webhook_is_where_the_service_leads(own: Rendered) -> None:
    where = webhook(own)["clientConfig"]["service"]
    assert where == {
        "name": "safety-candor-injector", "namespace": "guards", "path": "/mutate", "port": 443,
    }  # fmt: skip
    assert where["name"] == own.one("Service", INJECTOR)["metadata"]["name"]
    assert injector(own)["ports"] == [{"name": "https", "containerPort": 8443}]


def test_its_own_certificate_needs_two_objects_and_no_more(own: Rendered) -> None:
    [secret] = own.all("Secret").values()
    [role], [wide] = own.one("Role", INJECTOR)["rules"], own.all("ClusterRole").values()
    assert role["resourceNames"] == [secret["metadata"]["name"]]
    assert "create" not in role["verbs"]
    [configuration] = own.all("MutatingWebhookConfiguration").values()
    assert wide["rules"] == [
        {
            "apiGroups": ["admissionregistration.k8s.io"],
            "resources": ["mutatingwebhookconfigurations"],
            "resourceNames": [configuration["metadata"]["name"]],
            "verbs": ["get", "patch"],
        }
    ]
    said = " ".join(injector(own)["args"])
    assert f"--secret {secret['metadata']['name']}" in said
    assert f"--webhook-configuration {configuration['metadata']['name']}" in said


def test_with_cert_manager_it_has_no_rights_at_all(managed: Rendered) -> None:
    for kind in ("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding", "Secret"):
        assert not managed.all(kind)
    certificate = managed.one("Certificate", INJECTOR)["spec"]
    assert certificate["dnsNames"][0] == "safety-candor-injector.guards.svc"
    assert certificate["issuerRef"]["name"] == managed.one("Issuer", INJECTOR)["metadata"]["name"]
    [configuration] = managed.all("MutatingWebhookConfiguration").values()
    assert configuration["metadata"]["annotations"] == {
        "cert-manager.io/inject-ca-from": "guards/safety-candor-injector"
    }
    pod = managed.pods[f"Deployment/{INJECTOR}"]
    assert certificate["secretName"] in [
        v.get("secret", {}).get("secretName") for v in pod["volumes"]
    ]


def test_an_issuer_of_the_clusters_is_taken(helm: Helm) -> None:
    rendered = helm.template(VALUES / "sidecar-issuer.yaml")
    issuer = rendered.one("Certificate", INJECTOR)["spec"]["issuerRef"]
    assert issuer == {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": "ca"}
    assert not rendered.all("Issuer")


def test_the_injector_takes_the_container_of_the_chart(managed: Rendered, tmp_path: Path) -> None:
    file = tmp_path / "sidecar.yaml"
    file.write_text(template(managed), "utf-8")
    read = Template.read(file)
    assert read.port == 8188
    assert read.container["image"] == "candor:0.1.0"
    names = [one["name"] for one in read.container["env"]]
    assert "CANDOR_POLICIES" in names


def test_old_clusters_get_a_plain_container(helm: Helm) -> None:
    old = helm.template({"mode": "sidecar"}, kube="1.28.0")
    new = helm.template({"mode": "sidecar"}, kube="1.29.0")
    told = [
        args[args.index("--native") + 1] for args in (injector(old)["args"], injector(new)["args"])
    ]
    assert told == ["never", "always"]


def test_a_changed_container_starts_the_injector_again(helm: Helm) -> None:
    both = [
        helm.template({"mode": "sidecar", "sidecar": {"injected": {"port": port}}}).one(
            "Deployment", INJECTOR
        )
        for port in (8080, 8081)
    ]
    assert len({str(one["spec"]["template"]["metadata"]["annotations"]) for one in both}) == 2


def test_sidecars_are_scraped_wherever_they_are(managed: Rendered) -> None:
    spec = managed.one("PodMonitor", "candor-sidecars")["spec"]
    assert spec["namespaceSelector"] == {"any": True}
    container = yaml.safe_load(template(managed))["container"][0]
    assert spec["podMetricsEndpoints"][0]["port"] == container["ports"][0]["name"]


@pytest.mark.parametrize("values", ["own", "managed"])
def test_the_injector_is_scraped_over_tls_by_its_own_name(
    helm: Helm, values: str, managed: Rendered
) -> None:
    monitored = {"mode": "sidecar", "metrics": {"podMonitor": {"enabled": True}}}
    rendered = helm.template(monitored) if values == "own" else managed
    spec = rendered.one("PodMonitor", INJECTOR)["spec"]
    pods = rendered.one("Deployment", INJECTOR)["spec"]["template"]["metadata"]["labels"]
    assert spec["selector"]["matchLabels"].items() <= pods.items()
    [endpoint] = spec["podMetricsEndpoints"]
    assert endpoint["scheme"] == "https"
    assert endpoint["port"] == injector(rendered)["ports"][0]["name"]
    where = webhook(rendered)["clientConfig"]["service"]
    tls = endpoint["tlsConfig"]
    assert tls["serverName"] == f"{where['name']}.{where['namespace']}.svc"
    assert tls["ca"]["secret"] == {"name": f"safety-{INJECTOR}", "key": "ca.crt"}


def test_the_injector_and_the_library_put_in_the_same() -> None:
    chart = CHART / "templates" / "sidecar" / "_sidecar.tpl"
    assert chart.read_text("utf-8") == (LIBRARY / "templates" / "_sidecar.tpl").read_text("utf-8")


def test_it_is_what_the_injector_puts_in_by_itself(own: Rendered, tmp_path: Path) -> None:
    """But for the version, and that a native sidecar need not drain."""
    file = tmp_path / "sidecar.yaml"
    file.write_text(template(own), "utf-8")
    ours, built_in = Template.read(file), Template.read()
    drain = {"name": "CANDOR_SERVER__DRAIN_SECONDS", "value": "0"}
    different = {"image": ours.container["image"], "env": [*built_in.container["env"], drain]}
    assert ours.container == built_in.container | different
    assert ours.volumes == built_in.volumes
