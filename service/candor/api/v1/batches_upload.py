"""Many exchanges in one request, kept as they come.

A batch is taken whole or not at all: nothing is worked on before the last line was read, and one
bad line is enough to refuse it, with every bad line named (the first 20).
"""

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from fastapi import Request
from pydantic_core import from_json, to_json

from candor.api import dependencies, strict_json
from candor.api.limits import Limits, over
from candor.api.problems import UnsupportedMediaType
from candor.api.v1 import jobs_intake
from candor.api.v1.jobs_intake import JobIntake
from candor.api.v1.jobs_requests import BatchQuery
from candor.api.v1.receive import JSON, media_type
from candor.api.validation import FieldError, InvalidFields
from candor.domain.errors import InvalidExchange, QueueUnavailable, TooLarge
from candor.domain.jobs.limits import JobLimits
from candor.domain.jobs.ports import Submissions
from candor.domain.jobs.values import Idempotency, NewBatch, Webhook
from candor.domain.vision.pool import Pool

NDJSON = "application/x-ndjson"
LINES = (NDJSON, "application/jsonl", "application/x-jsonlines")
# Lines, and bytes of them, that are checked and stored at once.
_LINES_AT_ONCE = 100
_BYTES_AT_ONCE = 2**18
_MOST_ERRORS = 20


@dataclass(slots=True)
class Upload:
    """One batch on its way in."""

    queue: Submissions
    intake: JobIntake
    asked: BatchQuery
    key: str | None
    limits: Limits
    job_limits: JobLimits
    pool: Pool
    _digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    _lines: int = 0
    _errors: list[FieldError] = field(default_factory=list)

    @classmethod
    def of(cls, request: Request, asked: BatchQuery) -> "Upload":
        """Raises: InvalidExchange, JobsOff."""
        state = dependencies.state_of(request)
        intake = jobs_intake.of(request)
        if asked.webhook is not None:
            intake.destinations.check(asked.webhook)
        return cls(
            state["desk"].queue,
            intake,
            asked,
            jobs_intake.key_of(request),
            state["config"].limits,
            state["desk"].limits,
            state["monitor"].pool,
        )

    async def take(self, request: Request) -> str:
        """The batch's name. Raises: CandorError, ClientDisconnect."""
        lines = self._lines_of(request)
        tenant = self.intake.caller or self.asked.tenant
        webhook = Webhook(self.asked.webhook) if self.asked.webhook else None
        name = await self.queue.open_batch(NewBatch(tenant, self.asked.priority, webhook))
        try:
            await self._keep(name, lines)
            return (await self.queue.seal(name, self._idempotency())).id
        except BaseException:
            # Where that fails too, it is dropped when it has stood still for a while.
            with suppress(QueueUnavailable):
                await self.queue.drop(name)
            raise

    def _lines_of(self, request: Request) -> AsyncIterator[bytes]:
        form = media_type(request)
        if form in LINES:
            return split(request.stream(), self.limits)
        if form == JSON:
            return _of_array(request, self.limits)
        raise UnsupportedMediaType(
            "the content-type is not one that is read",
            field="content-type",
            kind="unsupported-media-type",
            hint=f"send {NDJSON}, one exchange a line, or {JSON}, an array of them",
        )

    async def _keep(self, name: str, lines: AsyncIterator[bytes]) -> None:
        waiting: list[tuple[int, bytes]] = []
        async for line in lines:
            self._lines += 1
            self._digest.update(line + b"\n")
            if line.strip():
                waiting.append((self._lines, line))
            if len(waiting) >= _LINES_AT_ONCE or _size(waiting) >= _BYTES_AT_ONCE:
                await self._keep_some(name, waiting)
                waiting.clear()
        await self._keep_some(name, waiting)
        self._check_whole()

    async def _keep_some(self, name: str, lines: Sequence[tuple[int, bytes]]) -> None:
        if not lines:
            return
        self._check_count(lines[-1][0])
        self._errors += await self.pool.run(partial(self._wrong, list(lines)))
        # Once one is wrong the rest is only looked through.
        if not self._errors:
            await self.queue.append(name, [line for _, line in lines])

    def _wrong(self, lines: Sequence[tuple[int, bytes]]) -> list[FieldError]:
        found = []
        for number, line in lines:
            try:
                self.intake.item(line)
            except InvalidExchange as exc:
                place = f"lines[{number}]" + (f".{exc.field}" if exc.field else "")
                found.append(FieldError(place, str(exc)))
        return found

    def _check_count(self, count: int) -> None:
        most = self.job_limits.max_batch_items
        if count > most:
            message = f"at most {most} exchanges per batch are allowed"
            raise TooLarge(message, field="", limit="jobs.limits.max_batch_items")

    def _check_whole(self) -> None:
        if self._errors:
            hint = "correct them and send the batch again; nothing of it was queued"
            raise InvalidFields(self._errors[:_MOST_ERRORS], kind="invalid-request", hint=hint)
        if not self._lines:
            raise InvalidExchange(
                "the batch is empty", field="", hint="send at least one exchange"
            )

    def _idempotency(self) -> Idempotency | None:
        if self.key is None:
            return None
        self._digest.update(self.asked.model_dump_json().encode())
        return Idempotency(self.key, self._digest.hexdigest())


async def split(chunks: AsyncIterator[bytes], limits: Limits) -> AsyncIterator[bytes]:
    """Lines, without their ends. Raises: TooLarge for one that is too long."""
    parts: list[bytes] = []
    length = 0
    async for chunk in chunks:
        head, *rest = chunk.split(b"\n")
        parts.append(head)
        length += len(head)
        _check_length(length, limits)
        for one in rest:
            yield b"".join(parts)
            parts, length = [one], len(one)
            _check_length(length, limits)
    if length:
        yield b"".join(parts)


async def _of_array(request: Request, limits: Limits) -> AsyncIterator[bytes]:
    """Raises: InvalidExchange, TooLarge."""
    read: list[bytes] = []
    length = 0
    async for chunk in request.stream():
        read.append(chunk)
        length += len(chunk)
        _check_length(length, limits)
    try:
        body = b"".join(read)
        found = from_json(body)
    except ValueError as exc:
        raise InvalidExchange(
            "the body is not valid JSON", field="", kind="invalid-json", hint="send an array"
        ) from exc
    strict_json.check(body)
    if not isinstance(found, list):
        raise InvalidExchange("the body must be an array", field="", hint="send [{...}, {...}]")
    for one in found:
        yield to_json(one)


def _check_length(length: int, limits: Limits) -> None:
    if length > limits.max_body_bytes:
        most = limits.max_body_bytes
        raise over("", "max_body_bytes", most, "bytes are allowed in one exchange, or one array")


def _size(lines: Sequence[tuple[int, bytes]]) -> int:
    return sum(len(line) for _, line in lines)
