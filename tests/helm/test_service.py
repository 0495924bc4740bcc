"""Mode `deployment`: what is installed, and what each value does."""

import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry

from candor.reloading.differences import RELOADABLE
from candor.telemetry.metrics import Metrics
from tests.helm.conftest import VALUES
from tests.helm.rendering import CHART, Helm, Rendered

NOBODY_ASKED = {"networkPolicy": {"enabled": False}}


def of(helm: Helm, name: str) -> Rendered:
    return helm.template(VALUES / f"{name}.yaml")


def container(rendered: Rendered, pod: str = "Deployment/candor") -> dict[str, Any]:
    found: dict[str, Any] = rendered.pods[pod]["containers"][0]
    return found


def checksum(rendered: Rendered, name: str = "candor") -> str:
    template = rendered.one("Deployment", name)["spec"]["template"]
    return str(template["metadata"]["annotations"]["candor.dev/config-checksum"])


def env(rendered: Rendered, pod: str = "Deployment/candor") -> dict[str, Any]:
    return {one["name"]: one for one in container(rendered, pod)["env"]}


def test_the_default_is_one_pod_that_needs_nobody(helm: Helm) -> None:
    rendered = helm.template({})
    assert rendered.one("Deployment")["spec"]["replicas"] == 1
    assert container(rendered)["image"] == "candor:0.1.0"
    assert {one["kind"] for one in rendered.manifests} == {
        "ConfigMap", "Deployment", "NetworkPolicy", "Pod", "PodDisruptionBudget", "Service",
        "ServiceAccount",
    }  # fmt: skip


def test_the_configuration_is_mounted_as_a_folder_that_follows_changes(helm: Helm) -> None:
    rendered = helm.template({})
    mounts = {one["name"]: one for one in container(rendered)["volumeMounts"]}
    assert "subPath" not in mounts["config"]
    assert (
        env(rendered)["CANDOR_CONFIG"]["value"] == f"{mounts['config']['mountPath']}/candor.yaml"
    )


def test_probes_ask_whether_it_lives_and_whether_it_can_judge(helm: Helm) -> None:
    asked = container(helm.template({}))
    paths = {
        kind: asked[f"{kind}Probe"]["httpGet"]["path"]
        for kind in ("startup", "readiness", "liveness")
    }
    assert paths == {"startup": "/healthz", "readiness": "/readyz", "liveness": "/healthz"}


def test_it_drains_for_longer_than_a_probe_needs_to_see_it(helm: Helm) -> None:
    rendered = helm.template(
        {"probes": {"readiness": {"periodSeconds": 7, "failureThreshold": 3}}}
    )
    assert rendered.config["server"]["drain_seconds"] == 22
    assert "lifecycle" not in container(rendered)


def test_it_is_given_the_time_that_its_own_settings_take(helm: Helm) -> None:
    rendered = helm.template(
        {"config": {"server": {"drain_seconds": 2.5, "shutdown_seconds": 90}}}
    )
    assert rendered.pods["Deployment/candor"]["terminationGracePeriodSeconds"] == 103


def test_the_chart_knows_what_a_reload_takes_over(helm: Helm) -> None:
    """What Candor loads while it runs replaces no pod; everything else does."""
    before = checksum(helm.template(NOBODY_ASKED))
    changes: dict[str, object] = {
        "models": {"m": {"base_url": "http://m/v1", "model": "m"}},
        "classifiers": {"c": {"kind": "embedded"}},
        "policies": {"default": {"tiers": [{"kind": "screen"}]}},
        "posture": {"dependency_down": "allow"},
        "work": {"threads": 3},
        "cache": {"kind": "memory", "ttl_seconds": 5},
    }
    moved = {
        section
        for section, content in changes.items()
        if checksum(helm.template(NOBODY_ASKED | {"config": {section: content}})) != before
    }
    assert set(changes) >= RELOADABLE
    assert moved == set(changes) - RELOADABLE


def test_with_restart_every_change_replaces_the_pods(helm: Helm) -> None:
    one = {
        "reload": "restart",
        "config": {"policies": {"default": {"tiers": [{"kind": "screen"}]}}},
    }
    other = deepcopy(one)
    other["config"] = {"policies": {"default": {"tiers": [{"kind": "debate"}]}}}
    assert checksum(helm.template(one)) != checksum(helm.template(other))


