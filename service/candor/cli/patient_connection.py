"""HTTP as uvicorn speaks it, for clients that send too much before the body or nothing in time.

uvicorn bounds the pause between two requests and nothing else: a head may be of any size, and
whoever sends a byte a minute holds a connection for ever.
"""

import asyncio
import uuid
from enum import Enum, auto
from typing import Any

from candor.api import problems
from candor.api.problems import Unread
from candor.cli.whole_answers import WholeAnswers
from candor.settings import ServerConfig

# After a refusal, what still comes is thrown away for so long: closing at once would reset the
# connection, and the client would see that instead of the answer.
_LINGER_SECONDS = 1.0


class _Phase(Enum):
    IDLE = auto()
    HEAD = auto()
    BODY = auto()


class PatientConnection(WholeAnswers):
    """No timer is set for a request that comes in one piece."""

    def __init__(self, patience: ServerConfig, **given: Any) -> None:
        super().__init__(**given)
        self._patience = patience
        self._phase = _Phase.HEAD
        # Bytes: of this phase, of the last piece, and of the piece in which this head begins,
        # which may hold the end of another request.
        self._come = self._chunk = self._first = 0
        self._since = self.loop.time()
        self._timer: asyncio.TimerHandle | None = None
        self._sending: asyncio.TimerHandle | None = None
        self._fault: Unread | None = None
        self._refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as there
        super().connection_made(transport)
        self._wait(self._patience.header_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_timer()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        self._chunk = len(data)
        self._come += self._chunk
        super().data_received(data)
        if self._phase is _Phase.IDLE or self._refused:
            return
        if self._phase is _Phase.HEAD and self._is_too_large():
            self._refuse(self._too_large())
        elif self._timer is None:
            self._wait(self._allowed())

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._first = self._chunk
        self._enter(_Phase.HEAD)

    def on_headers_complete(self) -> None:
        if self._is_too_large():
            self._fault = self._too_large()
            raise ValueError("the head is too large")
        super().on_headers_complete()
        self._enter(_Phase.BODY)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._enter(_Phase.IDLE)

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._sending is None:
            self._sending = self.loop.call_later(self._patience.send_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 # uvicorn's words, in plain text
        """uvicorn calls it for whatever its parser refuses, our own errors among it."""
        self._refuse(self._fault or Unread.MALFORMED)

    def _enter(self, phase: _Phase) -> None:
        self._phase, self._come = phase, 0
        self._since = self.loop.time()
        self._forget_timer()

    def _is_too_large(self) -> bool:
        most = self._patience.max_header_bytes
        if self.headers and len(self.headers) > self._patience.max_headers:
            return True
        # Counted exactly only where it may be too much.
        return self._first + self._come > most and (self._come > most or self._head_bytes() > most)

    def _head_bytes(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _too_large(self) -> Unread:
        few = self.headers is None or len(self.headers) <= self._patience.max_headers
        return Unread.HEAD_TOO_LONG if few else Unread.TOO_MANY_HEADERS

    def _allowed(self) -> float:
        """Seconds that are left to this part of the request."""
        patience = self._patience
        seconds = patience.header_seconds
        if self._phase is _Phase.BODY:
            seconds = patience.body_seconds + self._come / patience.body_bytes_per_second
        return self._since + seconds - self.loop.time()

    def _wait(self, seconds: float) -> None:
        self._timer = self.loop.call_later(seconds, self._late)

    def _forget_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        self._timer = None
        if self.transport.is_closing():
            return
        if self._phase is _Phase.BODY and self.flow.read_paused:
            # It is we who do not read.
            self._since = self.loop.time()
        left = self._allowed()
        if left > 0:
            self._wait(left)
        else:
            slow = Unread.SLOW_BODY if self._phase is _Phase.BODY else Unread.SLOW_HEAD
            self._refuse(slow)

    def _refuse(self, fault: Unread) -> None:
        """Says why, if it is this request's turn to be answered, and hangs up."""
        self._refused = True
        self._forget_timer()
        self.app_state["metrics"].connections_refused.labels(fault.name.lower()).inc()
        may_say = self._may_say()
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if not may_say:
            self.transport.close()
            return
        self.transport.write(_answer(fault))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(_LINGER_SECONDS, self.transport.close)

    def _may_say(self) -> bool:
        if self.pipeline:
            return False
        cycle = self.cycle
        if self._phase is _Phase.BODY:
            return not cycle.response_started
        # Nobody who only opened a connection is told anything.
        return bool(self._chunk) and (cycle is None or cycle.response_complete)


def _answer(fault: Unread) -> bytes:
    request_id = uuid.uuid4().hex
    body = problems.as_json(problems.unread(fault, request_id))
    head = (
        f"HTTP/1.1 {fault.status.value} {fault.status.phrase}\r\n"
        f"content-type: {problems.MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\n"
        f"x-request-id: {request_id}\r\nconnection: close\r\n\r\n"
    )
    return head.encode("ascii") + body
