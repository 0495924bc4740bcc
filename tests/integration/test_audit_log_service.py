"""The audit log of the whole service, over a socket."""

import hashlib
import json
import resource
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.command import candor
from tests.service import Service, serving

BODY = {"prompt": "How much?", "response": "You spent $12.40."}
KEY, WEAK = "a" * 43, "b" * 43


def config(folder: Path, **more: str) -> str:
    (folder / "audit").mkdir()
    options = "".join(f", {name}: {value}" for name, value in more.items())
    return f"""
logs: {{level: error}}
ocr: {{kind: none}}
server: {{memo_entries: 64}}
audit_log: {{folder: "{folder}/audit", key: a-key-of-the-operator{options}}}
"""


def keys() -> str:
    def digest(key: str) -> str:
        return f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"

    every = "[monitor, jobs, review, admin]"
    return f"""
auth:
  keys:
    - {{id: k-all, tenant: acme, digest: "{digest(KEY)}", scopes: {every}}}
    - {{id: k-weak, tenant: acme, digest: "{digest(WEAK)}", scopes: [jobs]}}
tenants:
  acme: {{}}
"""


def post(service: Service, path: str = "/v1/monitor", key: str = "") -> httpx.Response:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    url = service.base_url + path
    return httpx.post(url, json=BODY, headers=headers, trust_env=False, timeout=20)


def lines(folder: Path) -> list[dict[str, Any]]:
    files = sorted((folder / "audit").glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_bytes().splitlines()]


def test_who_asked_and_what_they_were_told_is_written_down(tmp_path: Path) -> None:
    with serving(tmp_path, config(tmp_path) + keys()) as service:
        first = post(service, key=KEY)
        again = post(service, key=KEY)
        assert first.status_code == again.status_code == 200, first.text
        assert post(service).status_code == 401
        assert post(service, key="c" * 43).status_code == 401
        assert post(service, key=WEAK).status_code == 403
        assert post(service, "/v1/admin/reload", KEY).status_code == 200
        assert service.stop() == 0
    told = lines(tmp_path)
    assert [line["event"] for line in told] == [
        *("opened", "verdict", "verdict", "denied", "denied", "denied"),
        *("reload", "admin", "closed"),
    ]
    assert [line.get("key_id") for line in told[1:6]] == ["k-all", "k-all", "", "", "k-weak"]
    verdict = told[1]
    said = first.json()
    assert (verdict["id"], verdict["tenant"]) == (said["id"], "acme")
    assert (verdict["outcome"], verdict["action"]) == (said["outcome"], said["action"])
    assert (verdict["policy"], verdict["version"]) == tuple(said["policy"].values())
    assert verdict["request_id"] == first.headers["x-request-id"]
    text = json.dumps(told)
    assert KEY not in text
    assert BODY["response"] not in text
    file = str(tmp_path / "candor.yaml")
    checked = candor("audit", "verify", "--config", file)
    assert (checked.returncode, checked.stdout.splitlines()[-1]) == (0, "whole"), checked.stderr


def test_a_changed_line_is_named_by_the_command(tmp_path: Path) -> None:
    with serving(tmp_path, config(tmp_path)) as service:
        post(service)
        assert service.stop() == 0
    file = str(tmp_path / "candor.yaml")
    heads = candor("audit", "heads", "--config", file).stdout.split()
    (log,) = (tmp_path / "audit").glob("*.jsonl")
    log.write_bytes(log.read_bytes().replace(b"default", b"defaulT", 1))
    checked = candor("audit", "verify", "--config", file, "--expect", heads[0])
    assert checked.returncode == 1
    assert f"{log}:2: changed" in checked.stdout


def named(service: Service) -> httpx.Response:
    """What /readyz says once it has looked again: it does so every 5 s while all is well."""
    give_up = time.monotonic() + 10
    while time.monotonic() < give_up:
        ready = httpx.get(f"{service.base_url}/readyz", trust_env=False)
        if any("disk" in c["detail"] for c in ready.json()["checks"] if c["name"] == "audit_log"):
            return ready
        time.sleep(0.2)
    raise AssertionError(f"/readyz did not name the audit log: {ready.text}")


@pytest.mark.parametrize("posture", ["open", "closed"])
def test_a_full_disk_is_counted_named_and_refuses_only_where_that_is_set(
    tmp_path: Path, posture: str
) -> None:
    with serving(tmp_path, config(tmp_path, on_failure=posture, wait_ms="5000")) as service:
        assert post(service).status_code == 200
        (log,) = (tmp_path / "audit").glob("*.jsonl")
        pid, full = service.process.pid, log.stat().st_size
        _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (full, most))
        statuses = [post(service).status_code for _ in range(3)]
        ready = named(service)
        metrics = httpx.get(f"{service.base_url}/metrics", trust_env=False).text
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, most))
        assert statuses == [200 if posture == "open" else 503] * 3
        assert ready.status_code == (200 if posture == "open" else 503)
        assert 'candor_audit_log_failures_total{reason="disk_full"}' in metrics
        assert service.stop() == 0
    events = [line["event"] for line in lines(tmp_path)]
    assert events[-1] == "closed"
    assert events.count("verdict") == (4 if posture == "open" else 1)
    checked = candor("audit", "verify", "--config", str(tmp_path / "candor.yaml"))
    assert checked.returncode == 0, checked.stdout


def test_every_worker_has_a_chain_of_its_own(tmp_path: Path) -> None:
    text = config(tmp_path).replace("memo_entries: 64", "memo_entries: 64, workers: 2")
    with serving(tmp_path, text) as service:
        for _ in range(8):
            assert post(service).status_code == 200
        assert service.stop() == 0
    assert len({line["chain"] for line in lines(tmp_path)}) == 2
    assert sum(line["event"] == "verdict" for line in lines(tmp_path)) == 8
    checked = candor("audit", "verify", "--config", str(tmp_path / "candor.yaml"))
    assert checked.returncode == 0, checked.stdout
