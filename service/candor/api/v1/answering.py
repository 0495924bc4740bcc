"""From a request to its answer, whatever form that takes on the wire."""

import time
from dataclasses import dataclass, field, replace

from fastapi import Request

from candor.api import dependencies
from candor.api.auth import caller_in, tenant_of
from candor.api.dependencies import State
from candor.api.ids import Ids
from candor.api.rates import lacks_in
from candor.api.v1 import answer, headers, receive, recording, wire
from candor.api.v1.evidence import Evidence
from candor.api.v1.receive import Received
from candor.domain.events import Listener, Nobody
from candor.domain.trail import of_verdict
from candor.domain.verdict import Report
from candor.telemetry.logs import Journal, Told


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is a MonitorResponse as JSON, `headers` what it says for gateways; `remembered`:
    the verdict is one that the cache holds from now on, unless it is away."""

    body: bytes
    headers: dict[str, str]
    remembered: bool = False


@dataclass(frozen=True, slots=True)
class Answering:
    """One request on its way. It is judged, counted and written down."""

    request: Request
    journal: Journal
    started: float = field(default_factory=time.perf_counter)
    ids: Ids = field(default_factory=Ids)

    @property
    def state(self) -> State:
        return dependencies.state_of(self.request)

    async def read(self) -> Received:
        """Raises: InvalidExchange, TooLarge, Overloaded, ClientDisconnect."""
        received = await receive.read(self.request, self.state)
        return replace(received, tenant=tenant_of(self.request))

    async def answer(self, received: Received, listener: Listener = Nobody()) -> Answer:
        """Raises: CandorError, which `problems.py` answers."""
        state, parsed = self.state, time.perf_counter()
        wishes = received.wishes
        state["trail"].admit()
        with state["tracing"].steps(listener) as heard:
            report = await state["monitor"].check(received.exchange, wishes, heard)
        report = report.lacking(lacks_in(self.request.scope))
        judged = time.perf_counter()
        told = Told(
            id=f"mon_{self.ids.hex(24)}",
            request_id=dependencies.request_id(self.request),
            model=recording.label(received, state),
            elapsed_ms=wire.milliseconds(judged - self.started),
        )
        body = await _body(report, received, told, state)
        await self._write_down(report, told)
        ended = time.perf_counter()
        times = headers.Times(parsed - self.started, judged - parsed, ended - self.started)
        state["tracing"].evaluated(report, told.model, told.id)
        state["metrics"].observe(report, told.model, times.total)
        self.journal.verdict(report, told)
        recording.note(report, received, told, state)
        return Answer(body, headers.of(report, times), report.keepable)

    async def _write_down(self, report: Report, told: Told) -> None:
        """Raises: TrailUnavailable where nothing may be answered that is not written down."""
        trail = self.state["trail"]
        if trail.keeps:
            caller = caller_in(self.request.scope)
            await trail.keep(of_verdict(report, told.id, caller, told.request_id))


async def _body(report: Report, received: Received, told: Told, state: State) -> bytes:
    said = answer.response(report, told.id, told.elapsed_ms)
    asked = received.request.options.include
    if asked:
        evidence = await Evidence.gather(report, received.exchange, state["monitor"])
        await answer.add_evidence(said, asked, evidence)
    return answer.as_json(said)
