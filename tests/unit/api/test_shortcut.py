"""Requests whose bytes are known: answered alike, and never with somebody else's verdict."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry, generate_latest

from candor.adapters.ledger import NoLedger
from candor.api.app import create_app
from candor.api.dependencies import State
from candor.api.entrance import Entrance
from candor.api.limits import Limits
from candor.domain.callers import Caller
from candor.domain.callers import Scope as May
from candor.domain.errors import ModelTimeout
from candor.domain.ledger import Retention, VerdictRecord
from candor.domain.verdict import Category, Degradation, PolicyRef
from candor.telemetry.logs import Journal
from tests.client import Parts, client_for
from tests.fakes import FakeCache, FakeTier, sees_all

ASKED: dict[str, Any] = {
    "prompt": "How many cats?",
    "response": "Three.",
    "model": "acme",
    "metadata": {"user": "u1"},
}
KEPT = json.dumps(ASKED).encode()
JSON = {"content-type": "application/json"}


class Keeper(NoLedger):
    """A ledger that holds on to what it is given."""

    keeps = True

    def __init__(self) -> None:
        self.kept: list[VerdictRecord] = []

    def record(self, record: VerdictRecord) -> None:
        self.kept.append(record)


@dataclass
class Lines:
    """Stands in for a logger."""

    said: list[dict[str, Any]] = field(default_factory=list)

    def info(self, event: str, **fields: Any) -> None:
        self.said.append({"event": event, **fields})

    warning = error = info


def convinced() -> FakeTier:
    opinion = replace(
        sees_all(0.99),
        categories={Category.FABRICATION: 0.9, Category.OMISSION: 0.6},
        degraded=(Degradation("reader:cut", transient=False),),
    )
    return FakeTier(opinion)


@dataclass
class Asking:
    """One application with everything it touches at hand."""

    parts: Parts
    lines: Lines
    client: httpx.AsyncClient
    state: State

    @property
    def waited(self) -> int:
        """How often the route looked in the cache: what it did not see, the shortcut answered."""
        assert isinstance(self.parts.cache, FakeCache)
        return len(self.parts.cache.waited)

    async def post(self, body: bytes = KEPT, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post("/v1/monitor", content=body, headers={**JSON, **named})


@asynccontextmanager
async def asking(parts: Parts) -> AsyncIterator[Asking]:
    lines, states = Lines(), []

    @asynccontextmanager
    async def opened() -> AsyncIterator[State]:
        async with parts.open_state()() as state:
            states.append(state)
            yield state

    app = create_app(opened, Journal(lines))  # type: ignore[arg-type] # the methods it calls are there
    async with client_for(app) as client:
        yield Asking(parts, lines, client, states[0])


def parts(**changes: Any) -> Parts:
    fresh: dict[str, Any] = {
        "tiers": [convinced()],
        "cache": FakeCache(),
        "registry": CollectorRegistry(),
        "models": ["acme"],
        "group_salt": "salt",
    }
    return Parts(**{**fresh, **changes})


async def third_answer(memo_entries: int) -> tuple[httpx.Response, Asking, Keeper]:
    """Judged, known to the cache, and then asked once more."""
    ledger = Keeper()
    async with asking(parts(ledger=ledger, memo_entries=memo_entries)) as asked:
        for _ in range(3):
            answer = await asked.post(x_request_id="given-1")
        return answer, asked, ledger


async def test_the_shortcut_answers_like_the_route() -> None:
    short, by_shortcut, _ = await third_answer(4096)
    long, by_route, _ = await third_answer(0)

    assert (by_shortcut.waited, by_route.waited) == (1, 3)
    assert short.status_code == long.status_code == 200
    assert list(short.json()) == list(long.json())
    own = ("id", "elapsed_ms", "steps")
    assert {k: v for k, v in short.json().items() if k not in own} == {
        k: v for k, v in long.json().items() if k not in own
    }
    assert re.fullmatch("mon_[0-9a-f]{24}", short.json()["id"])
    assert short.json()["cache"] == "hit"
    assert 0 < short.json()["elapsed_ms"] < 1000


async def test_the_shortcut_sends_the_same_headers() -> None:
    short, _, _ = await third_answer(4096)
    long, _, _ = await third_answer(0)

    assert sorted(short.headers) == sorted(long.headers)
    own = ("server-timing", "content-length")
    assert {k: v for k, v in short.headers.items() if k not in own} == {
        k: v for k, v in long.headers.items() if k not in own
    }
    assert short.headers["x-request-id"] == "given-1"
    assert int(short.headers["content-length"]) == len(short.content)
    durations = re.compile(r"dur=[\d.]+")
    assert durations.sub("", short.headers["server-timing"]) == durations.sub(
        "", long.headers["server-timing"]
    )


async def test_the_shortcut_is_counted_like_the_route() -> None:
    _, by_shortcut, _ = await third_answer(4096)
    _, by_route, _ = await third_answer(0)

    def counted(asked: Asking) -> list[str]:
        text = generate_latest(asked.parts.registry).decode().splitlines()
        return [
            line for line in text if "_seconds_sum" not in line and "_seconds_buck" not in line
        ]

    assert counted(by_shortcut) == counted(by_route)
    assert 'candor_cache_requests_total{result="hit"} 2.0' in counted(by_shortcut)
    assert "candor_in_flight 0.0" in counted(by_shortcut)


async def test_the_shortcut_is_written_down_like_the_route() -> None:
    _, by_shortcut, kept_short = await third_answer(4096)
    _, by_route, kept_long = await third_answer(0)

    own = {"id": "", "elapsed_ms": 0.0, "tiers": []}
    assert [{**said, **own} for said in by_shortcut.lines.said] == [
        {**said, **own} for said in by_route.lines.said
    ]
    assert len({said["id"] for said in by_shortcut.lines.said}) == 3
    short, long = kept_short.kept[-1], kept_long.kept[-1]
    assert replace(short, id="", at=long.at, steps=()) == replace(long, id="", steps=())
    assert len(kept_short.kept) == 3
    assert [record.id for record in kept_short.kept] == [
        said["id"] for said in by_shortcut.lines.said
    ]


@pytest.mark.parametrize(
    "options", [{"cache": "refresh"}, {"cache": "bypass"}, {"include": ["transcript"]}]
)
async def test_who_wants_more_than_a_known_verdict_is_never_answered_short(
    options: dict[str, Any],
) -> None:
    async with asking(parts()) as asked:
        await asked.post()
        body = json.dumps({**ASKED, "options": options}).encode()
        answers = [await asked.post(body) for _ in range(3)]

    caches = [answer.json()["cache"] for answer in answers]
    assert caches == [options.get("cache", "hit")] * 3
    assert asked.waited == (4 if "include" in options else 1)
    assert ("transcript" in answers[-1].json()) == ("include" in options)


async def test_a_verdict_that_the_cache_forgot_is_made_again() -> None:
    async with asking(parts()) as asked:
        await asked.post()
        assert (await asked.post()).json()["cache"] == "hit"
        assert isinstance(asked.parts.cache, FakeCache)
        asked.parts.cache.known.clear()

        assert (await asked.post()).json()["cache"] == "miss"


async def test_a_verdict_that_was_replaced_is_the_one_that_is_told() -> None:
    async with asking(parts()) as asked:
        await asked.post()
        await asked.post()
        cache = asked.parts.cache
        assert isinstance(cache, FakeCache)
        [(key, report)] = cache.known.items()
        cache.known[key] = replace(report, verdict=replace(report.verdict, reason="Newer."))

        assert (await asked.post()).json()["reason"] == "Newer."
        assert asked.waited == 1


async def test_another_version_of_the_policy_judges_anew() -> None:
    async with asking(parts()) as asked:
        await asked.post()
        policies: Any = asked.state["monitor"].policies
        policies["default"] = replace(policies["default"], ref=PolicyRef("default", "other"))
        answer = await asked.post()

        assert answer.json()["cache"] == "miss"
        assert answer.json()["policy"]["version"] == "other"


async def test_an_undecided_answer_is_not_recognised() -> None:
    async with asking(parts(tiers=[FakeTier(sees_all(0.5))])) as asked:
        answers = [await asked.post() for _ in range(3)]

    assert [answer.json()["outcome"] for answer in answers] == ["inconclusive"] * 3
    assert asked.waited == 3


async def test_bodies_that_differ_in_one_byte_are_read_anew() -> None:
    async with asking(parts()) as asked:
        await asked.post()
        same = await asked.post(KEPT + b" ")
        other = await asked.post(KEPT.replace(b"Three", b"Thref"))

    assert same.json()["cache"] == "hit"
    assert other.json()["cache"] == "miss"
    assert asked.waited == 3


async def test_a_known_body_is_refused_where_it_comes_in_another_form() -> None:
    async with asking(parts()) as asked:
        await asked.post()
        as_text = await asked.post(content_type="text/plain")
        zipped = await asked.post(content_encoding="gzip")
        with_charset = await asked.post(content_type="Application/JSON; charset=utf-8")

    assert (as_text.status_code, zipped.status_code) == (415, 415)
    assert with_charset.json()["cache"] == "hit"
    assert asked.waited == 1


async def test_what_is_kept_of_the_exchange_is_kept_every_time() -> None:
    ledger = Keeper()
    retention = Retention(content="text")
    async with asking(parts(ledger=ledger, retention=retention)) as asked:
        for _ in range(3):
            await asked.post()

    assert [record.content is not None for record in ledger.kept] == [True] * 3


class KeysAreNames:
    """An identity whose keys are the tenants' names."""

    required = True

    async def caller(self, presented: str) -> Caller:
        return Caller(presented, "key", frozenset(May))

    async def ping(self) -> None:
        return


