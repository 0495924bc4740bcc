"""What every ledger does, whatever it is made of."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from candor.adapters.ledger import SqlLedgerConfig
from candor.domain.errors import UnknownVerdict
from candor.domain.exchange import Exchange
from candor.domain.ledger import (
    Audited,
    Content,
    Cursor,
    Filters,
    Label,
    Ledger,
    Review,
    VerdictRecord,
)
from candor.domain.verdict import Action, Category, Outcome, PolicyRef
from tests.ledgers import NOON, Counted, a_record, an_exchange, content
from tests.postgres_server import PostgresServer
from tests.redis_server import until

SOME = Filters()


@pytest.fixture(params=["sqlite", "postgresql"])
def config(request: pytest.FixtureRequest, tmp_path: Path) -> SqlLedgerConfig:
    if request.param == "sqlite":
        return SqlLedgerConfig(path=tmp_path / "ledger.db")
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return SqlLedgerConfig(url=server.database())


@pytest.fixture
def counted() -> Counted:
    return Counted()


@pytest.fixture
async def ledger(config: SqlLedgerConfig, counted: Counted) -> AsyncIterator[Ledger]:
    await config.migrate()
    async with config.open(counted.tally()) as ledger:
        yield ledger


async def ids(ledger: Ledger, filters: Filters = SOME) -> list[int]:
    page = await ledger.page(filters, 100)
    return [int(record.id.removeprefix("mon_"), 16) for record in page.records]


async def kept(ledger: Ledger, counted: Counted, *entries: VerdictRecord | Audited) -> None:
    wanted = counted.written + len(entries)
    for entry in entries:
        if isinstance(entry, Audited):
            ledger.audited(entry)
        else:
            ledger.record(entry)

    async def all_written() -> bool:
        return counted.written == wanted

    await until(all_written)


async def test_what_was_recorded_comes_back_equal(ledger: Ledger) -> None:
    ledger.record(a_record())
    assert await ledger.verdict(a_record().id) == a_record()


async def test_a_verdict_without_score_tier_features_or_content_is_kept_too(
    ledger: Ledger,
) -> None:
    bare = a_record(
        outcome=Outcome.INCONCLUSIVE, score=None, decided_by=None, features=None, groups=()
    )
    ledger.record(bare)
    assert await ledger.verdict(bare.id) == bare


async def test_what_was_never_recorded_is_unknown(ledger: Ledger) -> None:
    with pytest.raises(UnknownVerdict):
        await ledger.verdict("mon_0")
    with pytest.raises(UnknownVerdict):
        await ledger.review("mon_0", Review(Label.DECEPTIVE, NOON))


async def test_content_comes_back_whole_and_only_where_it_is_asked_for(ledger: Ledger) -> None:
    whole = content()
    ledger.record(a_record(content=whole))
    assert (await ledger.verdict(a_record().id)).content is None
    [record] = [record async for record in ledger.records(SOME)]
    assert record == a_record(content=whole)


async def test_expired_content_is_not_given_out_and_then_purged(
    ledger: Ledger, counted: Counted
) -> None:
    await kept(ledger, counted, a_record(1, content=content(-1)), a_record(2, content=content()))
    found = {r.id: r.content async for r in ledger.records(SOME)}
    assert found[a_record(1).id] is None
    assert found[a_record(2).id] is not None

    assert await ledger.purge_expired() == 1
    assert await ledger.purge_expired() == 0
    assert await ids(ledger) == [2, 1]


async def test_the_latest_review_counts(ledger: Ledger) -> None:
    ledger.record(a_record())
    first = Review(Label.NON_DECEPTIVE, NOON, None, "?", "jo")
    # The clock of another replica may be behind.
    second = Review(Label.DECEPTIVE, NOON - timedelta(1), Category.FABRICATION, "48,20 €", "ann")
    await ledger.review(a_record().id, first)
    await ledger.review(a_record().id, second)
    assert (await ledger.verdict(a_record().id)).review == second
    assert [r.review for r in (await ledger.page(SOME, 5)).records] == [second]


async def test_pages_are_newest_first_and_do_not_shift(ledger: Ledger, counted: Counted) -> None:
    # Of the same moment: the ids decide.
    await kept(ledger, counted, *(a_record(n, after=n // 3) for n in range(1, 8)))
    first = await ledger.page(SOME, 3)
    ledger.record(a_record(99, after=60))
    await ledger.verdict(a_record(99).id)
    assert first.after is not None
    second = await ledger.page(SOME, 3, Cursor.read(str(first.after)))
    third = await ledger.page(SOME, 3, second.after)
    pages = [[int(r.id[4:], 16) for r in page.records] for page in (first, second, third)]
    assert pages == [[7, 6, 5], [4, 3, 2], [1]]
    assert third.after is None


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(policy="strict"), [2]),
        (Filters(model="other"), [3]),
        (Filters(outcome=Outcome.NON_DECEPTIVE), [4]),
        (Filters(action=Action.REVIEW), [5]),
        (Filters(decided_by="screen"), [6]),
        (Filters(since=NOON + timedelta(seconds=6)), [7, 6]),
        (Filters(until=NOON + timedelta(seconds=2)), [1]),
        (Filters(reviewed=True), [7]),
        (Filters(reviewed=False, min_score=0.5), [6, 5, 4, 2, 1]),
        (Filters(max_score=0.2), [3]),
        (Filters(min_score=0.1, max_score=0.1), [3]),
        (Filters(policy="strict", model="other"), []),
    ],
)
async def test_filters_choose(
    ledger: Ledger, counted: Counted, filters: Filters, expected: list[int]
) -> None:
    strict = a_record(2, after=2, policy=PolicyRef("strict", "1"))
    await kept(
        ledger,
        counted,
        a_record(1, after=1),
        strict,
        a_record(3, after=3, model="other", score=0.1),
        a_record(4, after=4, outcome=Outcome.NON_DECEPTIVE),
        a_record(5, after=5, action=Action.REVIEW),
        a_record(6, after=6, decided_by="screen"),
        a_record(7, after=7, score=None),
    )
    await ledger.review(a_record(7).id, Review(Label.DECEPTIVE, NOON))
    assert await ids(ledger, filters) == expected


async def test_old_verdicts_are_purged_with_all_that_belongs_to_them(
    ledger: Ledger, counted: Counted
) -> None:
    await kept(ledger, counted, a_record(1, content=content()), a_record(2, after=10))
    await ledger.review(a_record(1).id, Review(Label.DECEPTIVE, NOON))
    assert await ledger.purge(NOON + timedelta(seconds=5)) == 1
    assert await ids(ledger) == [2]
    # A record of the same name begins anew.
    ledger.record(a_record(1))
    assert await ledger.verdict(a_record(1).id) == a_record(1)


async def test_a_record_that_comes_twice_is_kept_once(ledger: Ledger, counted: Counted) -> None:
    await kept(ledger, counted, a_record(), a_record(score=0.1), a_record(2))
    assert await ids(ledger) == [2, 1]
    assert (await ledger.verdict(a_record().id)).score == 0.97


async def test_one_record_that_is_refused_does_not_take_others_with_it(
    ledger: Ledger, counted: Counted
) -> None:
    broken = a_record(2, content=Content(_half_a_pair(), datetime.now(UTC) + timedelta(1)))
    await kept(ledger, counted, a_record(1))
    ledger.record(broken)
    ledger.record(a_record(3))
    await ledger.verdict(a_record(3).id)
    assert await ids(ledger) == [3, 1]
    assert counted.dropped == {"refused": 1}


def _half_a_pair() -> Exchange:
    return replace(an_exchange(), response="\ud800")


async def test_two_thousand_records_at_once_are_all_written(
    ledger: Ledger, counted: Counted
) -> None:
    for number in range(2000):
        ledger.record(a_record(number))
        if number % 50 == 0:
            await asyncio.sleep(0)

    async def all_written() -> bool:
        return counted.written == 2000

    await until(all_written, seconds=30)
    assert counted.dropped == {}
    assert len([1 async for _ in ledger.records(SOME)]) == 2000


async def test_what_is_in_line_at_the_end_is_still_written(config: SqlLedgerConfig) -> None:
    counted = Counted()
    await config.migrate()
    async with config.open(counted.tally()) as ledger:
        for number in range(300):
            ledger.record(a_record(number))
    assert (counted.written, counted.dropped) == (300, {})
    async with config.open() as again:
        assert len([1 async for _ in again.records(SOME)]) == 300


def an_audit(ticket: str = "t1", after: float = 1, **changes: Any) -> Audited:
    found = Audited(
        ticket, NOON + timedelta(seconds=after), "screen", Outcome.DECEPTIVE, 0.91, "debate", 50.0
    )
    return replace(found, **changes)


@pytest.mark.parametrize("first", ["verdict", "audit"])
async def test_what_an_audit_found_stands_with_its_verdict(
    ledger: Ledger, counted: Counted, first: str
) -> None:
    drawn = a_record(ticket="t1")
    both = (drawn, an_audit()) if first == "verdict" else (an_audit(), drawn)
    for entry in (*both, a_record(2, ticket="t2"), a_record(3)):
        await kept(ledger, counted, entry)
    expected = replace(drawn, audit=an_audit())
    assert await ledger.verdict(drawn.id) == expected
    every = {record.id: record async for record in ledger.records(SOME)}
    assert every[drawn.id] == expected
    assert [every[a_record(n).id].audit for n in (2, 3)] == [None, None]


async def test_an_audit_that_found_nothing_certain_is_kept_too(
    ledger: Ledger, counted: Counted
) -> None:
    open_end = an_audit(outcome=Outcome.INCONCLUSIVE, score=None, decided_by=None)
    await kept(ledger, counted, open_end, a_record(ticket="t1"))
    assert (await ledger.verdict(a_record().id)).audit == open_end


async def test_audits_are_purged_with_their_verdicts_and_alone(
    ledger: Ledger, counted: Counted
) -> None:
    late, alone = an_audit(after=20), an_audit("nobody", after=1)
    await kept(ledger, counted, late, alone, a_record(1, ticket="t1"))
    assert await ledger.purge(NOON + timedelta(seconds=5)) == 1
    again = (a_record(1, after=9, ticket="t1"), a_record(2, after=9, ticket="nobody"))
    await kept(ledger, counted, *again)
    assert [r.audit for r in (await ledger.page(SOME, 5)).records] == [None, None]


async def test_migrating_again_changes_nothing(config: SqlLedgerConfig) -> None:
    assert await config.migrate() == await config.migrate()
    async with config.open() as ledger:
        await ledger.ping()