def test_secrets_are_named_and_never_shown(helm: Helm) -> None:
    rendered = of(helm, "models")
    key = env(rendered)["CANDOR_MODELS__JUDGE__API_KEY"]
    assert key["valueFrom"]["secretKeyRef"] == {
        "name": "models",
        "key": "judge",
        "optional": False,
    }
    assert env(rendered)["OMP_NUM_THREADS"]["value"] == "1"


def test_large_numbers_stay_numbers(helm: Helm) -> None:
    assert of(helm, "models").config["limits"]["max_body_bytes"] == 67108864


def test_its_own_redis_keeps_jobs_and_lets_candor_alone_in(helm: Helm) -> None:
    rendered = of(helm, "own-redis")
    redis = container(rendered, "StatefulSet/candor-redis")
    assert redis["args"][redis["args"].index("--maxmemory-policy") + 1] == "noeviction"
    assert redis["args"][redis["args"].index("--appendonly") + 1] == "yes"
    assert rendered.config["cache"] == {"kind": "redis"}
    assert rendered.config["redis"]["url"] == "redis://safety-candor-redis:6379/0"
    for variable in (
        env(rendered, "StatefulSet/candor-redis")["REDIS_PASSWORD"],
        env(rendered)["CANDOR_REDIS__PASSWORD"],
    ):
        assert variable["valueFrom"]["secretKeyRef"]["name"] == "redis-password"
    let_in = rendered.one("NetworkPolicy", "candor-redis")["spec"]["ingress"][0]["from"]
    assert {
        one["podSelector"]["matchLabels"]["app.kubernetes.io/component"] for one in let_in
    } == {"server", "worker", "screen-review"}
    assert rendered.one("Deployment")["spec"]["replicas"] == 2


def test_redis_runs_as_its_own_user(helm: Helm) -> None:
    assert (
        of(helm, "own-redis").pods["StatefulSet/candor-redis"]["securityContext"]["runAsUser"]
        == 999
    )


def test_an_external_redis_is_reached_as_the_values_say(helm: Helm) -> None:
    rendered = of(helm, "external-redis")
    assert rendered.config["redis"] == {
        "url": "rediss://redis.data:6380/0",
        "ca_file": "/etc/redis/ca.crt",
        "timeout_ms": 100,
    }
    assert not rendered.all("StatefulSet")
    assert {"port": 6380, "protocol": "TCP"} in rendered.one("NetworkPolicy")["spec"]["egress"][
        -1
    ]["ports"]
    mount = next(
        one for one in container(rendered)["volumeMounts"] if one["mountPath"] == "/etc/redis"
    )
    assert mount["readOnly"] is True


def test_a_scaler_counts_processors_and_requests(helm: Helm) -> None:
    rendered = of(helm, "autoscaled")
    assert "replicas" not in rendered.one("Deployment")["spec"]
    metrics = rendered.one("HorizontalPodAutoscaler")["spec"]["metrics"]
    names = [
        one[one["type"].lower()].get("name") or one["pods"]["metric"]["name"] for one in metrics
    ]
    assert names == ["cpu", "candor_in_flight", "candor_slots_waiting"]


def test_workers_answer_probes_from_outside_of_their_pod(helm: Helm) -> None:
    rendered = of(helm, "workers")
    assert rendered.config["jobs"] == {
        "kind": "redis",
        "metrics_host": "0.0.0.0",
        "metrics_port": 9191,
        "concurrency": 8,
    }
    worker = container(rendered, "Deployment/candor-worker")
    assert worker["args"] == ["worker"]
    assert worker["ports"] == [{"name": "http", "containerPort": 9191}]
    assert rendered.one("Deployment", "candor-worker")["spec"]["replicas"] == 4


def test_keda_asks_prometheus_how_many_jobs_wait(helm: Helm) -> None:
    rendered = of(helm, "keda")
    scaled = rendered.one("ScaledObject", "candor-worker")["spec"]
    assert (
        scaled["scaleTargetRef"]["name"]
        == rendered.one("Deployment", "candor-worker")["metadata"]["name"]
    )
    assert "replicas" not in rendered.one("Deployment", "candor-worker")["spec"]
    [trigger] = scaled["triggers"]
    assert trigger["metadata"]["query"] == (
        'sum(max by (priority) (candor_jobs_waiting{namespace="guards",pod=~"safety-candor-.+"}))'
    )
    assert scaled["fallback"]["replicas"] == 1


