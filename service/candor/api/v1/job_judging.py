"""What a worker does with one job: the same as `POST /v1/monitor`, without anybody waiting."""

import json
import secrets
import time
from dataclasses import dataclass, replace

from pydantic_core import to_json

from candor.api.dependencies import State, on_one_generation
from candor.api.v1 import answer, receive, recording, wire
from candor.api.v1.evidence import Evidence
from candor.api.v1.multipart import Form
from candor.api.v1.receive import Received
from candor.domain.callers import Caller
from candor.domain.events import Nobody
from candor.domain.jobs.values import Claim, Ending, JobState
from candor.domain.trail import of_verdict
from candor.domain.verdict import Report
from candor.telemetry.logs import Journal, Told

_SUMMARY = ("id", "outcome", "action", "score", "decided_by", "degraded")


@dataclass(frozen=True, slots=True)
class JobJudge:
    """Judges, counts and writes down."""

    state: State
    journal: Journal

    async def __call__(self, claim: Claim) -> Ending:
        """Raises: CandorError."""
        tracing = self.state["tracing"]
        with on_one_generation(self.state) as state, tracing.job(claim.id, claim.body) as body:
            return await JobJudge(state, self.journal).judge(replace(claim, body=body))

    async def judge(self, claim: Claim) -> Ending:
        started = time.perf_counter()
        whole = await receive.whole(Form(claim.body, ()), self.state)
        received = replace(whole, tenant=self.state["entrance"].of_job(claim.tenant))
        tracing = self.state["tracing"]
        with tracing.steps(Nobody()) as heard:
            monitor = self.state["monitor"]
            report = await monitor.check(received.exchange, received.wishes, heard)
        elapsed = time.perf_counter() - started
        metrics = self.state["metrics"]
        told = Told(
            id=f"mon_{secrets.token_hex(12)}",
            request_id=claim.id,
            model=recording.label(received, self.state),
            elapsed_ms=wire.milliseconds(elapsed),
        )
        body = await self._body(report, received, told)
        if self.state["trail"].keeps:
            # Whose key sent it was written down then, if at all: here it is a worker.
            caller = Caller(claim.tenant, "job", frozenset())
            noted = of_verdict(report, told.id, caller, told.request_id)
            await self.state["trail"].keep(noted)
        tracing.evaluated(report, told.model, told.id)
        metrics.observe(report, told.model, elapsed)
        self.journal.verdict(report, told)
        recording.note(report, received, told, self.state)
        known = json.loads(body)
        return Ending(JobState.DONE, body, None, to_json({name: known[name] for name in _SUMMARY}))

    async def _body(self, report: Report, received: Received, told: Told) -> bytes:
        said = answer.response(report, told.id, told.elapsed_ms)
        asked = received.request.options.include
        if asked:
            evidence = await Evidence.gather(report, received.exchange, self.state["monitor"])
            await answer.add_evidence(said, asked, evidence)
        return answer.as_json(said)
