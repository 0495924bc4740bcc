"""AdmissionReviews of the pods that controllers make, over TLS."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from candor import __version__
from candor.injector.injector import Rules
from tests.injector.door import injecting, injector_app
from tests.injector.pods import (
    APP,
    ASKS,
    Json,
    candor,
    check,
    containers,
    patch_of,
    patched,
    pod,
    review,
    template,
    variables,
)


@pytest.fixture
async def native(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with injecting(tmp_path, injector_app()) as client:
        yield client


@pytest.fixture
async def plain(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with injecting(tmp_path, injector_app(native=False)) as client:
        yield client


async def response_to(client: httpx.AsyncClient, of: Any, **request: Any) -> Json:
    asked = review(of, **request)
    answer = await client.post("/mutate", json=asked)
    assert answer.status_code == 200
    told: Json = answer.json()
    assert (told["apiVersion"], told["kind"]) == ("admission.k8s.io/v1", "AdmissionReview")
    assert told["response"]["uid"] == asked["request"]["uid"]
    return told


async def injected(client: httpx.AsyncClient, before: Json) -> Json:
    """The pod afterwards: valid, and the same when it is asked about again."""
    check(before)
    told = await response_to(client, before)
    assert told["response"]["allowed"]
    after = patched(before, patch_of(told))
    check(after)
    assert patch_of(await response_to(client, after)) == []
    return after


INIT = {"name": "migrate", "image": "registry.example/migrate:1"}
PODS = {
    "deployment": pod(),
    "job": pod(template(restartPolicy="Never"), owner="Job"),
    "stateful_set": pod(
        template(volumes=[{"name": "data", "persistentVolumeClaim": {"claimName": "data-0"}}]),
        owner="StatefulSet",
    ),
    "with_init_containers": pod(template(initContainers=[INIT])),
    "with_a_sidecar_of_its_own": pod(
        template(initContainers=[{**INIT, "name": "proxy", "restartPolicy": "Always"}])
    ),
    "several_containers": pod(template(containers=[APP, {"name": "two", "image": "two:1"}])),
}


@pytest.mark.parametrize("before", PODS.values(), ids=PODS.keys())
async def test_candor_starts_before_the_app_and_all_else_stays(
    native: httpx.AsyncClient, before: Json
) -> None:
    after = await injected(native, before)
    assert containers(after) == ["candor", *containers(before)]
    assert containers(after, "containers") == containers(before, "containers")
    sidecar = candor(after)
    assert sidecar["restartPolicy"] == "Always"
    assert sidecar["startupProbe"]["httpGet"]["path"] == "/healthz"
    for container in after["spec"]["containers"] + after["spec"]["initContainers"][1:]:
        assert variables(container)["CANDOR_URL"] == "http://127.0.0.1:8188"
    assert after["metadata"]["annotations"]["candor.dev/injected"] == __version__
    assert after["metadata"]["labels"] == {"app": "shop", "candor.dev/injected": "true"}


@pytest.mark.parametrize("kind", ["deployment", "stateful_set", "with_init_containers"])
async def test_on_an_old_cluster_candor_is_the_first_container(
    plain: httpx.AsyncClient, kind: str
) -> None:
    after = await injected(plain, PODS[kind])
    assert containers(after, "containers") == ["candor", "app"]
    assert containers(after) == containers(PODS[kind])
    assert "restartPolicy" not in candor(after)
    assert after["metadata"]["annotations"]["kubectl.kubernetes.io/default-container"] == "app"


@pytest.mark.parametrize("owner", ["Job", "ReplicaSet"])
async def test_a_plain_container_would_keep_a_job_from_ending(
    plain: httpx.AsyncClient, owner: str
) -> None:
    policy = "Never" if owner == "ReplicaSet" else "Always"
    before = pod(template(restartPolicy=policy), owner=owner)
    told = await response_to(plain, before)
    assert told["response"]["allowed"]
    assert "WITHOUT Candor" in told["response"]["warnings"][0]
    after = patched(before, patch_of(told))
    check(after)
    assert "forever" in after["metadata"]["annotations"]["candor.dev/not-injected"]
    assert containers(after, "containers") == ["app"]
    assert patch_of(await response_to(plain, after)) == []


async def test_the_container_may_do_nothing_but_its_work(native: httpx.AsyncClient) -> None:
    after = await injected(native, pod())
    security = candor(after)["securityContext"]
    assert security["runAsNonRoot"]
    assert security["runAsUser"] > 0
    assert security["readOnlyRootFilesystem"]
    assert not security["allowPrivilegeEscalation"]
    assert security["capabilities"] == {"drop": ["ALL"]}
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    places = {mount["mountPath"]: mount["name"] for mount in candor(after)["volumeMounts"]}
    kinds = {volume["name"]: set(volume) - {"name"} for volume in after["spec"]["volumes"]}
    # The API server mounts its token where nothing is mounted yet.
    assert kinds[places["/var/run/secrets/kubernetes.io/serviceaccount"]] == {"emptyDir"}
    assert kinds[places["/tmp"]] == {"emptyDir"}


async def test_annotations_say_otherwise(native: httpx.AsyncClient) -> None:
    asked = {
        "candor.dev/config": "shop-candor",
        "candor.dev/secret": "models, redis",
        "candor.dev/port": "8099",
        "candor.dev/image": "registry.example:5000/safety/candor:1.2",
        "candor.dev/log-level": "warning",
        "candor.dev/policy": "strict",
        "candor.dev/url-env": "GUARD_URL",
        "candor.dev/cpu-request": "100m",
        "candor.dev/memory-limit": "2Gi",
    }
    after = await injected(native, pod(annotations=asked))
    sidecar = candor(after)
    assert sidecar["image"] == asked["candor.dev/image"]
    assert sidecar["ports"] == [{"name": "candor", "containerPort": 8099}]
    assert sidecar["resources"] == {
        "requests": {"cpu": "100m", "memory": "512Mi"},
        "limits": {"memory": "2Gi"},
    }
    assert sidecar["envFrom"] == [
        {"secretRef": {"name": "models"}},
        {"secretRef": {"name": "redis"}},
    ]
    assert variables(sidecar) == {
        "CANDOR_CONFIG": "/etc/candor/candor.yaml",
        "CANDOR_SERVER__HOST": "0.0.0.0",
        "CANDOR_SERVER__PORT": "8099",
        "CANDOR_LOGS__LEVEL": "warning",
        "CANDOR_TENANTS__DEFAULT__DEFAULT_POLICY": "strict",
    }
    assert {"name": "candor-config", "configMap": {"name": "shop-candor"}} in after["spec"][
        "volumes"
    ]
    app = variables(after["spec"]["containers"][0])
    assert app == {"GUARD_URL": "http://127.0.0.1:8099", "MODE": "live"}


async def test_an_address_that_the_app_has_already_stays(native: httpx.AsyncClient) -> None:
    own = {"name": "CANDOR_URL", "value": "http://candor.safety:8080"}
    after = await injected(native, pod(template(containers=[{**APP, "env": [own]}])))
    assert after["spec"]["containers"][0]["env"] == [own]


async def test_nobody_is_told_the_address_where_none_wants_it(native: httpx.AsyncClient) -> None:
    after = await injected(native, pod(annotations={"candor.dev/url-env": "none"}))
    assert variables(after["spec"]["containers"][0]) == {"MODE": "live"}


@pytest.mark.parametrize(
    ("annotation", "value", "words"),
    [
        ("inject", "yes", 'must be "true" or "false"'),
        ("prot", "9", "candor.dev/prot is not known"),
        ("port", "80", "from 1024 to 65535"),
        ("port", "9000", "container 'app' has port 9000"),
        ("config", "Shop_Candor", "name of a ConfigMap"),
        ("secret", "models,,redis", "names of Secrets"),
        ("secret", "", "names of Secrets"),
        ("image", "Candor 1", "must be an image"),
        ("log-level", "loud", "'debug'"),
        ("policy", "a b", "name of a policy"),
        ("url-env", "1URL", "name of a variable"),
        ("cpu-request", "lots", "an amount"),
        ("cpu-request", "0", "an amount"),
        ("memory-request", "4Gi", "above its limit of 1536Mi"),
        ("memory-limit", "100Mi", "above its limit of 100Mi"),
    ],
)
async def test_who_asks_and_mistypes_gets_no_pod_without_candor(
    native: httpx.AsyncClient, annotation: str, value: str, words: str
) -> None:
    told = await response_to(native, pod(annotations={f"candor.dev/{annotation}": value}))
    assert not told["response"]["allowed"]
    assert words in told["response"]["status"]["message"]
    assert told["response"]["status"]["code"] == 422
    assert "patch" not in told["response"]


async def test_all_mistakes_are_told_at_once(native: httpx.AsyncClient) -> None:
    wrong = {"candor.dev/port": "1", "candor.dev/log-level": "loud"}
    told = await response_to(native, pod(annotations=wrong))
    message = told["response"]["status"]["message"]
    assert "candor.dev/port" in message
    assert "candor.dev/log-level" in message


async def test_an_operator_may_let_them_in_with_a_warning(tmp_path: Path) -> None:
    app = injector_app(rules=Rules(on_bad_annotation="warn"))
    async with injecting(tmp_path, app) as client:
        before = pod(annotations={"candor.dev/port": "80"})
        told = await response_to(client, before)
        after = patched(before, patch_of(told))
    assert told["response"]["allowed"]
    assert "WITHOUT Candor" in told["response"]["warnings"][0]
    assert "candor.dev/not-injected" in after["metadata"]["annotations"]
    check(after)


UNFIT = {
    "host_network": (pod(template(hostNetwork=True)), "hostNetwork"),
    "windows": (pod(template(os={"name": "windows"})), "Windows"),
    "windows_nodes": (
        pod(template(nodeSelector={"kubernetes.io/os": "windows"})),
        "Windows",
    ),
    "named_so": (pod(template(containers=[{**APP, "name": "candor"}])), "named 'candor'"),
}


@pytest.mark.parametrize(("before", "words"), UNFIT.values(), ids=UNFIT.keys())
async def test_a_pod_that_cannot_have_candor_runs_without_and_says_so(
    native: httpx.AsyncClient, before: Json, words: str
) -> None:
    told = await response_to(native, before)
    after = patched(before, patch_of(told))
    check(after)
    assert told["response"]["allowed"]
    assert words in told["response"]["warnings"][0]
    assert words in after["metadata"]["annotations"]["candor.dev/not-injected"]
    assert after["spec"] == before["spec"]


async def test_an_operator_may_keep_those_out(tmp_path: Path) -> None:
    async with injecting(tmp_path, injector_app(rules=Rules(on_unfit="deny"))) as client:
        told = await response_to(client, UNFIT["host_network"][0])
    assert not told["response"]["allowed"]


def opted_out() -> Json:
    return pod(annotations={"candor.dev/inject": "false"})


def unasked() -> Json:
    before = pod()
    del before["metadata"]["annotations"]
    return before


def mirrored() -> Json:
    return pod(annotations={"kubernetes.io/config.mirror": "4f1c"})


@pytest.mark.parametrize(
    ("before", "request_"),
    [
        (opted_out(), {}),
        (unasked(), {}),
        (mirrored(), {}),
        (pod(), {"namespace": "kube-system"}),
        (pod(), {"operation": "UPDATE"}),
        (pod(), {"subResource": "ephemeralcontainers"}),
        (None, {"operation": "DELETE"}),
        ({}, {"kind": {"group": "apps", "version": "v1", "kind": "Deployment"}}),
    ],
    ids=["out", "unasked", "mirror", "system", "update", "subresource", "delete", "other"],
)
async def test_what_is_none_of_our_business_passes(
    native: httpx.AsyncClient, before: Json | None, request_: Json
) -> None:
    told = await response_to(native, before, **request_)
    assert told["response"]["allowed"]
    assert "patch" not in told["response"]


async def test_annotations_without_the_one_that_asks_are_pointed_out(
    native: httpx.AsyncClient,
) -> None:
    before = unasked()
    before["metadata"]["annotations"] = {"candor.dev/port": "8099"}
    told = await response_to(native, before)
    assert "candor.dev/port" in told["response"]["warnings"][0]
    assert "patch" not in told["response"]


async def test_a_label_asks_too(native: httpx.AsyncClient) -> None:
    before = unasked()
    before["metadata"]["labels"] |= ASKS
    after = await injected(native, before)
    assert containers(after) == ["candor"]


async def test_label_and_annotation_that_contradict_are_a_mistake(
    native: httpx.AsyncClient,
) -> None:
    before = opted_out()
    before["metadata"]["labels"] |= ASKS
    told = await response_to(native, before)
    assert "contradict" in told["response"]["status"]["message"]


async def test_a_mark_that_was_copied_from_another_pod_does_not_count(
    native: httpx.AsyncClient,
) -> None:
    after = await injected(native, pod(annotations={"candor.dev/injected": "0.0.1"}))
    assert containers(after) == ["candor"]


async def test_a_volume_of_the_same_name_is_not_mixed_up(native: httpx.AsyncClient) -> None:
    before = pod(template(volumes=[{"name": "candor-tmp", "emptyDir": {}}]))
    told = await response_to(native, before)
    assert "candor-tmp" in told["response"]["status"]["message"]


async def test_a_dry_run_is_answered_like_the_real_one(native: httpx.AsyncClient) -> None:
    real, dry = [patch_of(await response_to(native, pod(), dryRun=flag)) for flag in (False, True)]
    assert real == dry != []


async def test_an_app_at_the_port_of_most_apps_has_no_clash(native: httpx.AsyncClient) -> None:
    busy = {**APP, "ports": [{"name": "http", "containerPort": 8080}]}
    after = await injected(native, pod(template(containers=[busy])))
    assert [port["containerPort"] for port in candor(after)["ports"]] == [8188]
