"""Values that stop `helm install`, and the words that say why."""

from typing import Any

import pytest

from tests.helm.rendering import CHART, LIBRARY, Helm

REDIS = {"redis": {"kind": "own"}}
MISSPELT: list[tuple[dict[str, Any], str]] = [
    ({"replica": 2}, "replica"),
    ({"image": {"repo": "x"}}, "repo"),
    ({"worker": {"keda": {"enable": True}}}, "enable"),
    ({"sidecar": {"injected": {"nativ": "auto"}}}, "nativ"),
    ({"metrics": {"serviceMonitors": {}}}, "serviceMonitors"),
    ({"config": {"polices": {}}}, "polices"),
    ({"config": {"server": {"prot": 1}}}, "prot"),
    ({"config": {"policies": {"default": {"tier": []}}}}, "tier"),
    ({"probes": {"readiness": {"path": "/"}}}, "path"),
    ({"secrets": {"CANDOR_X": {"name": "a", "kee": "b"}}}, "kee"),
    ({"mounts": {"a": {"path": "/a", "secret": "s", "mode": 1}}}, "mode"),
]
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"mode": "daemonset"}, "mode"),
    ({"replicas": 0}, "replicas"),
    ({"service": {"port": 99999}}, "port"),
    ({"security": {"user": 0}}, "user"),
    ({"image": {"digest": "sha256:12"}}, "digest"),
    ({"redis": {"kind": "bitnami"}}, "kind"),
    ({"screenReview": {"schedule": "hourly"}}, "schedule"),
    ({"mounts": {"a": {"path": "relative", "claim": "c"}}}, "path"),
    ({"mounts": {"a": {"path": "/a", "claim": "c", "secret": "s"}}}, "mounts"),
    ({"mounts": {"a": {"path": "/a"}}}, "mounts"),
    ({"config": {"server": {"workers": "two"}}}, "workers"),
    ({"sidecar": {"timeoutSeconds": 31}}, "timeoutSeconds"),
]
LITERAL_SECRETS: list[tuple[dict[str, Any], str]] = [
    ({"secrets": {"CANDOR_MODELS__JUDGE__API_KEY": "sk-123"}}, "API_KEY"),
    ({"env": {"CANDOR_MODELS__JUDGE__API_KEY": "sk-123"}}, "API_KEY"),
    ({"env": {"CANDOR_REDIS__PASSWORD": "x"}}, "PASSWORD"),
    ({"config": {"redis": {"password": "sk-123"}}}, "password"),
    ({"config": {"ledger": {"kind": "sql", "path": "a", "password": "sk-123"}}}, "ledger"),
    (
        {
            "config": {
                "models": {"judge": {"base_url": "http://a/v1", "model": "m", "api_key": "sk-123"}}
            }
        },
        "judge",
    ),
    ({"redis": {"kind": "external", "url": "redis://u:sk-123@r:6379/0"}}, "url"),
    ({"config": {"ledger": {"kind": "sql", "url": "postgresql://u:sk-123@db/candor"}}}, "ledger"),
]
CONTRADICTIONS: list[tuple[dict[str, Any], str]] = [
    ({"replicas": 3, "autoscaling": {"enabled": True}}, "leave replicas out"),
    ({"autoscaling": {"enabled": True, "min": 9, "max": 3}}, "is more than autoscaling.max"),
    ({"autoscaling": {"enabled": True, "cpu": 0}}, "needs one of cpu"),
    ({"worker": {"enabled": True}}, "worker.enabled needs redis.kind"),
    (REDIS | {"worker": {"keda": {"enabled": True}}}, "needs worker.enabled"),
    (REDIS | {"worker": {"enabled": True, "keda": {"enabled": True}}}, "the address of Prometheus"),
    (REDIS | {"worker": {"enabled": True, "replicas": 2, "keda": {"enabled": True, "prometheus": "http://p"}}}, "leave worker.replicas out"),
    (REDIS | {"worker": {"enabled": True, "keda": {"enabled": True, "prometheus": "http://p", "min": 9, "max": 3}}}, "is more than worker.keda.max"),
    (REDIS | {"worker": {"enabled": True}, "config": {"jobs": {"kind": "memory"}}}, "contradict each other"),
    ({"redis": {"kind": "external"}}, "needs redis.url"),
    ({"redis": {"kind": "own", "url": "redis://r"}}, "external is meant"),
    ({"redis": {"passwordSecret": {"name": "r"}}}, "redis.kind is none"),
    ({"config": {"redis": {"url": "redis://r:1/0"}}}, "use redis.kind: external"),
    ({"config": {"cache": {"kind": "redis"}}}, "config.cache.kind: redis needs"),
    ({"config": {"jobs": {"kind": "redis"}}}, "config.jobs.kind: redis needs"),
    ({"config": {"server": {"port": 9000}}}, "use service.port"),
    ({"screenReview": {"enabled": True}}, "the classifier's folder"),
    ({"screenReview": {"enabled": True}, "mounts": {"s": {"path": "/s", "claim": "s", "readOnly": False}}}, "config.ledger.kind: sql"),
    ({"ingress": {"enabled": True}}, "ingress.host"),
    ({"ingress": {"enabled": True, "host": "a.example"}}, "lets everybody in"),
    ({"metrics": {"podMonitor": {"enabled": True}}}, "needs mode: sidecar"),
    ({"config": {"models": {"judge": {"base_url": "http://a/v1", "model": "m"}}}}, "networkPolicy.egress is empty"),
    ({"mode": "sidecar", "ingress": {"enabled": True}}, "needs mode: deployment"),
    ({"mode": "sidecar", "worker": {"enabled": True}}, "needs mode: deployment"),
    ({"mode": "sidecar", "autoscaling": {"enabled": True}}, "needs mode: deployment"),
    ({"mode": "sidecar", "screenReview": {"enabled": True}}, "needs mode: deployment"),
    ({"mode": "sidecar", "replicas": 2}, "sidecar.replicas"),
    ({"mode": "sidecar"} | REDIS, "config.redis"),
    ({"mode": "sidecar", "metrics": {"serviceMonitor": {"enabled": True}}}, "podMonitor"),
    ({"mode": "sidecar", "secrets": {"CANDOR_A__B": {"name": "a", "key": "b"}}}, "namespace of each pod"),
    ({"mode": "sidecar", "mounts": {"a": {"path": "/a", "claim": "c"}}}, "injected pods get none"),
    ({"mode": "sidecar", "sidecar": {"certificates": {"issuer": {"name": "ca"}}}}, "kind: cert-manager"),
]  # fmt: skip