def test_what_scalers_ask_for_is_measured(helm: Helm) -> None:
    series = set(
        re.findall(r"candor_\w+", str(of(helm, "keda").one("ScaledObject", "candor-worker")))
    )
    metrics = of(helm, "autoscaled").one("HorizontalPodAutoscaler")["spec"]["metrics"]
    series |= {one["pods"]["metric"]["name"] for one in metrics if one["type"] == "Pods"}
    known = {family.name for family in Metrics(CollectorRegistry()).registry.collect()}
    assert series == {"candor_jobs_waiting", "candor_in_flight", "candor_slots_waiting"}
    assert series <= known


def test_the_examples_of_the_readme_install(helm: Helm) -> None:
    text = (CHART / "README.md").read_text("utf-8")
    [values] = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert helm.template(yaml.safe_load(values)).one("Deployment", "candor-worker")


def test_the_screen_is_reviewed_by_one_at_a_time(helm: Helm) -> None:
    rendered = of(helm, "screen-review")
    job = rendered.one("CronJob", "candor-review")["spec"]
    assert job["concurrencyPolicy"] == "Forbid"
    ran = container(rendered, "CronJob/candor-review")
    assert ran["args"] == ["screen", "review", "--policy", "default", "--promote-if-safe"]
    assert ran["image"] == "candor-learn:0.1.0"
    assert {
        "name": "mount-screen",
        "mountPath": "/var/lib/candor/screen",
        "readOnly": False,
    } in ran["volumeMounts"]


def test_prometheus_finds_service_and_workers(helm: Helm) -> None:
    rendered = of(helm, "observed")
    monitor = rendered.one("ServiceMonitor")
    assert monitor["metadata"]["labels"]["release"] == "prometheus"
    [endpoint] = monitor["spec"]["endpoints"]
    assert endpoint["authorization"]["credentials"] == {"name": "candor-metrics", "key": "token"}
    labels = rendered.one("Service")["metadata"]["labels"]
    assert monitor["spec"]["selector"]["matchLabels"].items() <= labels.items()
    assert rendered.one("PodMonitor", "candor-worker")


def test_alerts_link_to_where_the_values_say_and_can_be_left_out(helm: Helm) -> None:
    rendered = of(helm, "observed")
    rules = [
        rule
        for one in rendered.all("PrometheusRule").values()
        for group in one["spec"]["groups"]
        for rule in group["rules"]
    ]
    alerts = {rule["alert"]: rule for rule in rules if "alert" in rule}
    assert "CandorBlind" in alerts
    assert "CandorInconclusive" not in alerts
    links = alerts["CandorBlind"]["annotations"]
    assert links["dashboard_url"].startswith("https://grafana.example/d/")
    assert links["runbook_url"].startswith("https://wiki.example/candor#")
    assert any("record" in rule for rule in rules)


def test_the_network_lets_in_callers_and_prometheus_and_out_to_models(helm: Helm) -> None:
    spec = of(helm, "models").one("NetworkPolicy")["spec"]
    [ingress] = spec["ingress"]
    callers, prometheus, helm_test = ingress["from"]
    assert callers["namespaceSelector"]["matchLabels"] == {"candor.dev/caller": "true"}
    assert (
        prometheus["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
        == "monitoring"
    )
    assert helm_test["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == "test"
    assert [rule["ports"][0]["port"] for rule in spec["egress"]] == [53, 8000]


def test_people_come_in_by_the_api_alone(helm: Helm) -> None:
    [rule] = of(helm, "ingress").one("Ingress")["spec"]["rules"]
    assert [path["path"] for path in rule["http"]["paths"]] == ["/v1"]


def test_a_digest_counts_in_place_of_the_tag(helm: Helm) -> None:
    rendered = helm.template(VALUES / "placed.yaml")
    image = rendered.pods["Deployment/guard"]["containers"][0]["image"]
    assert image.startswith("registry.example/candor@sha256:")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"replicas": 3}, "several replicas without Redis"),
        ({"autoscaling": {"enabled": True}}, "several replicas without Redis"),
        (NOBODY_ASKED, "no network policy"),
        ({}, "Nobody is asked for a key"),
        ({}, "No model is configured"),
        (
            {"autoscaling": {"enabled": True, "waiting": {"target": 2}}},
            "adapter for custom metrics",
        ),
        ({"mode": "sidecar"}, "start WITHOUT Candor"),
    ],
)
def test_notes_say_what_is_not_as_it_might_seem(
    helm: Helm, values: dict[str, Any], said: str, tmp_path: Path
) -> None:
    assert said in helm.notes(values, tmp_path)


def test_notes_are_quiet_of_replicas_that_share_a_redis(helm: Helm, tmp_path: Path) -> None:
    assert "WARNING" not in helm.notes({"replicas": 3, "redis": {"kind": "own"}}, tmp_path)
