"""POST /v1/monitor/stream: the same as POST /v1/monitor, told while it happens."""

import asyncio
from dataclasses import dataclass, field

from fastapi import Request, Response
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from candor.api import dependencies, handlers, problems
from candor.api.ids import Ids
from candor.api.problems import Problem
from candor.api.v1 import events, wire
from candor.api.v1.answering import Answer, Answering
from candor.api.v1.connection import while_connected
from candor.api.v1.events import StepStartedOut, TurnSpokenOut
from candor.api.v1.evidence import marked_turn, turn_out
from candor.api.v1.receive import Received
from candor.domain.beside import beside
from candor.domain.errors import CandorError
from candor.domain.events import Event, StepEnded, StepStarted, TurnSpoken
from candor.telemetry.logs import Journal

KEEP_ALIVE_SECONDS = 15.0
# How long an answer in plain JSON (a problem) is still possible while nothing happens.
_PATIENCE_SECONDS = 1.0
# How long a reader may let one event wait; who stops reading must not be held in memory for ever.
STALLED_SECONDS = 30.0
_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}
_START = "http.response.start"
_BODY = "http.response.body"


@dataclass(frozen=True, slots=True)
class StreamRoute:
    journal: Journal
    keep_alive_seconds: float = KEEP_ALIVE_SECONDS
    stalled_seconds: float = STALLED_SECONDS
    ids: Ids = field(default_factory=Ids)

    async def __call__(self, request: Request) -> Response:
        answering = Answering(request, self.journal, ids=self.ids)
        return EventStream(answering, self.keep_alive_seconds, self.stalled_seconds)


class EventStream(Response):
    """Judges while it is being sent, so that all of it ends with the connection."""

    media_type = "text/event-stream"

    def __init__(
        self,
        answering: Answering,
        keep_alive_seconds: float = KEEP_ALIVE_SECONDS,
        stalled_seconds: float = STALLED_SECONDS,
    ) -> None:
        # As StreamingResponse does: without a body there is no content-length.
        self.status_code = 200
        self.background = None
        self.init_headers(_HEADERS)
        self._answering = answering
        self._keep_alive_seconds = keep_alive_seconds
        self._stalled_seconds = stalled_seconds

    async def __call__(
        self,
        scope: Scope,  # noqa: ARG002 # given by the framework
        receive: Receive,
        send: Send,
    ) -> None:
        """Raises: CandorError as long as nothing was sent; ClientDisconnect."""
        patiently = _Sender(send, self._stalled_seconds).send
        with self._answering.state["metrics"].in_flight:
            received = await self._answering.read()
            async with while_connected(receive):
                last = await self._judged(received, patiently)
            # Servers call an answer that is complete a disconnect too.
            await patiently({"type": _BODY, "body": last, "more_body": False})

    async def _judged(self, received: Received, send: Send) -> bytes:
        """Sends all but the last event, which it returns."""
        heard = _Heard()
        async with beside(self._work(received, heard)):
            first = await heard.next(_PATIENCE_SECONDS)
            if isinstance(first, Exception):
                raise first
            await send({"type": _START, "status": self.status_code, "headers": self.raw_headers})
            return await self._send_events(first, heard, send)

    async def _work(self, received: Received, heard: "_Heard") -> None:
        try:
            heard.ended(await self._answering.answer(received, heard))
        except Exception as exc:  # noqa: BLE001 # whoever reads raises it, or tells the caller
            heard.ended(exc)

    async def _send_events(self, first: "Heard | None", heard: "_Heard", send: Send) -> bytes:
        number, item = 0, first
        while not isinstance(item, Answer | Exception):
            chunk = events.KEEP_ALIVE
            if item is not None:
                number += 1
                chunk = await _told(number, item)
            await send({"type": _BODY, "body": chunk, "more_body": True})
            item = await heard.next(self._keep_alive_seconds)
        return self._last(number + 1, item)

    def _last(self, number: int, end: Answer | Exception) -> bytes:
        if isinstance(end, Answer):
            return events.encoded(number, "report", end.body)
        return events.encoded(number, "problem", problems.as_json(self._problem(end)))

    def _problem(self, error: Exception) -> Problem:
        request, journal = self._answering.request, self._answering.journal
        if isinstance(error, CandorError):
            return handlers.noted(error, request, journal)
        request_id = dependencies.request_id(request)
        journal.crash(error, request_id)
        return problems.internal(request_id)


@dataclass(frozen=True, slots=True)
class _Sender:
    """Takes a reader that has stopped reading for one that has gone."""

    to: Send
    seconds: float

    async def send(self, message: Message) -> None:
        """Raises: ClientDisconnect."""
        try:
            async with asyncio.timeout(self.seconds):
                await self.to(message)
        except TimeoutError:
            raise ClientDisconnect from None


Heard = Event | Answer | Exception


@dataclass(frozen=True, slots=True)
class _Heard:
    """What is not yet sent, in order. A slow reader makes it longer and slows nobody: see
    `domain.events.Listener` for how long it can get."""

    waiting: asyncio.Queue[Heard] = field(default_factory=asyncio.Queue)

    def told(self, event: Event) -> None:
        self.waiting.put_nowait(event)

    def ended(self, end: Answer | Exception) -> None:
        self.waiting.put_nowait(end)

    async def next(self, seconds: float) -> Heard | None:
        """None when nothing happens for so long."""
        try:
            async with asyncio.timeout(seconds):
                return await self.waiting.get()
        except TimeoutError:
            return None


async def _told(number: int, event: Event) -> bytes:
    match event:
        case StepStarted(tier):
            return events.encoded(
                number, "step_started", events.as_json(StepStartedOut(tier=tier))
            )
        case TurnSpoken():
            return events.encoded(number, "turn", events.as_json(await _turn(event)))
        case StepEnded(step):
            return events.encoded(number, "step_ended", events.as_json(wire.step(step)))


async def _turn(event: TurnSpoken) -> TurnSpokenOut:
    try:
        marked = await marked_turn(event.turn, event.pictures)
    except CandorError:
        # Said in the format: a picture for a watcher is not worth the verdict.
        marked = None
    return TurnSpokenOut(**turn_out(event.turn, event.pictures), marked_images=marked)
