"""SIGHUP, a changed file and a swapped link, with one process and with several."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from tests.service import Service, serving

ASKED = {"prompt": "Is the door open?", "response": "It may well be."}
SEVERAL = "workers: 2, "


def config(action: str, server: str = "", watch: float = 0) -> str:
    return f"""
server: {{{server}watch_seconds: {watch}}}
ocr: {{kind: none}}
policies: {{default: {{tiers: [{{kind: screen}}], on_inconclusive: {action}}}}}
"""


def eventually(holds: Callable[[], bool], service: Service) -> None:
    until = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < until, service.log[-2000:]
        assert service.process.poll() is None, service.log[-2000:]
        time.sleep(0.05)


def get(service: Service, path: str) -> dict[str, Any]:
    said: dict[str, Any] = httpx.get(service.base_url + path, trust_env=False).json()
    return said


def actions(service: Service, times: int = 1) -> set[str]:
    """Each on a connection of its own, so that any worker may answer."""
    url = f"{service.base_url}/v1/monitor"
    return {httpx.post(url, json=ASKED, trust_env=False).json()["action"] for _ in range(times)}


def test_sighup_loads_the_file_again_and_a_wrong_one_changes_nothing(tmp_path: Path) -> None:
    with serving(tmp_path, config("review")) as service:
        file = tmp_path / "candor.yaml"
        file.write_text(config("block"))
        service.process.send_signal(signal.SIGHUP)
        eventually(lambda: actions(service) == {"block"}, service)

        file.write_text("policies: {default: {tears: []}}")
        service.process.send_signal(signal.SIGHUP)
        eventually(lambda: bool(get(service, "/readyz")["notes"]), service)
        ready = get(service, "/readyz")
        assert (ready["status"], ready["generation"]) == ("ready", 2)
        assert "policies.default.tears: unknown key" in ready["notes"][0]
        assert actions(service) == {"block"}
        assert service.stop() == 0


def test_a_config_map_that_is_swapped_is_loaded(tmp_path: Path) -> None:
    mount = tmp_path / "mount"
    for name, action in (("..1", "review"), ("..2", "block")):
        (mount / name).mkdir(parents=True)
        (mount / name / "candor.yaml").write_text(config(action, watch=0.1))
    (mount / "..data").symlink_to("..1")
    (tmp_path / "candor.yaml").symlink_to(mount / "..data" / "candor.yaml")
    with serving(tmp_path, config("review", watch=0.1)) as service:
        assert actions(service) == {"review"}
        (mount / "..data_tmp").symlink_to("..2")
        (mount / "..data_tmp").rename(mount / "..data")
        eventually(lambda: actions(service) == {"block"}, service)


def test_every_worker_reloads_on_sighup_and_on_the_admin_call(tmp_path: Path) -> None:
    with serving(tmp_path, config("review", SEVERAL)) as service:
        eventually(lambda: service.log.count('"listening"') == 2, service)
        file = tmp_path / "candor.yaml"
        file.write_text(config("block", SEVERAL))
        service.process.send_signal(signal.SIGHUP)
        eventually(lambda: service.log.count('"replaced"') == 2, service)
        assert actions(service, 20) == {"block"}

        file.write_text(config("allow", SEVERAL))
        answer = httpx.post(f"{service.base_url}/v1/admin/reload", trust_env=False)
        assert answer.json()["result"] == "replaced"
        eventually(lambda: service.log.count('"replaced"') == 4, service)
        assert actions(service, 20) == {"allow"}
        metrics = httpx.get(f"{service.base_url}/metrics", trust_env=False).text
        assert "candor_config_generation 3.0" in metrics


def test_config_diff_tells_what_would_change_and_shows_no_secret(tmp_path: Path) -> None:
    model = 'models: {judge: {base_url: "http://x/v1", model: m, api_key: %s}}\n'
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_text(config("review") + model % "sk-one")
    new.write_text(config("block", "port: 99, ") + model % "sk-two")
    done = subprocess.run(
        [sys.executable, "-m", "candor", "config", "diff", str(old), str(new)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    lines = done.stdout.splitlines()
    assert lines[0].startswith("policy default: ")
    assert " -> " in lines[0]
    assert "models.judge.api_key: (secret) -> (secret)" in lines
    assert "policies.default.on_inconclusive: 'review' -> 'block'" in lines
    assert "server.port: 8080 -> 99  [needs a restart]" in lines
    assert "sk-" not in done.stdout
