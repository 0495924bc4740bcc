"""A small world: a host outside, names that lead anywhere, and traps that nothing may reach.

Everything is on loopback. The host outside listens on 127.0.0.2, which the tests pass off as a
public address; the traps listen on 127.0.0.1 and ::1, and count who comes.
"""

import socket
import socketserver
import ssl
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from candor.adapters.images import Most, RemoteImagesConfig
from candor.adapters.images.remote import RemoteImages
from candor.adapters.net.addresses import is_public
from candor.adapters.net.client import open_guarded_http
from tests.images import corners, encoded
from tests.papers import issue

OUTSIDE = "127.0.0.2"
MOST = Most(20 * 2**20, 32 * 2**20)
PICTURE = encoded(corners(), "PNG")


def acceptable(address: IPv4Address | IPv6Address) -> bool:
    return address == ip_address(OUTSIDE) or is_public(address)


@dataclass
class Trap:
    """Answers everybody with a picture, in plain HTTP; `reached` counts connections."""

    reached: int = 0
    ports: list[int] = field(default_factory=list)

    @contextmanager
    def open(self) -> Iterator["Trap"]:
        trap = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                trap.reached += 1
                head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(PICTURE)}\r\n\r\n"
                self.request.sendall(head.encode() + PICTURE)

        class Six(socketserver.ThreadingTCPServer):
            address_family = socket.AF_INET6

        with ExitStack() as stack:
            first = stack.enter_context(_serving(socketserver.ThreadingTCPServer, Handler))
            stack.enter_context(_serving(Six, Handler, "::1", first))
            self.ports = [first, stack.enter_context(_serving(_Threading, Handler))]
            yield self


_Threading = socketserver.ThreadingTCPServer


@contextmanager
def _serving(
    kind: type[socketserver.ThreadingTCPServer],
    handler: type[socketserver.BaseRequestHandler],
    host: str = "127.0.0.1",
    port: int = 0,
) -> Iterator[int]:
    with kind((host, port), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@dataclass(frozen=True)
class Asked:
    path: str
    headers: Mapping[str, str]
    server_name: str


class Outside:
    """A web server with a certificate for *.world.example. What it answers stands in the path:

    /picture.png  /to?url=... (redirects)  /hops/3  /status/404  /late/404  /html  /big/100
    /endless  /lying/100  /gzip  /slow  /silence (hangs up)  /cookie?url=...

    `left` is set when somebody hung up in the middle of an answer.
    """

    def __init__(self, folder: Path) -> None:
        self.asked: list[Asked] = []
        self.left = threading.Event()
        self.picture = PICTURE
        self.papers = issue(folder, "*.world.example")

    @contextmanager
    def open(self) -> Iterator["Outside"]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.papers.certificate, self.papers.key)
        names: dict[int, str] = {}
        context.sni_callback = lambda sock, name, _: names.update({id(sock): name or ""})
        handler = type("Handler", (_Handler,), {"outside": self, "names": names})
        server = _QuietServer((OUTSIDE, 0), handler)
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        server.daemon_threads = True
        self.port: int = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield self
        server.shutdown()
        server.server_close()

    def client_context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.papers.authority))


class _Handler(BaseHTTPRequestHandler):
    outside: ClassVar[Outside]
    names: ClassVar[dict[int, str]]

    def do_GET(self) -> None:
        headers = {k.lower(): v for k, v in self.headers.items()}
        asked = Asked(self.path, headers, self.names.get(id(self.connection), ""))
        self.outside.asked.append(asked)
        parts = urlsplit(self.path)
        kind, _, argument = parts.path[1:].partition("/")
        query = {k: v[0] for k, v in parse_qs(parts.query).items()}
        getattr(self, f"_{kind.partition('.')[0]}")(argument, query)

    def do_POST(self) -> None:
        self.do_GET()

    def _picture(self, *_: object) -> None:
        # The name and the type are wrong on purpose: the bytes tell.
        self._send(200, {"content-type": "text/plain"}, self.outside.picture)

    def _to(self, _: str, query: Mapping[str, str]) -> None:
        self._send(302, {"location": query["url"]})

    def _cookie(self, _: str, query: Mapping[str, str]) -> None:
        self._send(302, {"location": query["url"], "set-cookie": "secret=1"})

    def _hops(self, left: str, _: object) -> None:
        to = f"/hops/{int(left) - 1}" if int(left) > 1 else "/picture.png"
        self._send(302, {"location": to})

    def _nowhere(self, *_: object) -> None:
        self._send(302, {})

    def _status(self, status: str, _: object) -> None:
        self._send(int(status), {}, b"what it says is nobody's business")

    def _late(self, status: str, _: object) -> None:
        time.sleep(0.4)
        self._send(int(status), {})

    def _html(self, *_: object) -> None:
        self._send(200, {"content-type": "image/png"}, b"<html>not a picture</html>")

    def _big(self, size: str, _: object) -> None:
        self._send(200, {}, b"\x89" * int(size))

    def _gzip(self, *_: object) -> None:
        self._send(200, {"content-encoding": "gzip"}, b"\x1f\x8b")

    def _lying(self, size: str, _: object) -> None:
        self._send(200, {"content-length": size}, b"short")

    def _endless(self, *_: object) -> None:
        self.send_response(200)
        self.end_headers()
        self._until_gone(b"\x89" * 2**14, 0)

    def _slow(self, *_: object) -> None:
        self.send_response(200)
        self.end_headers()
        self._until_gone(b"\x89", 0.02)

    def _silence(self, *_: object) -> None:
        self.close_connection = True

    def _until_gone(self, chunk: bytes, pause: float) -> None:
        give_up = time.monotonic() + 10
        while time.monotonic() < give_up:
            try:
                self.wfile.write(chunk)
            except OSError:
                self.outside.left.set()
                raise
            time.sleep(pause)

    def _send(self, status: int, headers: Mapping[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in {"content-length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


class _QuietServer(ThreadingHTTPServer):
    """Who hangs up, or does not like the certificate, is no news here."""

    def handle_error(self, *_: object) -> None: ...


@dataclass
class Names:
    """Where names lead. A name with several lists gives them in turn."""

    known: dict[str, Sequence[Sequence[str]]]
    asked: list[str] = field(default_factory=list)

    async def __call__(self, name: str) -> Sequence[str]:
        answers = self.known.get(name)
        if answers is None:
            raise socket.gaierror(socket.EAI_NONAME, "not known")
        self.asked.append(name)
        return answers[(self.asked.count(name) - 1) % len(answers)]


@asynccontextmanager
async def fetcher(
    outside: Outside,
    names: Names,
    config: RemoteImagesConfig,
    told: list[str],
    most: Most = MOST,
) -> AsyncIterator[RemoteImages]:
    opened = open_guarded_http(config.allowed, names, outside.client_context(), acceptable)
    async with opened as http:
        yield RemoteImages(http, config, most, told.append)
