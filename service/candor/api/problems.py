"""The one table from our errors to HTTP (RFC 9457)."""

from collections.abc import Mapping
from enum import Enum
from http import HTTPStatus

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from candor.api.validation import FieldError, InvalidFields
from candor.domain.errors import (
    CandorError,
    IdempotencyConflict,
    IdentityUnavailable,
    InvalidExchange,
    JobsOff,
    LacksScope,
    LedgerOff,
    LedgerUnavailable,
    NotAllowed,
    Overloaded,
    OverQuota,
    QueueUnavailable,
    ReloadRefused,
    TenantQueueFull,
    TooLarge,
    TrailUnavailable,
    Unidentified,
    UnknownJob,
    UnknownVerdict,
)

MEDIA_TYPE = "application/problem+json"


class UnsupportedMediaType(InvalidExchange):
    """The body is in a form that we do not read."""


STATUS: Mapping[type[CandorError], HTTPStatus] = {
    InvalidExchange: HTTPStatus.UNPROCESSABLE_ENTITY,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    UnsupportedMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Overloaded: HTTPStatus.SERVICE_UNAVAILABLE,
    UnknownVerdict: HTTPStatus.NOT_FOUND,
    LedgerOff: HTTPStatus.CONFLICT,
    LedgerUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    TrailUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    UnknownJob: HTTPStatus.NOT_FOUND,
    JobsOff: HTTPStatus.CONFLICT,
    IdempotencyConflict: HTTPStatus.CONFLICT,
    TenantQueueFull: HTTPStatus.TOO_MANY_REQUESTS,
    Unidentified: HTTPStatus.UNAUTHORIZED,
    OverQuota: HTTPStatus.TOO_MANY_REQUESTS,
    IdentityUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    QueueUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    NotAllowed: HTTPStatus.FORBIDDEN,
    ReloadRefused: HTTPStatus.CONFLICT,
    CandorError: HTTPStatus.INTERNAL_SERVER_ERROR,
}

# Every `type` that a problem can have, without `urn:candor:problem:`, and its title.
TITLES: Mapping[str, str] = {
    "invalid-request": "The request is not valid",
    "invalid-json": "The body is not valid JSON",
    "invalid-multipart": "The form cannot be read",
    "empty-response": "There is no response to judge",
    "invalid-image": "An image cannot be read",
    "invalid-base64": "An image is not valid base64",
    "remote-images-disabled": "Remote images are not fetched",
    "remote-image-refused": "A remote image may not be fetched",
    "remote-image-failed": "A remote image could not be fetched",
    "unknown-policy": "There is no such policy",
    "unknown-tier": "The policy has no such tier",
    "too-large": "The request goes over a limit",
    "unsupported-media-type": "The body is in a form that is not read",
    "not-found": "There is nothing at this address",
    "method-not-allowed": "The address does not take this method",
    "overloaded": "No capacity is left right now",
    "unknown-verdict": "There is no such verdict",
    "ledger-off": "No verdicts are kept here",
    "ledger-unavailable": "The ledger does not answer right now",
    "audit-log-unavailable": "The audit log cannot be written right now",
    "unknown-job": "There is no such job or batch",
    "jobs-off": "No jobs are taken here",
    "idempotency-conflict": "The idempotency key was used for another request",
    "too-many-jobs": "Too many jobs are waiting",
    "unidentified": "No key that is known here was presented",
    "over-quota": "The tenant has used up what it may use",
    "identity-unavailable": "Keys and tokens cannot be checked right now",
    "queue-unavailable": "The queue of jobs does not answer right now",
    "webhook-refused": "The webhook cannot be told",
    "not-allowed": "The caller may not do this",
    "reload-refused": "The configuration was not taken",
    "malformed-http": "This is not HTTP as it should be",
    "headers-too-large": "The head of the request is too large",
    "too-slow": "The request did not come in time",
    "internal": "Something went wrong in Candor",
    "http-error": "The request cannot be served",
}
# What is told of errors whose own words are for the log,  by their class: kind, detail, hint.
_FIXED: Mapping[type[CandorError], tuple[str, str, str]] = {
    NotAllowed: (
        "not-allowed",
        "this is answered to callers on this very machine only",
        "ask at the loopback address, or send SIGHUP to the service",
    ),
    UnknownVerdict: (
        "unknown-verdict",
        "the ledger has no verdict of that id",
        "verdicts are kept until they are purged; GET /v1/verdicts lists them",
    ),
    LedgerOff: (
        "ledger-off",
        "this deployment keeps no ledger",
        "the operator can set `ledger: {kind: sql, path: ...}` in the configuration",
    ),
    LedgerUnavailable: (
        "ledger-unavailable",
        "the database of the ledger does not answer; verdicts are given all the same",
        "try again in 5 s",
    ),
    TrailUnavailable: (
        "audit-log-unavailable",
        "the audit log cannot be written, and nothing is answered here that is not written down",
        "try again in 5 s; /readyz tells the operator what is wrong",
    ),
    UnknownJob: (
        "unknown-job",
        "there is no job or batch of that id; ended ones are forgotten after a while",
        "GET /v1/monitor/jobs and /v1/monitor/batches list what there is",
    ),
    JobsOff: (
        "jobs-off",
        "this deployment has several worker processes and no queue between them",
        "the operator can set `jobs: {kind: redis}`, or run one process",
    ),
    IdempotencyConflict: (
        "idempotency-conflict",
        "the Idempotency-Key came with another request before",
        "send a new key with a new request, the same key only with the same one",
    ),
    TenantQueueFull: (
        "too-many-jobs",
        "too many jobs of this tenant are waiting (jobs.limits.max_waiting_per_tenant)",
        "try again when some have ended; see Retry-After",
    ),
    IdentityUnavailable: (
        "identity-unavailable",
        "keys or tokens cannot be checked, so that nobody new is let in",
        "try again in 5 s",
    ),
    QueueUnavailable: (
        "queue-unavailable",
        "the queue of jobs does not answer; POST /v1/monitor still judges",
        "try again in 5 s, with the same Idempotency-Key",
    ),
}
_RETRY_SECONDS = 5
_OF_BODIES = ("limits.max_body_bytes", "jobs.limits.max_batch_bytes")
_HTTP_KINDS = {404: "not-found", 405: "method-not-allowed"}
_HTTP_HINTS = {404: "the addresses are listed at /docs", 405: "see the Allow header"}


