"""The example backend: its manifests, and what it does with verdicts."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import yaml

from candor.injector.wishes import Wishes
from candor.settings import Settings
from tests.helm.kubernetes import VERSIONS, complaints
from tests.helm.rendering import CHART, Manifest
from tests.ports import free_port
from tests.service import Service, serving

EXAMPLES = Path(__file__).parents[2] / "deploy" / "examples"
SAMPLE = Path(__file__).parents[2] / "service" / "candor" / "samples" / "receipt-lie"


def manifests() -> list[Manifest]:
    files = sorted(EXAMPLES.glob("*.yaml"))
    return [one for file in files for one in yaml.safe_load_all(file.read_text("utf-8"))]


@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_takes_the_manifests(version: str) -> None:
    assert complaints(manifests(), version) == []


def test_candor_takes_the_policy() -> None:
    [policy] = [one for one in manifests() if one["kind"] == "ConfigMap"]
    assert "default" in Settings(**yaml.safe_load(policy["data"]["candor.yaml"])).policies


def test_the_injector_understands_the_annotations() -> None:
    kept = {one["kind"]: one for one in manifests()}
    annotations = kept["Deployment"]["spec"]["template"]["metadata"]["annotations"]
    wishes = Wishes.of(annotations)
    assert wishes.config == kept["ConfigMap"]["metadata"]["name"]
    assert wishes.url_env == "CANDOR_URL"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("candor")) as running:
        yield running


@contextmanager
def backend(candor: str) -> Iterator[str]:
    port = free_port()
    env = os.environ | {"CANDOR_URL": candor, "PORT": str(port)}
    process = subprocess.Popen([sys.executable, str(EXAMPLES / "app.py")], env=env)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address)
        yield address
    finally:
        process.kill()
        process.wait()


def _wait_for(address: str) -> None:
    give_up = time.monotonic() + 20
    while time.monotonic() < give_up:
        try:
            httpx.get(address, trust_env=False)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the backend did not start")


def asked(address: str) -> dict[str, str]:
    files = {"image": (SAMPLE / "image.jpg").read_bytes()}
    data = {"prompt": "How much did I spend?"}
    answer = httpx.post(f"{address}/ask", data=data, files=files, trust_env=False, timeout=60)
    return dict(answer.raise_for_status().json())


def test_a_lie_does_not_get_out(service: Service) -> None:
    with backend(service.base_url) as address:
        told = asked(address)
    assert told["action"] == "block"
    assert "12.40" not in told["answer"]


def test_without_candor_an_answer_goes_out_with_a_warning() -> None:
    with backend(f"http://127.0.0.1:{free_port()}") as address:
        told = asked(address)
    assert told["action"] == "review"
    assert told["warning"]


def helm_test(address: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", (CHART / "files" / "exchange.py").read_text("utf-8"), address]
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2] / "service")}
    return subprocess.run(
        command, env=env, capture_output=True, text=True, check=False, timeout=90
    )


def test_helm_test_passes_where_the_lie_is_seen(service: Service) -> None:
    done = helm_test(service.base_url)
    assert (done.returncode, done.stderr) == (0, "")
    assert "outcome: deceptive" in done.stdout


def test_helm_test_fails_where_nobody_answers() -> None:
    assert helm_test(f"http://127.0.0.1:{free_port()}").returncode != 0


def test_the_sample_of_helm_test_is_the_demos() -> None:
    assert json.loads((SAMPLE / "exchange.json").read_text("utf-8"))["expected"] == "deceptive"
