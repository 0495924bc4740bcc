"""Jobs in Redis Streams, for all replicas and workers.

Every tenant has one stream ("lane") for each priority, read by one consumer group. What changes
more than one key is a Lua script: see lua/, and docs/jobs.md for why no task library is used.
"""

from collections.abc import Sequence
from typing import Any, cast

from candor.adapters.cache.sealing import NOT_SEALED, Sealer
from candor.adapters.queue import names, records, refusals
from candor.adapters.queue.calls import PREFIX, Calls, unknown_form
from candor.adapters.queue.envelopes import UNOPENED, Envelopes
from candor.adapters.queue.scripts import Argument
from candor.adapters.redis import Connection
from candor.domain.jobs.deliveries import (
    FORGOTTEN,
    Again,
    Delivered,
    Delivery,
    GivenUp,
    Settled,
)
from candor.domain.jobs.limits import JobLimits
from candor.domain.jobs.values import (
    BatchRecord,
    Claim,
    Claimed,
    DeadLetter,
    Depth,
    Ending,
    Idempotency,
    JobRecord,
    NewBatch,
    NewJob,
    Page,
    Priority,
    Submitted,
    Webhook,
)

# Jobs of a batch that one script lines up, cancels or forgets: some milliseconds of Redis.
_STEP = 500