@pytest.mark.parametrize(("values", "named"), MISSPELT)
def test_a_misspelt_value_is_refused(helm: Helm, values: dict[str, Any], named: str) -> None:
    said = helm.refusal(values)
    assert f"additional properties '{named}' not allowed" in said


@pytest.mark.parametrize(("values", "named"), WRONG)
def test_a_wrong_value_is_refused(helm: Helm, values: dict[str, Any], named: str) -> None:
    assert named in helm.refusal(values)


@pytest.mark.parametrize(("values", "named"), LITERAL_SECRETS)
def test_a_literal_secret_is_refused_and_not_repeated(
    helm: Helm, values: dict[str, Any], named: str
) -> None:
    said = helm.refusal(values)
    assert named in said
    assert "don't meet the specifications of the schema" in said


@pytest.mark.parametrize(("values", "words"), CONTRADICTIONS)
def test_what_contradicts_itself_stops_with_words(
    helm: Helm, values: dict[str, Any], words: str
) -> None:
    assert words in helm.refusal(values)


def test_an_old_cluster_knows_no_native_sidecars(helm: Helm) -> None:
    values = {"mode": "sidecar", "sidecar": {"injected": {"native": "always"}}}
    with pytest.raises(AssertionError, match=r"needs Kubernetes 1\.29"):
        helm.template(values, CHART, kube="1.28.0")


def test_both_charts_ask_for_the_same_cluster() -> None:
    wanted = [
        line
        for chart in (CHART, LIBRARY)
        for line in (chart / "Chart.yaml").read_text().splitlines()
        if line.startswith("kubeVersion")
    ]
    assert len(set(wanted)) == 1