async def test_one_tenants_request_is_not_recognised_for_another() -> None:
    async with asking(parts(entrance=Entrance(KeysAreNames()))) as asked:
        answers = [await asked.post(x_api_key=tenant) for tenant in ("a", "a", "b", "b", "a")]

    assert asked.waited == 2
    caches = [answer.json()["cache"] for answer in answers]
    assert caches == ["miss", "hit", "miss", "hit", "hit"]


async def test_a_body_in_pieces_is_recognised_and_one_that_is_not_known_arrives_whole() -> None:
    async with asking(parts()) as asked:

        async def in_pieces() -> AsyncIterator[bytes]:
            for at in range(0, len(KEPT), 7):
                yield KEPT[at : at + 7]

        first = await asked.client.post("/v1/monitor", content=in_pieces(), headers=JSON)
        second = await asked.client.post("/v1/monitor", content=in_pieces(), headers=JSON)
        whole = await asked.post()

    assert [a.json()["cache"] for a in (first, second, whole)] == ["miss", "hit", "hit"]
    assert asked.waited == 1


async def test_a_body_that_is_too_long_is_refused_though_its_beginning_is_known() -> None:
    async with asking(parts(limits=Limits(max_body_bytes=len(KEPT)))) as asked:
        await asked.post()

        async def longer() -> AsyncIterator[bytes]:
            yield KEPT
            yield b" "

        answer = await asked.client.post("/v1/monitor", content=longer(), headers=JSON)

    assert answer.status_code == 413
    assert answer.json()["limit"] == "limits.max_body_bytes"


