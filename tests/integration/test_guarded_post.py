"""What is posted to receivers outside, over a real TLS socket."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from candor.adapters.net import GuardedHttp, NotReached, Refused, open_guarded_http
from candor.adapters.webhooks import WebhooksConfig
from tests.ssrf.world import OUTSIDE, Names, Outside, Trap, acceptable

HOST = "hooks.world.example"
BODY = b'{"event":"job.done"}'
HEADERS = {"content-type": "application/json", "candor-delivery-id": "del_1"}


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Outside]:
    with Outside(tmp_path).open() as opened:
        yield opened


@asynccontextmanager
async def posting(outside: Outside, leads_to: str = OUTSIDE) -> AsyncIterator[GuardedHttp]:
    config = WebhooksConfig.model_validate(
        {"hosts": [f"{HOST}:{outside.port}"], "secrets": ["a secret for a test"]}
    )
    names = Names({HOST: [[leads_to]]})
    async with open_guarded_http(
        config.outside, names, outside.client_context(), acceptable
    ) as http:
        yield http


def at(outside: Outside, path: str) -> str:
    return f"https://{HOST}:{outside.port}/{path}"


async def test_a_receiver_outside_hears_the_body_and_the_headers(outside: Outside) -> None:
    async with posting(outside) as http:
        assert await http.post(at(outside, "status/202"), BODY, HEADERS) == 202
    (heard,) = outside.asked
    assert heard.server_name == HOST
    assert heard.headers["content-length"] == str(len(BODY))
    assert heard.headers["candor-delivery-id"] == "del_1"
    assert "cookie" not in heard.headers


async def test_a_redirect_is_an_answer_and_is_not_followed(outside: Outside) -> None:
    async with posting(outside) as http:
        assert await http.post(at(outside, "hops/1"), BODY, HEADERS) == 302
    assert len(outside.asked) == 1


async def test_an_endless_answer_is_not_read(outside: Outside) -> None:
    async with asyncio.timeout(3), posting(outside) as http:
        assert await http.post(at(outside, "endless"), BODY, HEADERS) == 200


async def test_another_host_is_not_posted_to(outside: Outside) -> None:
    async with posting(outside) as http:
        with pytest.raises(Refused):
            await http.post(f"https://other.example:{outside.port}/x", BODY, HEADERS)
    assert outside.asked == []


async def test_a_name_that_leads_inside_reaches_nobody(outside: Outside) -> None:
    with Trap().open() as trap:
        async with posting(outside, "127.0.0.1") as http:
            with pytest.raises(Refused, match="public"):
                await http.post(at(outside, "status/204"), BODY, HEADERS)
        assert trap.reached == 0


async def test_a_receiver_that_hangs_up_may_have_heard(outside: Outside) -> None:
    async with posting(outside) as http:
        with pytest.raises(NotReached) as caught:
            await http.post(at(outside, "silence"), BODY, HEADERS)
    assert caught.value.heard


async def test_a_certificate_for_another_name_hears_nothing(tmp_path: Path) -> None:
    with Outside(tmp_path).open() as outside:
        config = WebhooksConfig.model_validate(
            {"hosts": [f"elsewhere.example:{outside.port}"], "secrets": ["a secret for a test"]}
        )
        names, papers = Names({"elsewhere.example": [[OUTSIDE]]}), outside.client_context()
        async with open_guarded_http(config.outside, names, papers, acceptable) as http:
            with pytest.raises(NotReached) as caught:
                await http.post(f"https://elsewhere.example:{outside.port}/x", BODY, HEADERS)
        assert not caught.value.heard
        assert outside.asked == []
