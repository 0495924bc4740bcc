"""What is sent to `candor serve` before there is a request: too much, too slowly, or no HTTP."""

import json
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.service import Service, serving

CONFIG = """
server: {header_seconds: 0.6, body_seconds: 0.8, body_bytes_per_second: 1000000, send_seconds: 1}
policies: {default: {tiers: [{kind: screen}]}}
ocr: {kind: none}
"""
BODY = b'{"prompt":"p","response":"r"}'
HEAD = b"POST /v1/monitor HTTP/1.1\r\nhost: candor\r\ncontent-type: application/json\r\n"
WHOLE = HEAD + b"content-length: %d\r\n\r\n" % len(BODY) + BODY


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("patient"), CONFIG) as service:
        yield service


@pytest.fixture
def wire(service: Service) -> Iterator[socket.socket]:
    port = urlsplit(service.base_url).port
    with socket.create_connection(("127.0.0.1", port or 0), timeout=10) as wire:
        yield wire


@dataclass(frozen=True)
class Answer:
    head: bytes
    body: bytes

    @property
    def status(self) -> int:
        return int(self.head.split()[1])

    @property
    def kind(self) -> str:
        kind: str = json.loads(self.body)["type"]
        return kind.rpartition(":")[2]


def until_the_end(wire: socket.socket) -> bytes:
    said = b""
    while more := wire.recv(65_536):
        said += more
    return said


def answers(wire: socket.socket) -> list[Answer]:
    """All until the other side hangs up."""
    said, found = until_the_end(wire), []
    while said:
        head, _, rest = said.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r")[0])
        found.append(Answer(head, rest[:length]))
        said = rest[length:]
    return found


def still_well(service: Service) -> bool:
    answer = httpx.post(
        f"{service.base_url}/v1/monitor", json={"prompt": "p", "response": "r"}, trust_env=False
    )
    return answer.status_code == 200 and "server" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        b"x-long: " + b"a" * 2**20 + b"\r\n",
        b"".join(b"x-%d: y\r\n" % i for i in range(10_000)),
        b"".join(b"x-%d: y\r\n" % i for i in range(101)),
        b"x-long: " + b"a" * (33 * 2**10) + b"\r\n",
    ],
    ids=["one-of-a-megabyte", "ten-thousand", "one-too-many", "just-too-long"],
)
def test_too_much_of_a_head_gets_431(
    wire: socket.socket, service: Service, headers: bytes
) -> None:
    wire.sendall(HEAD + headers + b"content-length: 2\r\n\r\n{}")
    (answer,) = answers(wire)
    assert (answer.status, answer.kind) == (431, "headers-too-large")
    assert still_well(service)


def test_a_long_address_gets_431(wire: socket.socket) -> None:
    wire.sendall(b"GET /" + b"a" * 2**17 + b" HTTP/1.1\r\nhost: candor\r\n\r\n")
    assert answers(wire)[0].status == 431


def test_headers_that_never_end_are_cut_at_the_limit(wire: socket.socket) -> None:
    wire.sendall(HEAD)
    until = time.monotonic() + 8
    with pytest.raises(OSError):  # noqa: PT012 - reset or broken pipe, at whichever of them
        while time.monotonic() < until:
            wire.sendall(b"x-more: " + b"a" * 1000 + b"\r\n")


def drip(wire: socket.socket, data: bytes) -> float:
    """One byte at a time until the other side hangs up; the seconds that it took."""
    started = time.monotonic()
    wire.setblocking(False)
    for at in range(len(data)):
        try:
            wire.send(data[at : at + 1])
            if wire.recv(1, socket.MSG_PEEK):
                break
        except BlockingIOError:
            pass
        except OSError:
            break
        time.sleep(0.05)
    else:
        raise AssertionError("it was let drip to the end")
    wire.settimeout(10)
    return time.monotonic() - started


def test_headers_that_drip_are_cut_off(wire: socket.socket, service: Service) -> None:
    took = drip(wire, HEAD + b"x-more: y\r\n" * 100)
    (answer,) = answers(wire)
    assert (answer.status, answer.kind) == (408, "too-slow")
    assert took < 6
    assert still_well(service)


def test_a_body_that_drips_is_cut_off(wire: socket.socket, service: Service) -> None:
    wire.sendall(HEAD + b"content-length: 1000\r\n\r\n")
    took = drip(wire, b"{" + b" " * 900)
    (answer,) = answers(wire)
    assert (answer.status, answer.kind) == (408, "too-slow")
    assert took < 8
    assert still_well(service)


def test_a_connection_on_which_nothing_comes_is_closed_without_a_word(wire: socket.socket) -> None:
    assert until_the_end(wire) == b""


def test_the_second_request_of_a_connection_has_the_same_time(wire: socket.socket) -> None:
    wire.sendall(WHOLE)
    assert wire.recv(65_536).startswith(b"HTTP/1.1 200 ")
    drip(wire, HEAD)
    assert answers(wire)[0].status == 408


def test_a_body_that_pauses_within_its_time_is_judged(wire: socket.socket) -> None:
    wire.sendall(WHOLE[:-5])
    time.sleep(0.3)
    wire.sendall(WHOLE[-5:])
    assert wire.recv(65_536).startswith(b"HTTP/1.1 200 ")