async def test_no_more_requests_are_kept_than_were_allowed() -> None:
    other = KEPT + b" "
    async with asking(parts(memo_entries=1)) as asked:
        for body in (KEPT, other, KEPT, KEPT):
            await asked.post(body)

    assert asked.waited == 3


async def test_a_tier_that_fails_is_asked_again() -> None:
    tier = FakeTier(ModelTimeout("slow", model="judge"))
    async with asking(parts(tiers=[tier])) as asked:
        await asked.post()
        tier.opinion = sees_all(0.99)
        answer = await asked.post()

    assert answer.json()["outcome"] == "deceptive"


async def test_known_bytes_are_answered_from_a_cache_that_others_share() -> None:
    async with asking(parts(shared=True)) as asked:
        await asked.post()
        looked_by_the_route = asked.waited
        second = await asked.post()

    assert second.headers["x-candor-cache"] == "hit"
    # Once, by the shortcut: the route would have looked again.
    assert asked.waited == looked_by_the_route + 1


async def test_what_the_shared_cache_lost_is_judged_anew() -> None:
    async with asking(parts(shared=True)) as asked:
        await asked.post()
        asked.parts.cache.known.clear()  # type: ignore[attr-defined] # it is a FakeCache
        second = await asked.post()

    assert second.headers["x-candor-cache"] == "miss"
