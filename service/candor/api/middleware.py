"""What happens to every request before a route sees it. Plain ASGI: it costs microseconds.

One entrance instead of a layer for each: a layer costs a coroutine for the request and one for
each message of its body and answer, and reads the headers anew.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from candor.api.arrival import Arrival
from candor.api.auth import Door, refuse
from candor.api.dependencies import state_in
from candor.api.ids import Ids
from candor.api.limits import BodyRoom
from candor.api.outgoing import Outgoing, outgoing_in, put_in
from candor.api.rates import Meter
from candor.api.v1.shortcut import Shortcut
from candor.telemetry.logs import Journal

BATCHES = "/v1/monitor/batches"


class Front:
    """In this order: an id for the request, who asks, how much they may, the generation that it
    ends on whatever is loaded meanwhile, how long its body may be, and whether its verdict is
    known. What is raised by all that, and by the routes, has a decent end."""

    def __init__(self, app: ASGIApp, journal: Journal, shortcut: Shortcut | None = None) -> None:
        """Without `shortcut` everything goes to the routes."""
        self._app = app
        self._journal = journal
        self._shortcut = shortcut
        self._door = Door(journal)
        self._meter = Meter(journal)
        self._ids = Ids()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        arrival = Arrival.of(scope["headers"])
        request_id = arrival.request_id or self._ids.hex(32)
        scope["state"]["request_id"] = request_id
        out = Outgoing(send, request_id)
        put_in(scope, out)
        try:
            await self._let_in(arrival, scope, receive, out)
        except Exception as exc:  # noqa: BLE001 # all that is left becomes a 500
            await out.end(exc, scope, receive, self._journal)

    async def _let_in(
        self, arrival: Arrival, scope: Scope, receive: Receive, out: Outgoing
    ) -> None:
        entrance = state_in(scope)["entrance"]
        if entrance.identity.required and not await self._door.lets_in(
            arrival, scope, receive, out
        ):
            return
        if self._meter.meters(scope, entrance):
            metered = await self._meter.take(arrival, scope, receive, out)
            if metered is None:
                return
            receive = metered
        generations = state_in(scope)["generations"]
        generation = generations.begin()
        try:
            # The server hands every request a copy of the state, so this one is its own.
            scope["state"]["monitor"] = generation.monitor
            scope["state"]["generation"] = generation.number
            await self._bounded(arrival, scope, receive, out)
        finally:
            generations.end(generation)

    async def _bounded(
        self, arrival: Arrival, scope: Scope, receive: Receive, out: Outgoing
    ) -> None:
        """Stops reading as soon as a body is known to be too long."""
        room = room_for(scope)
        if arrival.length is not None and arrival.length > room.most:
            await refuse(room.exceeded(), scope, receive, out.send, self._journal)
            return
        if not arrival.length_is_certain:
            receive = _Counted(receive, room).receive
        if self._shortcut is not None:
            behind = await self._shortcut.answered(arrival, scope, receive, out)
            if behind is None:
                return
            receive = behind
        await self._app(scope, receive, out.send)


class Crashes:
    """In front of the routes, and behind the framework's own layers: those would answer a crash
    in words of theirs."""

    def __init__(self, app: ASGIApp, journal: Journal) -> None:
        self._app = app
        self._journal = journal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        except Exception as exc:  # noqa: BLE001 # as above
            await outgoing_in(scope).end(exc, scope, receive, self._journal)


class _Counted:
    """Counts what is read."""

    __slots__ = ("_read", "_receive", "_room")

    def __init__(self, receive: Receive, room: BodyRoom) -> None:
        self._receive = receive
        self._room = room
        self._read = 0

    async def receive(self) -> Message:
        """Raises: TooLarge."""
        message = await self._receive()
        self._read += len(message.get("body", b""))
        if self._read > self._room.most:
            raise self._room.exceeded()
        return message


def room_for(scope: Scope) -> BodyRoom:
    """A batch may bring more than other requests: it is not held in memory."""
    config = state_in(scope)["config"]
    if scope["path"] == BATCHES and scope["method"] == "POST":
        return BodyRoom("jobs.limits.max_batch_bytes", config.max_batch_bytes)
    return BodyRoom("limits.max_body_bytes", config.limits.max_body_bytes)
