"""
Our errors.

* CandorError
  x InvalidExchange        the caller sent something we cannot judge
    + TooLarge             the caller went over a named limit
  x ConfigError            the operator must fix a setting; stops start-up
  x Overloaded             no capacity is left for this request now
  x Unidentified           nobody we know asks
  x NotAllowed             the caller's key is not for this
  x OverQuota              the tenant has used up what it may use in a window
  x IdentityUnavailable    keys or tokens cannot be checked now
  x TierError              a tier could not form an opinion
    + Shed                 it was not asked, because no slot for it was free
    + BudgetExhausted      no time or calls left for this request
    + ReaderUnavailable    the text reader did not answer
      - ReaderMissing      this deployment has none
    + ModelError           a model gave us nothing usable
      - ModelTimeout
      - ModelUnavailable
      - ModelRateLimited
      - ModelRefused
      - UnreadableReply
      - ReplyNotRecorded
        . PromptLeaked   it repeats what it was told to keep to itself
  x OperationFailed        a visual operation could not be done; the debate goes on
  x CacheUnavailable       the verdict cache did not answer
  x RedisUnavailable       Redis did not do what it was asked
  x FleetUnavailable       the other replicas cannot be asked who works on what
  x LedgerUnavailable      the ledger did not answer
    + RecordRefused        it will not take this record, however often it is asked
    + RecordUnwritable     it answers, and fails on this, for a reason we cannot tell
  x LedgerOff              this deployment keeps none
  x UnknownVerdict         the ledger has no verdict of that id
  x JobsOff                this deployment takes none
  x UnknownJob             there is no job or batch of that id
  x QueueUnavailable       the place where jobs are kept did not answer
  x TenantQueueFull        one tenant has too many jobs in line
  x IdempotencyConflict    an idempotency key came again with another request

No message quotes what is judged: messages end in logs and reports.
"""


class CandorError(Exception):
    """Base class of every error Candor raises on purpose."""


class InvalidExchange(CandorError):
    """The caller sent something we cannot judge.

    `field` is the place in the request (`images[0].data`), `kind` a stable word for the
    problem's type, `hint` what the caller can do.
    """

    def __init__(
        self, message: str, *, field: str, kind: str = "invalid-request", hint: str = ""
    ) -> None:
        super().__init__(message)
        self.field = field
        self.kind = kind
        self.hint = hint


class TooLarge(InvalidExchange):
    """The caller went over a limit; `limit` is its name in the configuration."""

    def __init__(self, message: str, *, field: str, limit: str, hint: str = "") -> None:
        hint = hint or f"send less, or raise {limit} in the configuration"
        super().__init__(message, field=field, kind="too-large", hint=hint)
        self.limit = limit


class ConfigError(CandorError):
    """A setting is wrong. Raised at start-up, never while serving."""


class NotAllowed(CandorError):
    """The caller may not ask for this."""


class ReloadRefused(CandorError):
    """The configuration that was read is not taken; what was in force still is."""


class Overloaded(CandorError):
    """No capacity is left for this request now.

    `reason` is a short fixed word for the metrics, `retry_after` seconds to wait.
    """

    def __init__(self, message: str, *, reason: str, retry_after: int = 1) -> None:
        super().__init__(message)
        self.reason = reason
        self.retry_after = retry_after


class Unidentified(CandorError):
    """What was presented is no key or token that we know, or nothing was.

    The message says which of these, and never what was presented. `presented`: something was.
    """

    def __init__(self, message: str, *, presented: bool) -> None:
        super().__init__(message)
        self.presented = presented


class LacksScope(NotAllowed):
    """The caller is known and may not do this; `scope` is what its key lacks."""

    def __init__(self, message: str, *, scope: str) -> None:
        super().__init__(message)
        self.scope = scope


class OverQuota(CandorError):
    """A tenant has used up what it may use in a window; `measure` says of what, `retry_after` is
    in seconds."""

    def __init__(self, message: str, *, measure: str, retry_after: int) -> None:
        super().__init__(message)
        self.measure = measure
        self.retry_after = retry_after


