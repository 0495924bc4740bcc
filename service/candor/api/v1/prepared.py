"""The answer to a verdict that was known, ready but for what differs from request to request."""

from dataclasses import dataclass, replace

from candor.api.v1 import answer, headers
from candor.api.v1.headers import Times
from candor.domain.verdict import CacheResult, Report
from candor.telemetry.logs import Told, VerdictLine
from candor.telemetry.metrics import Metrics, Repeated

# Where the id and the elapsed time go. The fields stand in the order of `MonitorResponse`.
_BEFORE_ID = b'{"id":"'
_BEFORE_ELAPSED = b'"elapsed_ms":'
_NO_TIME = b"0.0}"

RawHeaders = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Prepared:
    """`source` is the report as the cache gave it: of another one, another answer is made."""

    source: Report
    report: Report
    model: str
    body: bytes
    """From the end of the id to the beginning of the elapsed time."""
    headers: RawHeaders
    counted: Repeated
    line: VerdictLine

    @classmethod
    def of(cls, source: Report, model: str, metrics: Metrics) -> "Prepared":
        report = replace(source, cache=CacheResult.HIT)
        body = answer.as_json(answer.response(report, "", 0.0))
        fixed = {**headers.fixed(report), "content-type": "application/json"}
        return cls(
            source,
            report,
            model,
            _between(body),
            [(name.encode("latin-1"), said.encode("latin-1")) for name, said in fixed.items()],
            metrics.repeated(report, model),
            VerdictLine.of(report, model),
        )

    def with_(self, told: Told) -> bytes:
        """The body, as `answer.as_json` would write it."""
        return b"%b%b%b%r}" % (_BEFORE_ID, told.id.encode(), self.body, told.elapsed_ms)

    def head(self, times: Times, length: int) -> RawHeaders:
        # As `headers.server_timing`, for a third of the time.
        timing = b"parse;dur=%.2f, cache;desc=hit;dur=%.2f, total;dur=%.2f" % (
            times.parse * 1000,
            times.judge * 1000,
            times.total * 1000,
        )
        return [*self.headers, (b"server-timing", timing), (b"content-length", b"%d" % length)]


def _between(body: bytes) -> bytes:
    if not body.startswith(_BEFORE_ID + b'"') or not body.endswith(_BEFORE_ELAPSED + _NO_TIME):
        raise AssertionError("the fields of MonitorResponse stand in another order")
    return body[len(_BEFORE_ID) : -len(_NO_TIME)]
