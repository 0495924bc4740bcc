"""What jobs carry, sealed on the way to Redis and opened on the way back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from candor.adapters.cache.sealing import Area, Sealer
from candor.domain.jobs.values import Claim, Ending, JobError, JobRecord, JobState

_BODY, _RESULT, _SUMMARY = "body", "result", "summary"
# Written with a key that is not known here, or changed by somebody else.
_UNOPENED = JobError("unopened", "what is kept of the job cannot be opened with the keys set here")


@dataclass(frozen=True, slots=True)
class Envelopes:
    """A body opens for its own job, or for any of its batch; a result for its job alone."""

    sealer: Sealer

    def body(self, owner: str, body: bytes) -> bytes:
        """`owner` is the job, or the batch that the body is added to."""
        return self.sealer.seal(Area.JOB, f"{_BODY}:{owner}", body)

    def bodies(self, batch: str, bodies: Sequence[bytes]) -> Sequence[bytes]:
        return [self.body(batch, body) for body in bodies]

    def opened(self, claim: Claim) -> Claim | None:
        """None: nobody here can work on it."""
        owner = claim.id.partition(".")[0]
        body = self.sealer.open(Area.JOB, f"{_BODY}:{owner}", claim.body)
        return None if body is None else replace(claim, body=body)

    def ending(self, job: str, ending: Ending) -> Ending:
        return replace(
            ending,
            result=self._sealed(f"{_RESULT}:{job}", ending.result),
            summary=self._sealed(f"{_SUMMARY}:{job}", ending.summary),
        )

    def record(self, record: JobRecord | None) -> JobRecord | None:
        """One whose result cannot be opened has failed: a verdict that anybody may have put
        there is none."""
        if record is None:
            return None
        result = self._opened(f"{_RESULT}:{record.id}", record.result)
        summary = self._opened(f"{_SUMMARY}:{record.id}", record.summary)
        if result is None or summary is None:
            failed = replace(record, state=JobState.FAILED, error=_UNOPENED)
            return replace(failed, result=b"", summary=b"")
        return replace(record, result=result, summary=summary)

    def _sealed(self, about: str, clear: bytes) -> bytes:
        return self.sealer.seal(Area.JOB, about, clear) if clear else clear

    def _opened(self, about: str, sealed: bytes) -> bytes | None:
        return self.sealer.open(Area.JOB, about, sealed) if sealed else sealed


UNOPENED = Ending(JobState.FAILED, error=_UNOPENED)
