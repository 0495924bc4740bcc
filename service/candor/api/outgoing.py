"""An answer on its way out: what stands in front of the routes adds to its head, in one place."""

from collections.abc import Callable, Iterable
from typing import cast

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from candor.api import problems
from candor.api.arrival import Header
from candor.api.dependencies import state_in
from candor.telemetry.logs import Journal

_OUTGOING = "outgoing"


class Outgoing:
    """`send` takes the place of the server's own. `request_id` goes into every answer, what
    `add` was given too; `counted` hears the status of the answer when it begins."""

    __slots__ = ("_added", "_request_id", "_send", "counted", "started")

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id
        self._added: list[Header] = [(b"x-request-id", request_id.encode("ascii"))]
        self.started = False
        self.counted: Callable[[int], object] | None = None

    def add(self, headers: Iterable[Header]) -> None:
        self._added.extend(headers)

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begin(message)
        await self._send(message)

    async def whole(self, start: Message, body: Message) -> None:
        """Head and body of an answer that is ready."""
        self.begin(start)
        await self._send(start)
        await self._send(body)

    def begin(self, start: Message) -> None:
        """Made for the head of an answer."""
        self.started = True
        start["headers"] = [*start["headers"], *self._added]
        if self.counted is not None:
            self.counted(start["status"])

    async def end(self, exc: Exception, scope: Scope, receive: Receive, journal: Journal) -> None:
        """The last door: all that nobody expected becomes a 500."""
        if isinstance(exc, ClientDisconnect):
            # Nobody is left to answer.
            state_in(scope)["metrics"].cancelled.inc()
            journal.cancelled(self._request_id)
            return
        journal.crash(exc, self._request_id)
        if not self.started:
            response = problems.answer(problems.internal(self._request_id))
            await response(scope, receive, self.send)


def put_in(scope: Scope, outgoing: Outgoing) -> None:
    scope["state"][_OUTGOING] = outgoing


def outgoing_in(scope: Scope) -> Outgoing:
    return cast(Outgoing, scope["state"][_OUTGOING])
