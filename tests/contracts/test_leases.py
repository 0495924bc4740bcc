"""What all leases do, whatever keeps them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

import pytest

from candor.adapters.leases.lease import RedisLease
from candor.adapters.leases.redis import RedisLeases
from candor.adapters.redis import RedisConfig, open_connection
from candor.domain.fleet import FleetEvent, Lease, Leases, Told
from candor.domain.verdict import Outcome, Report
from tests.leases import Board, BoardLease, BoardLeases
from tests.redis_server import RedisServer
from tests.reports import a_report

LEASE_MS = 400
REPORT = a_report()
UNSURE = replace(REPORT, verdict=replace(REPORT.verdict, outcome=Outcome.INCONCLUSIVE))


@dataclass(frozen=True)
class Fleet:
    replica: Callable[[], Awaitable[Leases]]


@pytest.fixture(params=["in process", "redis"])
def server(request: pytest.FixtureRequest) -> RedisServer | None:
    if request.param == "in process":
        return None
    found: RedisServer = request.getfixturevalue("redis_server")
    return found


@pytest.fixture
async def fleet(server: RedisServer | None) -> AsyncIterator[Fleet]:
    async with AsyncExitStack() as stack:
        board = Board()

        async def on_the_board() -> Leases:
            return BoardLeases(board)

        async def in_redis() -> Leases:
            config = RedisConfig(url=server.url if server else "", timeout_ms=5000)
            connection = await stack.enter_async_context(open_connection(config))
            leases = RedisLeases(connection, LEASE_MS)
            stack.push_async_callback(leases.close)
            return leases

        yield Fleet(in_redis if server else on_the_board)


def die(lease: Lease) -> None:
    """Its holder renews it no more."""
    if isinstance(lease, RedisLease):
        lease._renewing.cancel()
    else:
        assert isinstance(lease, BoardLease)
        lease.expire()


async def granted(leases: Leases, key: str = "k", after: int = 0) -> Lease:
    async with asyncio.timeout(5):
        claim = await leases.claim(key, after)
    assert not isinstance(claim, Told)
    return claim


async def told(claim: Awaitable[Lease | Told]) -> Report:
    async with asyncio.timeout(5):
        said = await claim
    assert isinstance(said, Told)
    return said.report


def waiting(leases: Leases, key: str = "k") -> asyncio.Task[Lease | Told]:
    async def claim() -> Lease | Told:
        return await leases.claim(key)

    return asyncio.create_task(claim())


async def a_while() -> None:
    await asyncio.sleep(0.1)


async def test_what_nobody_works_on_is_granted_at_once(fleet: Fleet) -> None:
    leases = await fleet.replica()
    first, other = await granted(leases, "a"), await granted(leases, "b")
    assert await first.end(None)
    assert await other.end(None)


async def test_all_who_wait_are_told_what_the_holder_found(fleet: Fleet) -> None:
    lease = await granted(await fleet.replica())
    others = [waiting(await fleet.replica()) for _ in range(3)]
    await a_while()
    assert not any(task.done() for task in others)
    assert await lease.end(REPORT)
    assert [await told(task) for task in others] == [REPORT] * 3


async def test_two_who_wait_in_one_replica_are_both_told(fleet: Fleet) -> None:
    lease, other = await granted(await fleet.replica()), await fleet.replica()
    both = [waiting(other), waiting(other)]
    await a_while()
    await lease.end(REPORT)
    assert [await told(task) for task in both] == [REPORT] * 2


async def test_a_holder_at_work_keeps_its_lease(fleet: Fleet) -> None:
    lease = await granted(await fleet.replica())
    other = waiting(await fleet.replica())
    await asyncio.sleep(2.5 * LEASE_MS / 1000)
    assert not other.done()
    assert await lease.end(REPORT)
    assert await told(other) == REPORT


async def test_when_the_holder_gives_up_one_of_those_who_wait_goes_on(fleet: Fleet) -> None:
    lease = await granted(await fleet.replica())
    others = [waiting(await fleet.replica()) for _ in range(3)]
    await a_while()
    await lease.end(None)
    done, rest = await asyncio.wait(others, return_when=asyncio.FIRST_COMPLETED, timeout=5)
    (heir,) = [task.result() for task in done]
    assert not isinstance(heir, Told)
    await heir.end(REPORT)
    assert [await told(task) for task in rest] == [REPORT] * 2


async def test_the_work_of_a_holder_that_died_is_taken_over(fleet: Fleet) -> None:
    lease, other = await granted(await fleet.replica()), await fleet.replica()
    heard: list[FleetEvent] = []
    other.told_to(heard.append)
    heir = waiting(other)
    await a_while()
    die(lease)
    async with asyncio.timeout(5):
        assert not isinstance(await heir, Told)
    assert heard == [FleetEvent.TAKEN_OVER]


async def test_a_holder_that_was_replaced_is_refused(fleet: Fleet) -> None:
    late, other = await granted(await fleet.replica()), await fleet.replica()
    taken = waiting(other)
    await a_while()
    die(late)
    async with asyncio.timeout(5):
        heir = await taken
    assert not isinstance(heir, Told)
    third = waiting(await fleet.replica())
    await a_while()
    assert not await late.end(a_report("too late"))
    assert not third.done()
    assert await heir.end(REPORT)
    assert await told(third) == REPORT
    assert not await late.end(a_report("later still"))


async def test_a_report_that_may_be_kept_is_told_to_who_comes_just_too_late(fleet: Fleet) -> None:
    lease = await granted(await fleet.replica())
    await lease.end(REPORT)
    assert await told(waiting(await fleet.replica())) == REPORT


async def test_a_report_that_may_not_be_kept_is_told_only_to_those_who_waited(
    fleet: Fleet,
) -> None:
    lease, other = await granted(await fleet.replica()), await fleet.replica()
    waits = waiting(other)
    await a_while()
    await lease.end(UNSURE)
    assert await told(waits) == UNSURE
    await granted(other)


async def test_a_report_that_did_not_help_is_not_told_again(fleet: Fleet) -> None:
    lease, other = await granted(await fleet.replica()), await fleet.replica()
    await lease.end(REPORT)
    said = await other.claim("k")
    assert isinstance(said, Told)
    fresh = await granted(other, after=said.token)
    third = waiting(await fleet.replica(), "k")
    await fresh.end(a_report("again"))
    assert (await told(third)).verdict.reason in {"again", REPORT.verdict.reason}


async def test_one_that_stops_waiting_is_in_nobodys_way(fleet: Fleet) -> None:
    lease, other = await granted(await fleet.replica()), await fleet.replica()
    leaver, stays = waiting(other), waiting(other)
    await a_while()
    leaver.cancel()
    await a_while()
    await lease.end(REPORT)
    assert await told(stays) == REPORT
    assert leaver.cancelled()
