"""`candor serve` with several processes, as an operator runs it."""

import os
import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.service import Service, serving

CONFIG = """
ocr: {kind: none}
server: {workers: 2, drain_seconds: 1.0, shutdown_seconds: 10}
"""
BODY = b'{"prompt": "How many cats?", "response": "Three."}'


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("workers"), CONFIG) as service:
        eventually(lambda: service.log.count('"listening"') == 2)
        yield service


def eventually(holds: Callable[[], bool], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it did not come to be in time"
        time.sleep(0.05)


def workers_of(service: Service) -> list[int]:
    return [pid for pid in children_of(service.process.pid) if "spawn_main" in command_of(pid)]


def children_of(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def command_of(pid: int) -> str:
    """Empty for one that has ended, whether or not somebody has taken note of it."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except FileNotFoundError:
        return ""


def asked(service: Service, times: int) -> list[int]:
    """Each on a connection of its own, so that any worker may answer."""
    url = f"{service.base_url}/v1/monitor"
    headers = {"content-type": "application/json"}
    return [
        httpx.post(url, content=BODY, headers=headers, trust_env=False).status_code
        for _ in range(times)
    ]


def counted(service: Service) -> float:
    text = httpx.get(f"{service.base_url}/metrics", trust_env=False).text
    assert text.count("candor_build_info{") == 1
    found = re.findall(r"^candor_verdicts_total\{.*\} (\S+)$", text, re.MULTILINE)
    return sum(map(float, found))


def half_asked(service: Service) -> socket.socket:
    """A request of which half has arrived: the rest of its body is still to come."""
    port = int(service.base_url.rpartition(":")[2])
    connection = socket.create_connection(("127.0.0.1", port), timeout=15)
    head = (
        b"POST /v1/monitor HTTP/1.1\r\nhost: candor\r\ncontent-type: application/json\r\n"
        b"content-length: %d\r\n\r\n" % len(BODY)
    )
    connection.sendall(head + BODY[:10])
    return connection


def test_whoever_answers_tells_what_all_of_them_counted(fleet: Service) -> None:
    before = counted(fleet)

    assert asked(fleet, 40) == [200] * 40
    assert [counted(fleet) - before for _ in range(10)] == [40] * 10
    assert len(workers_of(fleet)) == 2


def test_a_worker_that_is_killed_is_replaced_and_its_counts_stay(fleet: Service) -> None:
    before, old = counted(fleet), workers_of(fleet)
    asked(fleet, 5)
    os.kill(old[0], signal.SIGKILL)

    eventually(lambda: fleet.log.count('"listening"') == 3)
    assert len(workers_of(fleet)) == 2
    assert old[0] not in workers_of(fleet)
    assert asked(fleet, 5) == [200] * 5
    assert counted(fleet) - before == 10
    assert '"worker died"' in fleet.log


@pytest.mark.parametrize("workers", [1, 2])
def test_sigterm_first_says_not_ready_then_finishes_what_it_has(
    tmp_path: Path, workers: int
) -> None:
    config = CONFIG.replace("workers: 2", f"workers: {workers}")
    with serving(tmp_path, config) as service:
        eventually(lambda: service.log.count('"listening"') == workers)
        # Of two such requests, at least one outlives the drain in whichever worker has it.
        connections = [half_asked(service) for _ in range(4)]
        service.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)

        ready = httpx.get(f"{service.base_url}/readyz", trust_env=False)
        assert ready.status_code == 503
        assert ready.json()["checks"][0]["name"] == "shutdown"
        assert asked(service, 1) == [200]
        eventually(lambda: not accepts(service), 5)
        for connection in connections:
            with connection:
                connection.sendall(BODY[10:])
                assert connection.recv(65536).startswith(b"HTTP/1.1 200")

        assert service.process.wait(timeout=20) == 0


def accepts(service: Service) -> bool:
    try:
        httpx.get(f"{service.base_url}/healthz", trust_env=False)
    except httpx.TransportError:
        return False
    return True


def test_workers_do_not_outlive_their_parent(tmp_path: Path) -> None:
    with serving(tmp_path, CONFIG) as service:
        eventually(lambda: service.log.count('"listening"') == 2)
        workers = workers_of(service)
        service.process.kill()

        eventually(lambda: not any(map(command_of, workers)))


def test_workers_that_cannot_start_end_the_service_with_the_reason(tmp_path: Path) -> None:
    config = f"{CONFIG}\npolicies: {{default: {{tiers: [{{kind: judge, model: gone}}]}}}}\n"
    with (
        pytest.raises(AssertionError, match="'gone' is not configured"),
        serving(tmp_path, config),
    ):
        pass


def test_one_worker_is_one_process(tmp_path: Path) -> None:
    with serving(tmp_path, "ocr: {kind: none}") as service:
        assert children_of(service.process.pid) == []