class FieldErrorOut(BaseModel):
    """One thing that is wrong with one field."""

    field: str = Field(description="Where in the request.", examples=["images[0].data"])
    message: str = Field(description="What is wrong, in words.", examples=["must be a string"])


class Problem(BaseModel):
    """A request that was not answered, after RFC 9457."""

    model_config = ConfigDict(frozen=True)

    type: str = Field(
        description="Stable. One of: "
        + ", ".join(f"`urn:candor:problem:{kind}`" for kind in TITLES)
        + ".",
        examples=["urn:candor:problem:invalid-base64"],
    )
    title: str = Field(description="The type in words.", examples=["An image is not valid base64"])
    status: int = Field(description="The HTTP status.", examples=[422])
    detail: str = Field(
        description="What is wrong this time; never quotes content.",
        examples=["the data is not base64"],
    )
    field: str | None = Field(
        None, description="The place at fault in the request.", examples=["images[0].data"]
    )
    hint: str | None = Field(
        None,
        description="What to do about it.",
        examples=["use the standard alphabet with padding, without line breaks"],
    )
    request_id: str = Field(
        description="As in the header `x-request-id`.", examples=["4fd1c7a7b6d94b0e"]
    )
    limit: str | None = Field(
        None,
        description="The limit's name in the configuration, for 413.",
        examples=["limits.max_image_bytes"],
    )
    errors: list[FieldErrorOut] | None = Field(
        None, description="Everything that is wrong with the fields, at most 20."
    )


def of(error: CandorError, request_id: str) -> Problem:
    """What the caller is told of one of our errors."""
    status = STATUS[next(cls for cls in type(error).__mro__ if cls in STATUS)]
    if isinstance(error, InvalidExchange):
        return _invalid(error, status, request_id)
    if isinstance(error, Overloaded):
        hint = f"try again in {error.retry_after} s"
        return _problem("overloaded", status, str(error), request_id, hint=hint)
    if isinstance(error, ReloadRefused):
        hint = "correct the configuration and reload; what was in force still is"
        return _problem("reload-refused", status, str(error), request_id, hint=hint)
    if isinstance(error, Unidentified | LacksScope | OverQuota):
        return _of_callers(error, status, request_id)
    for cls, (kind, detail, hint) in _FIXED.items():
        if isinstance(error, cls):
            return _problem(kind, status, detail, request_id, hint=hint)
    return internal(request_id)


def _of_callers(
    error: Unidentified | LacksScope | OverQuota, status: HTTPStatus, request_id: str
) -> Problem:
    """Their messages are made of our own words, and of names in the configuration."""
    match error:
        case OverQuota():
            kind, hint = "over-quota", f"try again in {error.retry_after} s"
        case LacksScope():
            kind, hint = "not-allowed", f"use a key with the scope {error.scope!r}"
        case _:
            kind, hint = "unidentified", "send `Authorization: Bearer <key>` or `x-api-key: <key>`"
    return _problem(kind, status, str(error), request_id, hint=hint)