class IdentityUnavailable(CandorError):
    """Keys or tokens cannot be checked now: nobody is let in whom we do not know."""


class TierError(CandorError):
    """A tier could not form an opinion. The cascade notes it and goes on."""


class Shed(TierError):
    """Not asked: no slot was free, and the policy would rather have no opinion than wait."""


class BudgetExhausted(TierError):
    """No time or model calls are left for this request."""


class ReaderUnavailable(TierError):
    """The text reader did not answer."""


class ReaderMissing(ReaderUnavailable):
    """This deployment has no text reader: asking again would not help."""


class ModelError(TierError):
    """A model gave us nothing we can use. `model` is the endpoint's name."""

    def __init__(self, message: str, *, model: str) -> None:
        super().__init__(message)
        self.model = model


class ModelTimeout(ModelError):
    """The model did not answer in time."""


class ModelUnavailable(ModelError):
    """The endpoint could not be reached, or answered with an error.

    `again`: the same call may fare better later; otherwise a setting or the call must change.
    """

    def __init__(self, message: str, *, model: str, again: bool = True) -> None:
        super().__init__(message, model=model)
        self.again = again


class ModelRateLimited(ModelError):
    """The endpoint asked us to slow down; `retry_after` in seconds where it said so."""

    def __init__(self, message: str, *, model: str, retry_after: float | None = None) -> None:
        super().__init__(message, model=model)
        self.retry_after = retry_after


class ModelRefused(ModelError):
    """The model declined to answer (content filter or refusal)."""


class UnreadableReply(ModelError):
    """The model answered, but not in the form we asked for."""


class PromptLeaked(UnreadableReply):
    """The reply holds the canary of the system message: somebody talked the model into telling
    its instructions. Asked again once; never shown."""


class ReplyNotRecorded(ModelError):
    """The recording that stands in for the model has no reply to this."""


class OperationFailed(CandorError):
    """A visual operation could not be done; it is refused and the debate goes on without it.

    `reason` is one of the fixed words of `vision.outcomes.RefusalReason`.
    """

    def __init__(self, message: str, *, reason: str = "failed") -> None:
        super().__init__(message)
        self.reason = reason


class CacheUnavailable(CandorError):
    """The verdict cache did not answer. Callers carry on as on a miss."""


class RedisUnavailable(CandorError):
    """Redis did not do what it was asked in the time it was given.

    `reason` is a fixed word: `timeout`, `refused` (no connection, or lost), `denied` (user,
    password or rights), `oom` (full), `breaker_open` (not asked: it is known to be away),
    `error` (anything else).
    """

    def __init__(self, message: str, *, reason: str = "error") -> None:
        super().__init__(message)
        self.reason = reason


class FleetUnavailable(CandorError):
    """The other replicas cannot be asked who works on what. Callers work alone."""


class LedgerUnavailable(CandorError):
    """The ledger did not answer; verdicts are given all the same."""


class RecordRefused(LedgerUnavailable):
    """The ledger answered that it cannot take what it was given: again would not help."""


class RecordUnwritable(LedgerUnavailable):
    """The ledger answered with an error that speaks neither of the connection nor of the data.
    Again may help; for ever would hold up all that comes behind."""


class TrailUnavailable(CandorError):
    """The audit log cannot be written, and nothing may be answered that is not written down."""


class LedgerOff(CandorError):
    """This deployment keeps no ledger."""


class UnknownVerdict(CandorError):
    """The ledger has no verdict of that id."""


class JobsOff(CandorError):
    """This deployment takes no jobs."""


class UnknownJob(CandorError):
    """There is no job or batch of that id, or it was forgotten."""


class QueueUnavailable(CandorError):
    """The place where jobs are kept did not answer."""


class TenantQueueFull(CandorError):
    """One tenant has too many jobs in line; `retry_after` in seconds."""

    def __init__(self, message: str, *, retry_after: int = 5) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class IdempotencyConflict(CandorError):
    """An idempotency key came again with another request."""
