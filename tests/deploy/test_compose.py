"""The compose deployment: every file is there, can be read, and means something to its reader."""

import ast
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from candor import __version__
from candor.adapters.vlm.openai_compatible import OpenAICompatibleConfig
from candor.settings import Settings, load
from tests.deploy.test_observability import BOARDS
from tools.rules.thresholds import Thresholds

DEPLOY = Path(__file__).parents[2] / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
CONFIGS = sorted((DEPLOY / "compose").glob("candor*.yaml"))
# What the Compose specification knows of a service, as far as it is used here.
_KEYS = {
    *("image", "build", "command", "entrypoint", "environment", "volumes", "ports", "read_only"),
    *("tmpfs", "cap_drop", "security_opt", "depends_on", "healthcheck", "restart", "profiles"),
    *("ipc", "deploy"),
}
_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def filled(text: str) -> str:
    """With the defaults of its variables."""
    return _VARIABLE.sub(lambda found: found.group(3) if found.group(2) == "-" else "x", text)


def test_the_services_and_profiles_are_those_that_are_promised() -> None:
    profiles = {name: tuple(one.get("profiles", ())) for name, one in SERVICES.items()}
    always = {name for name, given in profiles.items() if not given}
    assert always == {"candor", "redis", "prometheus", "grafana"}
    chosen = {one for given in profiles.values() for one in given}
    assert chosen == {"vlm-ollama", "vlm-vllm", "vlm-llamacpp", "load"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_written_in_keys_that_compose_knows(name: str) -> None:
    assert SERVICES[name].keys() <= _KEYS
    assert COMPOSE.keys() == {"name", "services", "volumes"}


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_is_pinned_by_its_tag(name: str) -> None:
    _, _, tag = filled(SERVICES[name]["image"]).rpartition("/")[2].partition(":")
    assert tag
    assert tag != "latest"
    assert "candor" not in SERVICES[name]["image"] or tag == __version__


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_that_stays_says_whether_it_is_well(name: str) -> None:
    if SERVICES[name]["restart"] == "no":
        return
    check = SERVICES[name]["healthcheck"]
    assert check.get("disable") or check["test"][0] == "CMD"


@pytest.mark.parametrize("name", SERVICES)
def test_what_is_mounted_is_there(name: str) -> None:
    for mount in SERVICES[name].get("volumes", ()):
        source, target = filled(mount).split(":")[:2]
        assert target.startswith("/")
        if source.startswith("."):
            assert (DEPLOY / source).exists(), source
            assert filled(mount).endswith(":ro")
        else:
            assert source in COMPOSE["volumes"]


def test_no_volume_is_left_over() -> None:
    mounted = {
        filled(m).split(":")[0] for one in SERVICES.values() for m in one.get("volumes", ())
    }
    assert COMPOSE["volumes"].keys() <= mounted


@pytest.mark.parametrize("name", SERVICES)
def test_whom_a_service_waits_for_is_there_at_the_same_time(name: str) -> None:
    awaited = SERVICES[name].get("depends_on", {})
    for other in awaited:
        assert other in SERVICES
        profiles = SERVICES[other].get("profiles", ())
        assert set(profiles) <= set(SERVICES[name].get("profiles", ()))
        if isinstance(awaited, dict) and awaited[other]["condition"] == "service_healthy":
            assert "test" in SERVICES[other]["healthcheck"]


def test_ports_are_open_to_this_machine_alone() -> None:
    ports = [port for one in SERVICES.values() for port in one.get("ports", ())]
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert len(set(ports)) == len(ports)


def test_secrets_come_from_the_environment_and_have_no_default() -> None:
    for name, service in SERVICES.items():
        for key, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|KEY|TOKEN|AUTH$", key):
                found = _VARIABLE.fullmatch(value)
                assert found, (name, key)
                assert found.group(2) == "?" or not found.group(3), (name, key)


def test_the_variables_of_the_service_are_settings() -> None:
    given = SERVICES["candor"]["environment"].keys() - {"CANDOR_CONFIG"}
    for name in given:
        section, key = name.removeprefix("CANDOR_").lower().split("__")
        assert section in Settings.model_fields
        assert key == "password"
        assert section == "redis"


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.name)
def test_a_configuration_is_valid(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANDOR_REDIS__PASSWORD", "a password")
    settings = load(file)
    redis = settings.shared_redis()
    assert redis is not None
    assert redis.url == "redis://redis:6379/0"
    assert redis.password is not None
    for endpoint in settings.models.values():
        assert isinstance(endpoint, OpenAICompatibleConfig)
        assert urlsplit(endpoint.base_url or "").hostname in SERVICES


def test_there_is_a_configuration_for_each_local_model() -> None:
    words = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    named = re.findall(r"CANDOR_FILE=\./compose/(\S+\.yaml)", words)
    assert {*named, "candor.yaml"} == {file.name for file in CONFIGS}


def test_prometheus_scrapes_the_service_and_loads_the_rules() -> None:
    text = (DEPLOY / "compose" / "prometheus.yml").read_text(encoding="utf-8")
    config = yaml.safe_load(text)
    target = config["scrape_configs"][0]["static_configs"][0]["targets"][0]
    assert target == "candor:8080"
    mounts = [mount.split(":") for mount in SERVICES["prometheus"]["volumes"]]
    rules = {target for _, target, *_ in mounts if target.startswith("/etc/prometheus/rules/")}
    assert config["rule_files"] == ["/etc/prometheus/rules/*.yaml"]
    assert {Path(rule).name for rule in rules} == {"recording.yaml", "alerts.yaml"}


def test_prometheus_keeps_what_the_baseline_needs() -> None:
    windows = Thresholds.read().windows
    command = " ".join(SERVICES["prometheus"]["command"])
    kept = re.search(r"retention.time=(\d+)d", command)
    assert kept
    assert int(kept.group(1)) >= 2 * int(windows.baseline.rstrip("d"))


def test_grafana_finds_its_data_and_its_dashboards() -> None:
    folder = DEPLOY / "compose" / "grafana"
    source = yaml.safe_load((folder / "datasources.yaml").read_text(encoding="utf-8"))
    assert source["datasources"][0]["type"] == "prometheus"
    assert source["datasources"][0]["url"] == "http://prometheus:9090"
    boards = yaml.safe_load((folder / "dashboards.yaml").read_text(encoding="utf-8"))
    path = boards["providers"][0]["options"]["path"]
    assert f"./grafana:{path}:ro" in SERVICES["grafana"]["volumes"]
    assert len(BOARDS) == 4


def test_the_load_is_a_program() -> None:
    ast.parse((DEPLOY / "compose" / "load.py").read_text(encoding="utf-8"))
