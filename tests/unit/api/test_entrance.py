"""What the door and the meter do to one request, in process."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from candor.api.app import create_app
from candor.api.entrance import Entrance
from candor.domain.callers import Caller, Everybody, Identity, Scope
from candor.domain.errors import IdentityUnavailable, Unidentified
from candor.domain.quotas import Measure, Quota, Quotas, Standing, Taken, Unlimited
from candor.domain.usage import ModelCall
from tests.client import Parts, client_for

BODY = {"prompt": "p", "response": "r"}
REQUESTS = Quota(Measure.REQUESTS, 5, 60)


@dataclass
class Doorman:
    """Knows one key."""

    away: bool = False
    required: bool = True

    async def caller(self, presented: str) -> Caller:
        if self.away:
            raise IdentityUnavailable("away")
        if presented != "good":
            raise Unidentified("not known", presented=bool(presented))
        return Caller("acme", "key_1", frozenset({Scope.MONITOR}))

    async def ping(self) -> None:
        return


@dataclass
class Counting:
    """Quotas that say what they are told to, and keep what they were asked."""

    taken: Taken
    asked: list[tuple[str, int]] = field(default_factory=list)
    added: list[tuple[str, int]] = field(default_factory=list)

    def limits(self, tenant: str) -> bool:
        return True

    async def take(self, tenant: str, size: int) -> Taken:
        self.asked.append((tenant, size))
        return self.taken

    def charge(self, tenant: str, calls: Sequence[ModelCall]) -> None:
        return

    def add_bytes(self, tenant: str, size: int) -> None:
        self.added.append((tenant, size))


def parts(identity: Identity | None = None, quotas: Quotas | None = None) -> Parts:
    entrance = Entrance(identity or Everybody(), quotas=quotas or Unlimited())
    return Parts(entrance=entrance)


async def test_while_keys_cannot_be_checked_nobody_is_let_in() -> None:
    async with client_for(create_app(parts(Doorman(away=True)).open_state())) as client:
        answer = await client.post("/v1/monitor", json=BODY, headers={"x-api-key": "good"})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert answer.json()["type"] == "urn:candor:problem:identity-unavailable"
        assert (await client.get("/healthz")).status_code == 200


async def test_a_body_is_not_read_before_it_is_known_whose_it_is() -> None:
    async with client_for(create_app(parts(Doorman()).open_state())) as client:
        answer = await client.post(
            "/v1/monitor", content=b"not JSON", headers={"x-api-key": "bad"}
        )
        assert answer.status_code == 401
        answer = await client.post("/v1/monitor", json=BODY, headers={"x-api-key": "good"})
        assert answer.status_code == 200


async def test_where_usage_is_counted_alone_every_answer_says_so_known_ones_too() -> None:
    taken = Taken((Standing(REQUESTS, 4, 30.0),), alone=True)
    made = parts(quotas=Counting(taken))
    async with client_for(create_app(made.open_state())) as client:
        for cache in ("miss", "hit", "hit"):
            answer = await client.post("/v1/monitor", json=BODY)
            assert answer.headers["x-candor-cache"] == cache
            assert "rate_limits_alone" in answer.headers["x-candor-degraded"]
            assert "rate_limits_alone" in answer.json()["degraded"]
            assert answer.headers["ratelimit"] == '"requests";r=4;t=30'


async def test_what_is_used_up_is_429_with_the_time_until_there_is_room() -> None:
    gone = Standing(REQUESTS, 0, 12.2)
    quotas = Counting(Taken((gone,), refused=gone))
    async with client_for(create_app(parts(quotas=quotas).open_state())) as client:
        answer = await client.post("/v1/monitor", json=BODY)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "13")
        assert answer.headers["ratelimit-policy"] == '"requests";q=5;w=60'
        assert (await client.get("/v1/policies")).status_code == 200
    assert quotas.asked == [("default", len(answer.request.content))]


async def test_a_body_of_unknown_length_is_counted_when_it_has_been_read() -> None:
    quotas = Counting(Taken())

    async def chunks() -> AsyncIterator[bytes]:
        yield b'{"prompt": "p", '
        yield b'"response": "r"}'

    async with client_for(create_app(parts(quotas=quotas).open_state())) as client:
        headers = {"content-type": "application/json"}
        answer = await client.post("/v1/monitor", content=chunks(), headers=headers)
        assert answer.status_code == 200
    assert (quotas.asked, quotas.added) == ([("default", 0)], [("default", 32)])
