"""What every queue of jobs does, whatever it is made of."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from candor.adapters.queue import JobsConfig
from candor.adapters.redis import RedisConfig
from candor.domain.errors import IdempotencyConflict, Overloaded, TenantQueueFull, UnknownJob
from candor.domain.jobs.deliveries import Again, Delivered, GivenUp
from candor.domain.jobs.ports import JobQueue
from candor.domain.jobs.values import (
    BatchState,
    Claim,
    Ending,
    Idempotency,
    JobError,
    JobState,
    NewBatch,
    NewJob,
    Priority,
    Webhook,
)
from tests.redis_server import RedisCluster, RedisServer

LEASE = 0.2
DONE = Ending(JobState.DONE, result=b'{"outcome":"deceptive"}', summary=b'{"score":1}')


class Opener:
    def __init__(self, kind: str, redis: RedisConfig) -> None:
        self.kind, self.redis = kind, redis

    @asynccontextmanager
    async def __call__(self, **limits: object) -> AsyncIterator[JobQueue]:
        kept = {"lease_seconds": LEASE, "delivery_lease_seconds": LEASE, **limits}
        told = {"kind": self.kind, "limits": kept, "webhooks": {"timeout_seconds": 0.1}}
        async with JobsConfig.model_validate(told).open(self.redis) as queue:
            yield queue


@pytest.fixture(params=["memory", "redis"])
def opened(request: pytest.FixtureRequest) -> Opener:
    if request.param == "memory":
        return Opener("memory", RedisConfig())
    server: RedisServer = request.getfixturevalue("redis_server")
    return Opener("redis", RedisConfig(url=server.url, timeout_ms=5000))


@pytest.fixture
async def queue(opened: Opener) -> AsyncIterator[JobQueue]:
    async with opened() as queue:
        yield queue


async def one(queue: JobQueue, worker: str = "w") -> Claim:
    (claim,) = (await queue.claim(worker, 1)).claims
    return claim


async def nobody_has_it(queue: JobQueue) -> bool:
    return (await queue.claim("other", 5)).claims == ()


async def batch_of(queue: JobQueue, *bodies: bytes, webhook: Webhook | None = None) -> str:
    name = await queue.open_batch(NewBatch("t", webhook=webhook))
    await queue.append(name, bodies)
    return (await queue.seal(name, None)).id


async def test_a_job_waits_runs_and_is_done(queue: JobQueue) -> None:
    name = (await queue.submit(NewJob("t", b"body"))).id
    waiting = await queue.job(name)
    assert waiting is not None
    assert waiting.state is JobState.WAITING
    claim = await one(queue)
    assert (claim.id, claim.body, claim.tenant) == (name, b"body", "t")
    running = await queue.job(name)
    assert running is not None
    assert running.state is JobState.RUNNING
    assert await queue.finish(claim, DONE)
    done = await queue.job(name)
    assert done is not None
    assert (done.state, done.result, done.summary) == (JobState.DONE, DONE.result, DONE.summary)
    assert done.ended is not None
    assert done.created <= done.ended


async def test_the_first_end_counts(queue: JobQueue) -> None:
    await queue.submit(NewJob("t", b"body"))
    claim = await one(queue)
    assert await queue.finish(claim, DONE)
    assert not await queue.finish(claim, Ending(JobState.FAILED, error=JobError("x", "y")))
    record = await queue.job(claim.id)
    assert record is not None
    assert record.error is None


async def test_content_is_forgotten_when_a_job_has_ended(queue: JobQueue) -> None:
    await queue.submit(NewJob("t", b"x" * 1000))
    assert (await queue.depth()).stored_bytes == 1000
    await queue.finish(await one(queue), DONE)
    assert (await queue.depth()).stored_bytes == len(DONE.result) + len(DONE.summary)


async def test_a_silent_workers_job_goes_to_another_and_the_silent_one_has_no_say(
    queue: JobQueue,
) -> None:
    await queue.submit(NewJob("t", b"body"))
    silent = await one(queue, "silent")
    assert await nobody_has_it(queue)
    await asyncio.sleep(LEASE * 1.5)
    heir = await one(queue, "heir")
    assert heir.id == silent.id
    assert heir.attempt > silent.attempt
    assert not await queue.finish(silent, DONE)
    assert await queue.keep("silent", [silent]) == {silent.id}
    assert await queue.finish(heir, DONE)


async def test_a_worker_that_is_heard_of_keeps_its_job(queue: JobQueue) -> None:
    await queue.submit(NewJob("t", b"body"))
    claim = await one(queue)
    for _ in range(4):
        await asyncio.sleep(LEASE / 2)
        assert await queue.keep("w", [claim]) == frozenset()
        assert await nobody_has_it(queue)


async def test_a_job_that_takes_workers_down_ends_as_poisoned(opened: Opener) -> None:
    async with opened(max_deliveries=2) as queue:
        name = (await queue.submit(NewJob("t", b"body"))).id
        for _ in range(2):
            await one(queue)
            await asyncio.sleep(LEASE * 1.5)
        last = await queue.claim("w", 1)
        assert (last.claims, last.poisoned) == ((), 1)
        record = await queue.job(name)
        assert record is not None
        assert record.error is not None
        assert (record.state, record.error.kind) == (JobState.FAILED, "poisoned")
        (letter,) = await queue.dead_letters(10)
        assert (letter.kind, letter.id, letter.tenant) == ("job", name, "t")
        assert "2 workers" in letter.reason


async def test_what_is_given_back_is_taken_up_again_and_is_no_step_to_poison(
    opened: Opener,
) -> None:
    async with opened(max_deliveries=1) as queue:
        name = (await queue.submit(NewJob("t", b"body"))).id
        for _ in range(3):
            claim = await one(queue)
            assert claim.id == name
            assert await queue.give_back(claim)
            assert not await queue.give_back(claim)
            assert not await queue.finish(claim, DONE)


async def test_tenants_take_turns(queue: JobQueue) -> None:
    for tenant, count in (("big", 6), ("small", 2), ("other", 2)):
        for _ in range(count):
            await queue.submit(NewJob(tenant, b"body"))
    order = [(await one(queue)).tenant for _ in range(10)]
    assert sorted(order[:3]) == sorted(order[3:6]) == ["big", "other", "small"]
    assert order[6:] == ["big"] * 4


async def test_the_urgent_goes_first_and_the_rest_does_not_starve(queue: JobQueue) -> None:
    low = {(await queue.submit(NewJob("t", b"l", Priority.LOW))).id for _ in range(3)}
    high = {(await queue.submit(NewJob("t", b"h", Priority.HIGH))).id for _ in range(27)}
    first = [(await one(queue)).id for _ in range(20)]
    assert len(high.intersection(first)) == 18
    assert len(low.intersection(first)) == 2


async def test_the_same_key_and_request_is_the_same_job(queue: JobQueue) -> None:
    key = Idempotency("key", "print")
    first = await queue.submit(NewJob("t", b"body", idempotency=key))
    again = await queue.submit(NewJob("t", b"body", idempotency=key))
    assert (first.fresh, again.fresh) == (True, False)
    assert first.id == again.id
    elsewhere = await queue.submit(NewJob("u", b"body", idempotency=key))
    assert elsewhere.id != first.id
    with pytest.raises(IdempotencyConflict):
        await queue.submit(NewJob("t", b"other", idempotency=Idempotency("key", "other")))


async def test_a_cancelled_job_is_not_worked_on(queue: JobQueue) -> None:
    name = (await queue.submit(NewJob("t", b"body"))).id
    record = await queue.cancel(name)
    assert record is not None
    assert record.state is JobState.CANCELLED
    assert await nobody_has_it(queue)


async def test_cancelling_takes_a_running_job_out_of_its_workers_hands(queue: JobQueue) -> None:
    await queue.submit(NewJob("t", b"body"))
    claim = await one(queue)
    await queue.cancel(claim.id)
    assert await queue.keep("w", [claim]) == {claim.id}
    assert not await queue.finish(claim, DONE)


async def test_cancelling_what_is_done_changes_nothing(queue: JobQueue) -> None:
    await queue.submit(NewJob("t", b"body"))
    claim = await one(queue)
    await queue.finish(claim, DONE)
    record = await queue.cancel(claim.id)
    assert record is not None
    assert record.state is JobState.DONE


async def test_nothing_of_a_batch_is_worked_on_before_all_of_it_is_there(queue: JobQueue) -> None:
    name = await queue.open_batch(NewBatch("t"))
    await queue.append(name, [b"0", b"1"])
    assert await nobody_has_it(queue)
    await queue.append(name, [b"2"])
    assert (await queue.seal(name, None)).fresh
    claims = (await queue.claim("w", 5)).claims
    assert [claim.body for claim in claims] == [b"0", b"1", b"2"]
    with pytest.raises(UnknownJob):
        await queue.append(name, [b"3"])


async def test_a_batch_counts_its_jobs_and_ends_with_the_last(queue: JobQueue) -> None:
    name = await batch_of(queue, b"0", b"1", b"2")
    first, second, third = (await queue.claim("w", 3)).claims
    await queue.finish(second, Ending(JobState.FAILED, error=JobError("invalid-image", "no")))
    await queue.finish(first, DONE)
    running = await queue.batch(name)
    assert running is not None
    assert running.state is BatchState.RUNNING
    counts = running.counts
    assert (counts.total, counts.running, counts.done, counts.failed) == (3, 1, 1, 1)
    await queue.finish(third, DONE)
    ended = await queue.batch(name)
    assert ended is not None
    assert ended.state is BatchState.ENDED
    assert ended.ended is not None


async def test_results_of_a_batch_come_in_order_and_from_any_place(queue: JobQueue) -> None:
    name = await batch_of(queue, *(str(i).encode() for i in range(5)))
    for claim in reversed((await queue.claim("w", 4)).claims):
        await queue.finish(claim, Ending(JobState.DONE, result=claim.body))
    found = await queue.results(name, 1, 10)
    assert [record.index for record in found] == [1, 2, 3, 4]
    assert [record.result for record in found] == [b"1", b"2", b"3", b""]
    assert found[3].state is JobState.WAITING


async def test_a_cancelled_batch_keeps_what_is_done_and_stops_the_rest(queue: JobQueue) -> None:
    name = await batch_of(queue, b"0", b"1", b"2")
    first, second = (await queue.claim("w", 2)).claims
    await queue.finish(first, DONE)
    record = await queue.cancel_batch(name)
    assert record is not None
    assert record.state is BatchState.CANCELLED
    assert (record.counts.done, record.counts.cancelled) == (1, 2)
    assert not await queue.finish(second, DONE)
    assert await nobody_has_it(queue)


async def test_a_dropped_upload_leaves_nothing(queue: JobQueue) -> None:
    name = await queue.open_batch(NewBatch("t"))
    await queue.append(name, [b"0", b"1"])
    await queue.drop(name)
    assert await queue.batch(name) is None
    assert (await queue.depth()).stored_bytes == 0


async def test_an_upload_that_stands_still_is_dropped(opened: Opener) -> None:
    async with opened(upload_ttl_seconds=1) as queue:
        name = await queue.open_batch(NewBatch("t"))
        await queue.append(name, [b"0"])
        await asyncio.sleep(1.1)
        await queue.tidy()
        with pytest.raises(UnknownJob):
            await queue.seal(name, None)
        assert (await queue.depth()).stored_bytes == 0


async def test_the_same_key_and_upload_is_the_same_batch(queue: JobQueue) -> None:
    key = Idempotency("key", "print")
    names = [await queue.open_batch(NewBatch("t")) for _ in range(3)]
    for name in names:
        await queue.append(name, [b"0"])
    assert (await queue.seal(names[0], key)).id == names[0]
    again = await queue.seal(names[1], key)
    assert (again.id, again.fresh) == (names[0], False)
    assert await queue.batch(names[1]) is None
    with pytest.raises(IdempotencyConflict):
        await queue.seal(names[2], Idempotency("key", "other"))


async def test_results_are_forgotten_after_their_time(opened: Opener) -> None:
    async with opened(result_ttl_seconds=1) as queue:
        await queue.submit(NewJob("t", b"body"))
        claim = await one(queue)
        await queue.finish(claim, DONE)
        batch = await batch_of(queue, b"0")
        await queue.finish(await one(queue), DONE)
        await asyncio.sleep(1.1)
        await queue.tidy()
        assert await queue.job(claim.id) is None
        assert await queue.batch(batch) is None
        assert (await queue.depth()).stored_bytes == 0
        assert (await queue.jobs("t", 10, None)).records == ()
        assert (await queue.batches("t", 10, None)).records == ()


async def test_what_nobody_works_on_ends_as_expired(opened: Opener) -> None:
    async with opened(waiting_ttl_seconds=1) as queue:
        job = (await queue.submit(NewJob("t", b"body"))).id
        batch = await batch_of(queue, b"0")
        await asyncio.sleep(1.1)
        await queue.tidy()
        (item,) = await queue.results(batch, 0, 1)
        for record in (await queue.job(job), item):
            assert record is not None
            assert record.error is not None
            assert (record.state, record.error.kind) == (JobState.FAILED, "expired")
        assert await nobody_has_it(queue)


async def test_lines_have_an_end(opened: Opener) -> None:
    async with opened(max_waiting=3, max_waiting_per_tenant=2) as queue:
        await queue.submit(NewJob("a", b"body"))
        await queue.submit(NewJob("a", b"body"))
        with pytest.raises(TenantQueueFull, match="max_waiting_per_tenant"):
            await queue.submit(NewJob("a", b"body"))
        await queue.submit(NewJob("b", b"body"))
        with pytest.raises(Overloaded, match="max_waiting"):
            await queue.submit(NewJob("c", b"body"))
        await one(queue)
        await queue.submit(NewJob("c", b"body"))


async def test_stored_bytes_have_an_end(opened: Opener) -> None:
    async with opened(max_stored_bytes=100) as queue:
        await queue.submit(NewJob("t", b"x" * 60))
        with pytest.raises(Overloaded, match="max_stored_bytes"):
            await queue.submit(NewJob("t", b"x" * 60))


async def test_jobs_are_listed_newest_first_and_page_by_page(queue: JobQueue) -> None:
    names = [(await queue.submit(NewJob("t", b"body"))).id for _ in range(5)]
    await queue.submit(NewJob("u", b"body"))
    first = await queue.jobs("t", 3, None)
    await queue.submit(NewJob("t", b"body"))
    second = await queue.jobs("t", 3, first.after)
    assert [r.id for r in (*first.records, *second.records)] == names[::-1]
    assert second.after is None


async def test_batches_are_listed_once_their_upload_is_complete(queue: JobQueue) -> None:
    name = await batch_of(queue, b"0")
    await queue.open_batch(NewBatch("t"))
    assert [record.id for record in (await queue.batches("t", 5, None)).records] == [name]


async def test_the_depth_tells_what_waits_and_what_runs(queue: JobQueue) -> None:
    for priority in (Priority.HIGH, Priority.LOW, Priority.LOW):
        await queue.submit(NewJob("t", b"body", priority))
    await one(queue)
    depth = await queue.depth()
    assert depth.waiting == {Priority.HIGH: 0, Priority.NORMAL: 0, Priority.LOW: 2}
    assert (depth.running, depth.stored_bytes) == (1, 12)


HOOK = Webhook("https://hooks.example.com/x")


async def test_an_end_is_told_once(queue: JobQueue) -> None:
    await queue.submit(NewJob("t", b"body", webhook=HOOK))
    assert await queue.due(5) == []
    claim = await one(queue)
    await queue.finish(claim, DONE)
    await queue.finish(claim, DONE)
    (delivery,) = await queue.due(5)
    assert (delivery.event, delivery.url, delivery.tries) == ("job.done", HOOK.url, 1)
    assert delivery.subject == await queue.job(claim.id)
    assert await queue.due(5) == []
    assert await queue.settle(delivery, Delivered())
    assert not await queue.settle(delivery, Delivered())
    await asyncio.sleep(LEASE * 1.5)
    assert await queue.due(5) == []


async def test_only_the_events_that_were_asked_for_are_told(queue: JobQueue) -> None:
    webhook = Webhook(HOOK.url, ("job.failed", "batch.ended"))
    await queue.submit(NewJob("t", b"body", webhook=webhook))
    await queue.finish(await one(queue), DONE)
    assert await queue.due(5) == []
    name = await batch_of(queue, b"0", webhook=webhook)
    await queue.finish(await one(queue), DONE)
    (delivery,) = await queue.due(5)
    assert delivery.event == "batch.ended"
    assert delivery.subject == await queue.batch(name)


async def test_a_refused_delivery_goes_out_again_under_its_id(queue: JobQueue) -> None:
    await queue.submit(NewJob("t", b"body", webhook=HOOK))
    await queue.finish(await one(queue), DONE)
    (first,) = await queue.due(5)
    assert await queue.settle(first, Again(0.1, in_doubt=False))
    assert await queue.due(5) == []
    await asyncio.sleep(0.15)
    (second,) = await queue.due(5)
    assert (second.id, second.tries) == (first.id, 2)


async def test_a_delivery_in_doubt_goes_out_again_under_another_id(queue: JobQueue) -> None:
    await queue.submit(NewJob("t", b"body", webhook=HOOK))
    await queue.finish(await one(queue), DONE)
    (first,) = await queue.due(5)
    await queue.settle(first, Again(0, in_doubt=True))
    (second,) = await queue.due(5)
    await asyncio.sleep(LEASE * 1.5)
    # The sender of the second went down: nobody knows what the receiver saw.
    (third,) = await queue.due(5)
    assert {d.event_id for d in (first, second, third)} == {first.event_id}
    assert len({d.id for d in (first, second, third)}) == 3
    assert not await queue.settle(second, Delivered())
    assert await queue.settle(third, Delivered())


async def test_a_delivery_that_is_given_up_is_a_dead_letter(queue: JobQueue) -> None:
    await queue.submit(NewJob("t", b"body", webhook=HOOK))
    await queue.finish(await one(queue), DONE)
    (delivery,) = await queue.due(5)
    await queue.settle(delivery, GivenUp("the receiver answered 410"))
    (letter,) = await queue.dead_letters(5)
    assert (letter.kind, letter.id, letter.tenant) == ("webhook", delivery.event_id, "t")
    assert letter.reason == "the receiver answered 410"


async def test_in_a_cluster_a_batch_is_taken_done_listed_and_told(
    redis_cluster: RedisCluster,
) -> None:
    redis = RedisConfig(url=redis_cluster.url, cluster=True, timeout_ms=5000)
    async with Opener("redis", redis)() as queue:
        name = await batch_of(queue, b"0", b"1", webhook=HOOK)
        for claim in (await queue.claim("w", 2)).claims:
            assert await queue.finish(claim, DONE)
        found = await queue.results(name, 0, 5)
        assert [record.state for record in found] == [JobState.DONE, JobState.DONE]
        assert [record.id for record in (await queue.batches("t", 5, None)).records] == [name]
        (delivery,) = await queue.due(5)
        assert await queue.settle(delivery, Delivered())