def internal(request_id: str) -> Problem:
    """Without any detail: what went wrong is in the log under the request's id."""
    return _problem(
        "internal",
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "an unexpected error; nothing was judged",
        request_id,
        hint="tell the operator the request_id",
    )


def http(status: int, request_id: str) -> Problem:
    """For what the framework refuses by itself: unknown addresses and methods."""
    return _problem(
        _HTTP_KINDS.get(status, "http-error"),
        status,
        HTTPStatus(status).phrase.lower(),
        request_id,
        hint=_HTTP_HINTS.get(status, "see /docs"),
    )


class Unread(Enum):
    """Why a connection is hung up on before there is a request: type, status, detail, hint."""

    MALFORMED = (
        "malformed-http",
        HTTPStatus.BAD_REQUEST,
        "the bytes are not an HTTP/1.1 request with one clear length",
        "let your HTTP client write the head",
    )
    HEAD_TOO_LONG = (
        "headers-too-large",
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
        "the address and the headers together go over server.max_header_bytes",
        "send what is long in the body",
    )
    TOO_MANY_HEADERS = (
        "headers-too-large",
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
        "there are more headers than server.max_headers",
        "send fewer headers",
    )
    SLOW_HEAD = (
        "too-slow",
        HTTPStatus.REQUEST_TIMEOUT,
        "the headers did not come within server.header_seconds",
        "send the request at once",
    )
    SLOW_BODY = (
        "too-slow",
        HTTPStatus.REQUEST_TIMEOUT,
        "the body came more slowly than server.body_seconds lets it",
        "send the body at once, or a smaller one",
    )

    @property
    def status(self) -> HTTPStatus:
        return self.value[1]


def unread(fault: Unread, request_id: str) -> Problem:
    kind, status, detail, hint = fault.value
    return _problem(kind, status, detail, request_id, hint=hint)


def _invalid(error: InvalidExchange, status: HTTPStatus, request_id: str) -> Problem:
    return _problem(
        error.kind,
        status,
        str(error),
        request_id,
        field=error.field or None,
        hint=error.hint or "see /docs",
        limit=error.limit if isinstance(error, TooLarge) else None,
        errors=_told(error.errors) if isinstance(error, InvalidFields) else None,
    )


def _told(errors: tuple[FieldError, ...]) -> list[FieldErrorOut]:
    return [FieldErrorOut(field=error.field, message=error.message) for error in errors]


def _problem(
    kind: str,
    status: int,
    detail: str,
    request_id: str,
    *,
    field: str | None = None,
    hint: str | None = None,
    limit: str | None = None,
    errors: list[FieldErrorOut] | None = None,
) -> Problem:
    return Problem(
        type=f"urn:candor:problem:{kind}",
        title=TITLES[kind],
        status=int(status),
        detail=detail,
        field=field,
        hint=hint,
        request_id=request_id,
        limit=limit,
        errors=errors,
    )


_ONLY_WHERE_KNOWN = ("limit", "errors")


def answer(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    return Response(as_json(problem), problem.status, headers, media_type=MEDIA_TYPE)


def as_json(problem: Problem) -> bytes:
    absent = {name for name in _ONLY_WHERE_KNOWN if getattr(problem, name) is None}
    return problem.model_dump_json(exclude=absent).encode()


def headers_for(error: CandorError) -> dict[str, str]:
    if isinstance(error, Unidentified):
        # RFC 6750, section 3: what was presented and is no good gets a reason.
        reason = ', error="invalid_token"' if error.presented else ""
        return {"www-authenticate": f'Bearer realm="candor"{reason}'}
    if isinstance(error, LacksScope):
        said = f'error="insufficient_scope", scope="{error.scope}"'
        return {"www-authenticate": f'Bearer realm="candor", {said}'}
    if isinstance(error, Overloaded | TenantQueueFull | OverQuota):
        return {"retry-after": str(error.retry_after)}
    if isinstance(error, LedgerUnavailable | QueueUnavailable | IdentityUnavailable):
        return {"retry-after": str(_RETRY_SECONDS)}
    if isinstance(error, TooLarge) and error.limit in _OF_BODIES:
        # The rest of the body is not read, so that the connection cannot be used again.
        return {"connection": "close"}
    return {}


def kind_of(problem: Problem) -> str:
    return problem.type.rpartition(":")[2]