SMUGGLED = b"0\r\n\r\nGET /v1/policies HTTP/1.1\r\nhost: candor\r\n\r\n"


@pytest.mark.parametrize(
    "lines",
    [
        b"content-length: %d\r\ntransfer-encoding: chunked\r\n" % len(SMUGGLED),
        b"transfer-encoding: chunked\r\ncontent-length: %d\r\n" % len(SMUGGLED),
        b"content-length: 5\r\ncontent-length: 6\r\n",
        b"content-length: 5, 6\r\n",
        b"content-length: +5\r\n",
        b"content-length: -5\r\n",
        b"content-length: 0x5\r\n",
        b"content-length: 99999999999999999999999\r\n",
        b"transfer-encoding: xchunked\r\n",
        b"transfer-encoding: chunked, identity\r\n",
        b"transfer-encoding : chunked\r\n",
        b"transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n",
        b"x-a: b\r\n folded: c\r\ncontent-length: 5\r\n",
        b"x-a: b\x00c\r\ncontent-length: 5\r\n",
        b"x-a: b\nx-c: d\r\ncontent-length: 5\r\n",
        b"x-a: b\rx-c: d\r\ncontent-length: 5\r\n",
    ],
)
def test_a_length_that_two_readers_may_read_differently_is_refused(
    wire: socket.socket, lines: bytes
) -> None:
    wire.sendall(HEAD + lines + b"\r\n" + SMUGGLED)
    (answer,) = answers(wire)
    assert (answer.status, answer.kind) == (400, "malformed-http")


def test_a_chunk_of_no_size_is_refused(wire: socket.socket) -> None:
    wire.sendall(HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n")
    assert answers(wire)[0].kind == "malformed-http"


def test_what_follows_connection_close_is_no_request(wire: socket.socket) -> None:
    wire.sendall(WHOLE.replace(b"host:", b"connection: close\r\nhost:") + WHOLE)
    assert [answer.status for answer in answers(wire)] == [200]


def test_a_second_request_that_is_no_http_does_not_spoil_the_first(wire: socket.socket) -> None:
    wire.sendall(WHOLE + b"\x16\x03\x01 hello\r\n\r\n")
    assert all(answer.status in (200, 400) for answer in answers(wire))


def test_refusals_are_counted_by_reason(service: Service, wire: socket.socket) -> None:
    wire.sendall(b"\x16\x03\x01\r\n\r\n")
    assert answers(wire)[0].status == 400
    told = httpx.get(f"{service.base_url}/metrics", trust_env=False).text
    assert 'candor_connections_refused_total{reason="malformed"}' in told


MANY = 60
LONG = b"GET /openapi.json HTTP/1.1\r\nhost: candor\r\n\r\n"


def in_a_small_way(service: Service) -> socket.socket:
    """A connection whose reader has room for little."""
    wire = socket.socket()
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    wire.settimeout(10)
    wire.connect(("127.0.0.1", urlsplit(service.base_url).port))
    return wire


def read(wire: socket.socket, wanted: int) -> int:
    """So many bytes, or fewer where the other side hangs up."""
    found = 0
    while found < wanted and (more := wire.recv(65_536)):
        found += len(more)
    return found


def test_who_does_not_read_its_answers_is_cut_off(service: Service) -> None:
    with in_a_small_way(service) as wire:
        wire.sendall(LONG * MANY)
        until = time.monotonic() + 30
        # Between requests empty lines are no request; where nobody listens any more they fail.
        with pytest.raises(OSError):  # noqa: PT012 - reset or broken pipe, at whichever of them
            while time.monotonic() < until:
                wire.sendall(b"\r\n")
                time.sleep(0.1)
    assert still_well(service)


def test_who_reads_slowly_gets_all(service: Service) -> None:
    with in_a_small_way(service) as wire:
        wire.sendall(LONG * MANY)
        time.sleep(0.4)
        found = read(wire, 10**6)
        time.sleep(0.4)
        found += read(wire, 10**6)
    assert found >= 2 * 10**6


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "deflate", "gzip, identity"])
@pytest.mark.parametrize(
    "path",
    [
        "/v1/monitor",
        "/v1/monitor/stream",
        "/v1/monitor/jobs",
        "/v1/monitor/batches",
        "/v1/verdicts/mon_9f86d081884c7d659a2feaa0/review",
    ],
)
def test_compressed_bodies_are_not_unpacked(service: Service, path: str, encoding: str) -> None:
    kind = "application/x-ndjson" if path.endswith("batches") else "application/json"
    headers = {"content-encoding": encoding, "content-type": kind}
    answer = httpx.post(service.base_url + path, content=BODY, headers=headers, trust_env=False)
    assert answer.status_code == 415


def test_no_other_site_is_let_in(service: Service) -> None:
    headers = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    answer = httpx.options(f"{service.base_url}/v1/monitor", headers=headers, trust_env=False)
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_docs_are_answered_on_loopback_and_not_where_they_are_off(
    service: Service, tmp_path: Path
) -> None:
    assert httpx.get(f"{service.base_url}/docs", trust_env=False).status_code == 200
    with serving(tmp_path, CONFIG.replace("server: {", "server: {docs: false, ")) as silent:
        for path in ("/docs", "/openapi.json", "/redoc"):
            assert httpx.get(silent.base_url + path, trust_env=False).status_code == 404
