"""From a report to the response."""

from collections.abc import Collection

from pydantic import TypeAdapter

from candor.api.v1 import wire
from candor.api.v1.evidence import Evidence
from candor.api.v1.responses import MonitorResponse, PolicyRefOut
from candor.domain.verdict import Report

_WRITER = TypeAdapter(MonitorResponse)


def response(report: Report, answer_id: str, elapsed_ms: float) -> MonitorResponse:
    verdict = report.verdict
    return MonitorResponse(
        id=answer_id,
        outcome=verdict.outcome,
        action=report.action,
        score=verdict.score,
        severity=wire.severity(verdict.severity),
        categories=wire.categories(verdict.categories),
        reason=verdict.reason,
        findings=[wire.finding(found) for found in verdict.findings],
        decided_by=verdict.decided_by,
        steps=[wire.step(taken) for taken in report.steps],
        coverage=[wire.coverage(row) for row in report.coverage],
        degraded=list(report.lacks),
        posture=wire.posture(report.posture),
        cache=report.cache,
        policy=PolicyRefOut(name=report.policy.name, version=report.policy.version),
        usage=wire.usage(report.usage),
        elapsed_ms=elapsed_ms,
    )


async def add_evidence(said: MonitorResponse, asked: Collection[str], evidence: Evidence) -> None:
    """Raises: InvalidExchange, Overloaded."""
    if "transcript" in asked:
        said["transcript"] = evidence.transcript()
    if "marked_images" in asked:
        said["marked_images"] = await evidence.marked_images()


def as_json(said: MonitorResponse) -> bytes:
    return _WRITER.dump_json(said)