class RedisQueue:
    """All of a deployment share one."""

    durable = True

    def __init__(
        self,
        connection: Connection,
        limits: JobLimits,
        timeout_ms: float,
        sealer: Sealer = NOT_SEALED,
    ) -> None:
        self._envelopes = Envelopes(sealer)
        self._calls = Calls(connection, timeout_ms)
        self._limits = limits
        self._ttl = limits.result_ttl_seconds * 1000

    # The caller's side.

    async def submit(self, new: NewJob) -> Submitted:
        limits, name = self._limits, names.new_job()
        answer = await self._calls.script(
            "submit",
            name,
            new.tenant,
            new.priority,
            self._envelopes.body(name, new.body),
            *_hook(new.webhook),
            *_remembered(new.tenant, new.idempotency),
            *self._room(),
            limits.waiting_ttl_seconds * 1000,
            limits.idempotency_ttl_seconds * 1000,
        )
        return self._submitted(answer)

    async def open_batch(self, new: NewBatch) -> str:
        name = names.new_batch()
        kept = self._limits.upload_ttl_seconds * 1000
        hook = _hook(new.webhook)
        await self._calls.script("open_batch", name, new.tenant, new.priority, *hook, kept)
        return name

    async def append(self, batch: str, bodies: Sequence[bytes]) -> None:
        kept = self._limits.upload_ttl_seconds * 1000
        sealed = self._envelopes.bodies(batch, bodies)
        answer = await self._calls.script("append", batch, *self._room(), kept, *sealed)
        self._submitted(answer)

    async def seal(self, batch: str, idempotency: Idempotency | None) -> Submitted:
        record = await self.batch(batch)
        if record is None:
            raise refusals.dropped()
        limits = self._limits
        ttls = limits.waiting_ttl_seconds * 1000, limits.idempotency_ttl_seconds * 1000
        key = _remembered(record.tenant, idempotency)
        sealed = self._submitted(await self._calls.script("seal", batch, *key, *ttls))
        if sealed.fresh:
            await self._do_chores(batch)
        else:
            await self.drop(batch)
        return sealed

    async def drop(self, batch: str) -> None:
        if await self._calls.script("drop", batch):
            await self._do_chores(batch)

    async def job(self, name: str) -> JobRecord | None:
        fields = (*records.JOB_FIELDS, "result")
        return self._envelopes.record(
            records.job(name, await self._calls.fields(f"job:{name}", fields))
        )

    async def batch(self, name: str) -> BatchRecord | None:
        return records.batch(name, await self._calls.fields(f"batch:{name}", records.BATCH_FIELDS))

    async def results(self, batch: str, start: int, count: int) -> Sequence[JobRecord]:
        items = [names.item(batch, i) for i in range(start, start + count)]
        return await self._jobs(items, (*records.JOB_FIELDS, "result"))

    async def jobs(self, tenant: str, count: int, after: int | None) -> Page[JobRecord]:
        listed, following = await self._calls.newest(f"jobs:{tenant}", count, after)
        return Page(tuple(await self._jobs(listed, records.JOB_FIELDS)), following)

    async def batches(self, tenant: str, count: int, after: int | None) -> Page[BatchRecord]:
        listed, following = await self._calls.newest(f"batches:{tenant}", count, after)
        found = [await self.batch(name) for name in listed]
        return Page(tuple(one for one in found if one is not None), following)

    async def cancel(self, job: str) -> JobRecord | None:
        await self._calls.script("cancel", job, self._ttl)
        return await self.job(job)

    async def cancel_batch(self, name: str) -> BatchRecord | None:
        if await self._calls.script("cancel_batch", name):
            await self._do_chores(name)
        return await self.batch(name)

    async def dead_letters(self, count: int) -> Sequence[DeadLetter]:
        raw = await self._calls.run(lambda r: r.lrange(f"{PREFIX}dead", 0, count - 1))
        return [records.dead_letter(one) for one in cast(list[bytes], raw)]

    async def depth(self) -> Depth:
        lines = [f"waiting:{priority}" for priority in Priority]
        values = await self._calls.fields("depth", (*lines, "held", "running", "bytes"))
        counts = [int(value or 0) for value in values]
        waiting = dict(zip(Priority, counts, strict=False))
        return Depth(waiting, running=counts[-2], stored_bytes=counts[-1])

    async def ping(self) -> None:
        await self._calls.run(lambda r: r.ping())

    # The worker's side.

    async def claim(self, worker: str, count: int) -> Claimed:
        limits = self._limits
        poisoned, taken = await self._calls.script(
            "claim",
            worker,
            count,
            int(limits.lease_seconds * 1000),
            limits.max_deliveries,
            self._ttl,
            limits.dead_letters,
        )
        claims = [await self._claim(one) for one in taken]
        return Claimed(tuple(c for c in claims if c is not None), int(poisoned))

    async def _claim(self, taken: Sequence[Any]) -> Claim | None:
        name, attempt, tenant = taken[0].decode(), int(taken[1]), taken[2].decode()
        (body,) = await self._calls.fields(f"job:{name}", ("body",))
        # Cancelled in between.
        if body is None:
            return None
        claim = Claim(name, attempt, tenant, body)
        opened = self._envelopes.opened(claim)
        if opened is None:
            await self.finish(claim, UNOPENED)
        return opened

    async def keep(self, worker: str, claims: Sequence[Claim]) -> frozenset[str]:
        pairs = [value for claim in claims for value in (claim.id, claim.attempt)]
        lost = await self._calls.script("keep", worker, *pairs)
        return frozenset(name.decode() for name in lost)

    async def finish(self, claim: Claim, ending: Ending) -> bool:
        error = (ending.error.kind, ending.error.detail) if ending.error else ("", "")
        ending = self._envelopes.ending(claim.id, ending)
        told = (ending.state, ending.result, *error, ending.summary, self._ttl)
        return bool(await self._calls.script("finish", claim.id, claim.attempt, *told))

    async def give_back(self, claim: Claim) -> bool:
        return bool(await self._calls.script("give_back", claim.id, claim.attempt))

    async def tidy(self) -> None:
        for batch in await self._calls.script("expire", self._ttl):
            await self._do_chores(batch.decode())

    # The sender's side.

    async def due(self, count: int) -> Sequence[Delivery]:
        lease = int(self._limits.delivery_lease_seconds * 1000)
        found = []
        for row in await self._calls.script("due", count, lease):
            delivery = await self._delivery(row)
            if delivery is not None:
                found.append(delivery)
        return found

    async def _delivery(self, row: Sequence[Any]) -> Delivery | None:
        name, generation, attempt, tries, event, url, kind, subject = (_plain(v) for v in row)
        record = await (self.batch(subject) if kind == "batch" else self.job(subject))
        if record is None:
            dead = (attempt, "dead", 0, 0, FORGOTTEN.reason, "", self._limits.dead_letters)
            await self._calls.script("settle", name, *dead)
            return None
        numbers = int(generation), int(attempt), int(tries)
        return Delivery(name, *numbers, cast(Any, event), url, record)

    async def settle(self, delivery: Delivery, settled: Settled) -> bool:
        told: tuple[Argument, ...]
        match settled:
            case Delivered():
                told = ("delivered", 0, 0, "")
            case Again(seconds, in_doubt):
                told = ("again", int(seconds * 1000), int(in_doubt), "")
            case GivenUp(reason):
                told = ("dead", 0, 0, reason)
        last = (delivery.subject.tenant, self._limits.dead_letters)
        name, attempt = delivery.event_id, delivery.attempt
        return bool(await self._calls.script("settle", name, attempt, *told, *last))

    # What all of them need.

    async def _do_chores(self, batch: str) -> None:
        while not await self._calls.script("chore", batch, _STEP, self._ttl):
            pass

    def _room(self) -> tuple[int, int, int]:
        limits = self._limits
        return limits.max_waiting, limits.max_waiting_per_tenant, limits.max_stored_bytes

    def _submitted(self, answer: Sequence[bytes]) -> Submitted:
        if not (isinstance(answer, list) and all(isinstance(one, bytes) for one in answer)):
            raise unknown_form()
        match [value.decode() for value in answer]:
            case ["fresh", name]:
                return Submitted(name)
            case ["known", name]:
                return Submitted(name, fresh=False)
            case ["conflict"]:
                raise refusals.another_request()
            case ["gone"]:
                raise refusals.dropped()
            case [what]:
                raise refusals.full(what)
        raise unknown_form()

    async def _jobs(self, listed: Sequence[str], fields: Sequence[str]) -> list[JobRecord]:
        rows = await self._calls.fields_of_all([f"job:{name}" for name in listed], fields)
        found = [records.job(name, row) for name, row in zip(listed, rows, strict=True)]
        return [one for one in map(self._envelopes.record, found) if one is not None]


def _hook(webhook: Webhook | None) -> tuple[str, str]:
    """The address, and the events with a space around each."""
    return (webhook.url, f" {' '.join(webhook.events)} ") if webhook else ("", "")


def _remembered(tenant: str, idempotency: Idempotency | None) -> tuple[str, str]:
    if idempotency is None:
        return "", ""
    return names.remembered(tenant, idempotency.key), idempotency.fingerprint


def _plain(value: bytes | int) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
