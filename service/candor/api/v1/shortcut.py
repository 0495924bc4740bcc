"""POST /v1/monitor for bytes that are known and whose verdict is remembered: answered here, in
front of all routing and parsing. Whatever else comes goes on to the route as it came."""

import time
from collections import deque
from dataclasses import dataclass
from typing import cast

from starlette.types import Message, Receive, Scope

from candor.api.arrival import Arrival
from candor.api.auth import caller_in
from candor.api.dependencies import State, state_in, tenant_in
from candor.api.ids import Ids
from candor.api.outgoing import Outgoing
from candor.api.rates import lacks_in
from candor.api.v1 import deadlines, recording, wire
from candor.api.v1.headers import Times
from candor.api.v1.memo import Known, Memo
from candor.api.v1.prepared import Prepared
from candor.api.v1.receive import JSON
from candor.domain.errors import TooLarge
from candor.domain.trail import of_verdict
from candor.domain.verdict import Report
from candor.telemetry.logs import Journal, Told

PATH = "/v1/monitor"
_JSON = JSON.encode()
_SEEN = "seen"


@dataclass(frozen=True, slots=True)
class Seen:
    """What the route is told of a request that came by: the memo's key for its body, and the
    clock (`perf_counter`) when its first byte was read."""

    key: bytes
    started: float


def seen_in(scope: Scope) -> Seen | None:
    return cast(Seen | None, scope["state"].get(_SEEN))


class Shortcut:
    """After the body nothing is waited for until the answer is sent, but for a cache that is
    shared: that is asked where this process does not hold the verdict."""

    def __init__(self, journal: Journal, memo: Memo) -> None:
        self._journal = journal
        self._memo = memo
        self._ids = Ids()

    async def answered(
        self, arrival: Arrival, scope: Scope, receive: Receive, out: Outgoing
    ) -> Receive | None:
        """None: it was. Else what the routes are to read the request from."""
        state = state_in(scope)
        if not _may_be_known(arrival, scope) or not state["config"].memo_entries:
            return receive
        started = time.perf_counter()
        with state["metrics"].in_flight:
            read = await _read(receive, self._memo, tenant_in(scope))
            answer = await self._answer(read, state, scope, started)
            if answer is not None:
                await out.whole(*answer)
                return None
        if read.key:
            scope["state"][_SEEN] = Seen(read.key, started)
        return read.again

    async def _answer(
        self, read: "_Read", state: State, scope: Scope, started: float
    ) -> "_Answer | None":
        # Where nothing may be told that is not written down, answers wait for the disk.
        known = self._memo.find(read.key) if read.key else None
        if known is None or state["trail"].strict:
            return None
        if not recording.needs_no_exchange(known.wishes, state):
            return None
        parsed = time.perf_counter()
        source = state["monitor"].at_hand(known.about.digest, known.wishes)
        if source is None:
            source = await state["monitor"].shared_with_others(known.about.digest, known.wishes)
        if source is None:
            return None
        return self._told(known, source, scope, _Clock(started, parsed, time.perf_counter()))

    def _told(self, known: Known, source: Report, scope: Scope, clock: "_Clock") -> "_Answer":
        """It is counted and written down."""
        state = state_in(scope)
        prepared = _prepared(known, source, state)
        told = Told(
            f"mon_{self._ids.hex(24)}",
            scope["state"]["request_id"],
            known.model,
            wire.milliseconds(clock.judged - clock.started),
        )
        body = prepared.with_(told)
        times = clock.times()
        exemplar = None
        if state["tracing"].on:
            state["tracing"].evaluated(prepared.report, known.model, told.id)
            exemplar = state["tracing"].exemplar()
        prepared.counted.observe(times.total, exemplar)
        self._journal.repeat(prepared.line, told)
        if state["ledger"].keeps:
            recording.note_known(prepared.report, known.about, told, state)
        if state["trail"].keeps:
            caller = caller_in(scope)
            state["trail"].note(of_verdict(prepared.report, told.id, caller, told.request_id))
        return _answer_of(prepared.head(times, len(body)), body)


def remember(memo: Memo, seen: Seen, known: Known, state: State) -> None:
    """For requests that are plain; all others are answered by the route each time."""
    memo.keep(seen.key, known, state["config"].memo_entries)


def _prepared(known: Known, source: Report, state: State) -> Prepared:
    prepared = known.prepared
    if prepared is None or prepared.source is not source:
        prepared = known.prepared = Prepared.of(source, known.model, state["metrics"])
    return prepared


def _may_be_known(arrival: Arrival, scope: Scope) -> bool:
    if scope["path"] != PATH or scope["method"] != "POST" or lacks_in(scope):
        return False
    if arrival.hurried and not deadlines.readable(scope["headers"]):
        return False
    form = arrival.form
    if form is None or arrival.encoding not in (None, b"identity"):
        return False
    return form == _JSON or bool(form.partition(b";")[0].strip().lower() == _JSON)


_Answer = tuple[Message, Message]
"""Its head and its body."""


def _answer_of(headers: list[tuple[bytes, bytes]], body: bytes) -> _Answer:
    return (
        {"type": "http.response.start", "status": 200, "headers": headers},
        {"type": "http.response.body", "body": body},
    )


@dataclass(slots=True)
class _Clock:
    """`perf_counter` when the first byte was read, when all were, and when the verdict was
    there."""

    started: float
    parsed: float
    judged: float

    def times(self) -> Times:
        """Until now."""
        ended = time.perf_counter()
        return Times(self.parsed - self.started, self.judged - self.parsed, ended - self.started)


class _Read:
    """A request's body as it came, to be read once more. `key` is empty where it did not come
    whole."""

    __slots__ = ("_error", "_messages", "_receive", "key")

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._messages: deque[Message] = deque()
        self._error: TooLarge | None = None
        self.key = b""

    def add(self, message: Message) -> None:
        self._messages.append(message)

    def failed(self, error: TooLarge) -> None:
        self._error = error

    async def again(self) -> Message:
        """As `receive` would have: what was read, what went wrong with it, then what follows.

        Raises: TooLarge.
        """
        if self._messages:
            return self._messages.popleft()
        if self._error is not None:
            raise self._error
        return await self._receive()


async def _read(receive: Receive, memo: Memo, tenant: str) -> _Read:
    read, hasher = _Read(receive), memo.hasher(tenant)
    try:
        while True:
            message = await receive()
            read.add(message)
            if message["type"] != "http.request":
                return read
            hasher.update(message.get("body", b""))
            if not message.get("more_body", False):
                read.key = hasher.digest()
                return read
    except TooLarge as exc:
        # Told where everything else is told that is wrong with a request.
        read.failed(exc)
        return read
