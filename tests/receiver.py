"""Somebody who is told by webhook, on loopback, and keeps what was heard.

with Receiver() as receiver:                 # takes everything
with Receiver(503, 204) as receiver:         # one status per request; the last one goes on
"""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.loopback import Loopback


@dataclass(frozen=True)
class Heard:
    headers: Mapping[str, str]
    body: bytes
    status: int

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def delivery(self) -> str:
        return self.headers["candor-delivery-id"]

    @property
    def event(self) -> str:
        return self.headers["candor-event-id"]


class Receiver(Loopback):
    def __init__(self, *statuses: int) -> None:
        self.heard: list[Heard] = []
        self._statuses = list(statuses) or [204]
        self._lock = threading.Lock()
        super().__init__(self._handler())

    @property
    def url(self) -> str:
        return f"http://{self.host}/told"

    @property
    def taken(self) -> list[Heard]:
        with self._lock:
            return [one for one in self.heard if one.status < 300]

    def _hear(self, headers: Mapping[str, str], body: bytes) -> int:
        with self._lock:
            status = self._statuses[min(len(self.heard), len(self._statuses) - 1)]
            self.heard.append(Heard(headers, body, status))
            return status

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        hear = self._hear

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status = hear({k.lower(): v for k, v in self.headers.items()}, body)
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        return Handler
