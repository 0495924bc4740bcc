"""Watching a debate between models over a socket, and walking away from it."""

import asyncio
import base64
import json
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any, cast

import httpx
import pytest

from tests.images import encoded, photo
from tests.model_server import Act, ChatRequest, ModelServer, plays_along
from tests.service import Service, serving

STREAM, PLAIN = "/v1/monitor/stream", "/v1/monitor"
SECONDS = 0.1
"""Within which a model call must have ended once its caller has hung up."""


def config(base_url: str) -> str:
    return f"""
ocr: {{kind: none}}
models:
  vlm: {{base_url: "{base_url}", model: loopback, timeout_seconds: 30}}
policies:
  default:
    tiers:
      - {{kind: screen}}
      - {{kind: debate, affirmer: vlm, negator: vlm, judge: vlm, rounds: 2}}
"""


def body(response: str = "Three.") -> dict[str, Any]:
    return {
        "prompt": "How many cats?",
        "images": [{"data": base64.b64encode(encoded(photo())).decode()}],
        "response": response,
    }


@dataclass
class Hanging:
    """An act that never answers; knows when it was asked and when the caller hung up."""

    asked: Event = field(default_factory=Event)
    left: Event = field(default_factory=Event)
    left_at: float = 0.0

    async def __call__(self, _: ChatRequest, writer: asyncio.StreamWriter) -> None:
        self.asked.set()
        # The only way from a writer to its reader.
        reader = cast(Any, writer.transport.get_protocol())._stream_reader
        with suppress(ConnectionError):
            assert await reader.read() == b""
        self.left_at = time.monotonic()
        self.left.set()


@contextmanager
def asking(service: Service, path: str, what: dict[str, Any]) -> Iterator[socket.socket]:
    """A connection with a request on its way."""
    host, _, port = service.base_url.removeprefix("http://").partition(":")
    data = json.dumps(what).encode()
    head = f"POST {path} HTTP/1.1\r\nhost: candor\r\ncontent-type: application/json\r\n"
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(f"{head}content-length: {len(data)}\r\n\r\n".encode() + data)
        yield connection


def read_until(connection: socket.socket, word: bytes) -> bytes:
    seen = b""
    while word not in seen:
        chunk = connection.recv(65536)
        assert chunk, "the service closed first"
        seen += chunk
    return seen


def metric(service: Service, name: str) -> float:
    text = httpx.get(f"{service.base_url}/metrics", trust_env=False).text
    return sum(float(ln.split()[-1]) for ln in text.splitlines() if ln.startswith(f"{name} "))


def comes_to(service: Service, name: str, value: float) -> bool:
    give_up = time.monotonic() + 5
    while metric(service, name) != value and time.monotonic() < give_up:
        time.sleep(0.01)
    return metric(service, name) == value


def test_a_debate_is_seen_while_it_is_held(tmp_path: Path) -> None:
    with (
        ModelServer(plays_along(0.5)) as server,
        serving(tmp_path, config(server.base_url)) as service,
        httpx.stream(
            "POST", service.base_url + STREAM, json=body(), timeout=30, trust_env=False
        ) as answer,
    ):
        assert answer.status_code == 200
        asked_at_turn, names, last = [], [], ""
        for line in answer.iter_lines():
            if line.startswith("event: "):
                names.append(line.removeprefix("event: "))
                asked_at_turn += [len(server.requests)] if names[-1] == "turn" else []
            elif line.startswith("data: "):
                last = line.removeprefix("data: ")
    assert names == [
        *("step_started", "step_ended", "step_started"),
        *["turn"] * 4,
        *("step_ended", "report"),
    ]
    # Each turn is here before the model has been asked for much more than the next one.
    late = [asked - turn for turn, asked in enumerate(asked_at_turn, start=1)]
    assert max(late) <= 1, late
    report = json.loads(last)
    assert (report["outcome"], report["usage"]["model_calls"]) == ("deceptive", 5)


@pytest.fixture
def hanging() -> Hanging:
    return Hanging()


@pytest.mark.parametrize("path", [STREAM, PLAIN])
def test_hanging_up_ends_the_model_call_at_once(
    tmp_path: Path, hanging: Hanging, path: str
) -> None:
    acts: list[Act] = [plays_along(), hanging]
    with ModelServer(*acts) as server, serving(tmp_path, config(server.base_url)) as service:
        with asking(service, path, body()) as connection:
            if path == STREAM:
                read_until(connection, b"event: turn")
            assert hanging.asked.wait(10)
        closed_at = time.monotonic()
        assert hanging.left.wait(5), "the model call went on"
        assert hanging.left_at - closed_at < SECONDS
        assert comes_to(service, "candor_cancelled_total", 1)
        assert comes_to(service, "candor_in_flight", 0)
        time.sleep(0.1)
        assert len(server.requests) == 2, "nobody was asked after it"
    assert '"event":"cancelled"' in service.log
    assert "Traceback" not in service.log
    assert '"level":"error"' not in service.log
    assert '"level":"warning"' not in service.log
    assert "cats" not in service.log


def test_a_call_goes_on_as_long_as_somebody_waits_for_it(tmp_path: Path, hanging: Hanging) -> None:
    with ModelServer(hanging) as server, serving(tmp_path, config(server.base_url)) as service:
        with asking(service, PLAIN, body()) as staying:
            assert hanging.asked.wait(10)
            with asking(service, STREAM, body()) as leaving:
                # Headers come when it has waited a little, for it sees no events.
                read_until(leaving, b"\r\n\r\n")
            assert comes_to(service, "candor_cancelled_total", 1)
            assert not hanging.left.wait(0.3)
            staying.close()
            assert hanging.left.wait(5)
        assert len(server.requests) == 1


def test_sigterm_in_the_middle_of_a_stream_lets_it_end(tmp_path: Path) -> None:
    with (
        ModelServer(plays_along(0.2)) as server,
        serving(tmp_path, config(server.base_url)) as service,
        asking(service, STREAM, body()) as connection,
    ):
        read_until(connection, b"event: turn")
        service.process.send_signal(signal.SIGTERM)
        assert b"event: report" in read_until(connection, b'"outcome":"deceptive"')
        assert service.process.wait(timeout=10) == 0


def test_a_stream_that_does_not_end_after_sigterm_is_ended(
    tmp_path: Path, hanging: Hanging
) -> None:
    limit = "server: {shutdown_seconds: 1}\n"
    with (
        ModelServer(plays_along(), hanging) as server,
        serving(tmp_path, limit + config(server.base_url)) as service,
        asking(service, STREAM, body()) as connection,
    ):
        read_until(connection, b"event: turn")
        assert hanging.asked.wait(10)
        started = time.monotonic()
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(timeout=10) == 0
        assert 1 <= time.monotonic() - started < 3
    assert hanging.left.wait(1)


def test_an_ended_stream_leaves_the_connection_for_the_next_request(tmp_path: Path) -> None:
    with (
        ModelServer() as server,
        serving(tmp_path, config(server.base_url)) as service,
        httpx.Client(base_url=service.base_url, timeout=30, trust_env=False) as client,
    ):
        for _ in range(2):
            assert "event: report" in client.post(STREAM, json=body()).text
        assert client.post(PLAIN, json=body()).json()["cache"] == "hit"
        assert metric(service, "candor_cancelled_total") == 0
