"""The container's template, which an operator or the chart writes."""

from pathlib import Path

import pytest

from candor.domain.errors import ConfigError
from candor.injector import container
from candor.injector.quantity import amount
from candor.injector.template import Template
from candor.injector.wishes import Wishes
from candor.settings import Settings

CHARTS = """
container:
  - name: candor
    image: candor:1
    restartPolicy: Always
    ports: [{name: candor, containerPort: 8080}]
    env:
      - {name: CANDOR_SERVER, value: '{"host": "0.0.0.0", "port": 8080}'}
      - {name: CANDOR_POLICIES, value: '{}'}
      - {name: CANDOR_REDIS__PASSWORD, valueFrom: {secretKeyRef: {name: redis, key: password}}}
      - {name: TZ, value: UTC}
    livenessProbe: {httpGet: {path: /healthz, port: 8080}}
volumes:
  - {name: candor-tmp, emptyDir: {}}
"""


def charts(folder: Path, text: str = CHARTS) -> Template:
    file = folder / "sidecar.yaml"
    file.write_text(text, encoding="utf-8")
    return Template.read(file)


def names(of: container.Sidecar) -> list[str]:
    return [one["name"] for one in of.container["env"]]


def test_whether_it_is_native_is_not_the_templates_to_say(tmp_path: Path) -> None:
    made = container.made(charts(tmp_path), Wishes(), native=False)
    assert "restartPolicy" not in made.container


def test_a_pods_own_configuration_is_the_whole_of_it(tmp_path: Path) -> None:
    """Variables of the environment count more than the file, so the template's must go."""
    made = container.made(charts(tmp_path), Wishes(config="mine"), native=True)
    assert names(made) == [
        "CANDOR_REDIS__PASSWORD",
        "TZ",
        "CANDOR_CONFIG",
        "CANDOR_SERVER__HOST",
        "CANDOR_SERVER__PORT",
    ]


def test_another_port_is_the_services_and_the_probes_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = container.made(charts(tmp_path), Wishes(port=8099, policy="default"), native=True)
    assert made.container["livenessProbe"]["httpGet"]["port"] == 8099
    for one in made.container["env"]:
        if "value" in one and one["name"] != "CANDOR_POLICIES":
            monkeypatch.setenv(one["name"], one["value"])
    settings = Settings()
    assert (settings.server.host, settings.server.port) == ("0.0.0.0", 8099)
    assert settings.tenants["default"].falls_to == "default"


def test_the_template_itself_never_changes(tmp_path: Path) -> None:
    template = charts(tmp_path)
    container.made(template, Wishes(port=8099, config="mine", secrets=("a",)), native=True)
    assert template == charts(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "container: []",
        "container: {name: app, image: a, ports: [{name: candor, containerPort: 1}]}",
        "container: {name: candor, image: a}",
        "{container: {name: candor, image: a, ports: [{name: p, containerPort: 1}]}, volume: []}",
        CHARTS.replace("candor-tmp", "tmp"),
        "a: b: c",
    ],
)
def test_a_template_that_is_none_stops_the_start(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match=r"sidecar\.yaml"):
        charts(tmp_path, text)


def test_a_template_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        Template.read(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [("999m", "1"), ("1k", "1Ki"), ("900Mi", "1Gi"), ("1.5", "2e0"), ("1G", "1Gi"), (".5", "1.")],
)
def test_amounts_are_compared_as_kubernetes_means_them(smaller: str, larger: str) -> None:
    less, more = amount(smaller), amount(larger)
    assert less is not None
    assert more is not None
    assert less < more


@pytest.mark.parametrize("text", ["", "1 Gi", "-1", "0", "0Gi", "1gi", "1.2.3", "e3", "9" * 40])
def test_what_is_no_amount_is_none(text: str) -> None:
    assert amount(text) is None
