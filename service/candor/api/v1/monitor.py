"""POST /v1/monitor."""

import time
from dataclasses import dataclass, field

from fastapi import Request, Response

from candor.api.ids import Ids
from candor.api.v1 import recording
from candor.api.v1.answering import Answer, Answering
from candor.api.v1.connection import while_connected
from candor.api.v1.memo import Known, Memo
from candor.api.v1.receive import Received
from candor.api.v1.shortcut import Seen, remember, seen_in
from candor.telemetry.logs import Journal


@dataclass(frozen=True, slots=True)
class MonitorRoute:
    """Judges one model response, unless the caller hangs up meanwhile."""

    journal: Journal
    memo: Memo
    ids: Ids = field(default_factory=Ids)

    async def __call__(self, request: Request) -> Response:
        """Raises: CandorError, which `problems.py` answers; ClientDisconnect."""
        seen = seen_in(request.scope)
        started = seen.started if seen else time.perf_counter()
        answering = Answering(request, self.journal, started, self.ids)
        with answering.state["metrics"].in_flight:
            received = await answering.read()
            async with while_connected(request.receive):
                answer = await answering.answer(received)
            if seen is not None and answer.remembered and received.is_plain:
                self._recognise(seen, received, answering)
            return _response(answer)

    def _recognise(self, seen: Seen, received: Received, answering: Answering) -> None:
        """The next time these bytes need not be read again."""
        state = answering.state
        known = Known(
            recording.about(received, state),
            received.wishes,
            recording.label(received, state),
        )
        remember(self.memo, seen, known, state)


def _response(answer: Answer) -> Response:
    return Response(answer.body, headers=answer.headers, media_type="application/json")
