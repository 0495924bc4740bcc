"""Images that are fetched from a host outside: see tests/ssrf for what must never be asked."""

import asyncio
import gc
import time
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pybase64
import pytest
import uvloop

from candor.adapters.images import Most, RemoteImagesConfig
from candor.adapters.images.remote import RemoteImages
from candor.adapters.queue import JobsConfig, MemoryQueue
from candor.api.app import create_app
from candor.api.dependencies import State
from candor.api.limits import Limits
from candor.domain.errors import InvalidExchange, TooLarge
from candor.domain.exchange import RemoteImage
from candor.domain.jobs.limits import JobLimits
from candor.working import open_labour
from tests.client import Parts, client_for, server_for
from tests.images import encoded, page
from tests.ssrf.world import MOST, OUTSIDE, PICTURE, Names, Outside, Trap, fetcher

HOST = "pictures.world.example"


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Outside]:
    with Outside(tmp_path).open() as opened:
        yield opened


def at(outside: Outside, path: str, host: str = HOST) -> str:
    return f"https://{host}:{outside.port}/{path}"


def on(outside: Outside, **more: Any) -> RemoteImagesConfig:
    hosts = [f"*.world.example:{outside.port}", f"elsewhere.example:{outside.port}"]
    return RemoteImagesConfig.model_validate({"hosts": hosts, **more})


def names() -> Names:
    known = (HOST, "other.world.example", "elsewhere.example")
    return Names({name: [[OUTSIDE]] for name in known})


@asynccontextmanager
async def fetching(
    outside: Outside, told: list[str] | None = None, most: Most = MOST, **more: Any
) -> AsyncIterator[RemoteImages]:
    told = [] if told is None else told
    async with fetcher(outside, names(), on(outside, **more), told, most) as images:
        yield images


async def fetched(images: RemoteImages, *urls: str, seconds: float = 10) -> list[bytes]:
    wanted = [RemoteImage(url, f"images[{i}].url") for i, url in enumerate(urls)]
    return await images.fetch(wanted, seconds)


@asynccontextmanager
async def calling(outside: Outside, **parts: Any) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(Parts(images=lambda: fetching(outside), **parts).open_state())
    async with client_for(app) as client:
        yield client


def asking(url: str, **more: Any) -> dict[str, Any]:
    return {"prompt": "How many?", "response": "Three.", "images": [{"url": url}], **more}


async def test_a_fetched_image_is_the_same_exchange_as_the_image_sent_along(
    outside: Outside,
) -> None:
    inline = f"data:image/png;base64,{pybase64.b64encode_as_string(PICTURE)}"
    async with calling(outside) as client:
        sent = await client.post("/v1/monitor", json=asking(inline))
        answer = await client.post("/v1/monitor", json=asking(at(outside, "picture.png")))

    assert answer.status_code == 200, answer.text
    assert answer.headers["x-candor-cache"] == "hit"
    assert answer.json()["coverage"] == sent.json()["coverage"]


async def test_another_image_behind_the_same_address_is_another_exchange(
    outside: Outside,
) -> None:
    body, seen = asking(at(outside, "picture.png")), []
    async with calling(outside) as client:
        for picture in (PICTURE, PICTURE, encoded(page("another one"))):
            outside.picture = picture
            seen.append((await client.post("/v1/monitor", json=body)).headers["x-candor-cache"])

    assert seen == ["miss", "hit", "miss"]
    assert len(outside.asked) == 3


async def test_a_host_is_told_its_name_and_nothing_of_who_asks(outside: Outside) -> None:
    url = at(outside, f"cookie?url={quote(at(outside, 'picture.png', 'other.world.example'))}")
    async with fetching(outside) as images:
        assert await fetched(images, url) == [PICTURE]

    first, second = outside.asked
    assert (first.server_name, second.server_name) == (HOST, "other.world.example")
    assert second.headers.keys() == {"host", "user-agent", "accept", "accept-encoding"}
    assert second.headers["host"] == f"other.world.example:{outside.port}"
    assert second.headers["accept-encoding"] == "identity"


async def test_no_proxy_of_the_environment_is_used(
    outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Trap().open() as trap:
        for name in ("HTTPS_PROXY", "ALL_PROXY", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{trap.ports[0]}")
        async with fetching(outside) as images:
            assert await fetched(images, at(outside, "picture.png")) == [PICTURE]
        assert trap.reached == 0


async def test_as_many_redirects_as_allowed_are_followed(outside: Outside) -> None:
    async with fetching(outside, max_redirects=3) as images:
        assert await fetched(images, at(outside, "hops/3")) == [PICTURE]
        with pytest.raises(InvalidExchange, match="more than 3 redirects"):
            await fetched(images, at(outside, "hops/4"))


async def test_a_name_is_looked_up_once_per_request(outside: Outside) -> None:
    known = names()
    async with fetcher(outside, known, on(outside), []) as images:
        await fetched(images, at(outside, "picture.png"))
    assert known.asked == [HOST]


@pytest.mark.parametrize(
    ("path", "why", "result"),
    [
        ("status/404", "answered 404", "failed"),
        ("status/500", "answered 500", "failed"),
        ("status/206", "answered 206", "failed"),
        ("status/300", "answered 300", "failed"),
        ("nowhere", "leads nowhere", "failed"),
        ("lying/100", "to the end", "failed"),
        ("gzip", "compressed", "failed"),
        ("slow", "too long", "timeout"),
    ],
)
async def test_what_goes_wrong_is_named(
    outside: Outside, path: str, why: str, result: str
) -> None:
    told: list[str] = []
    async with fetching(outside, told, seconds=0.3) as images:
        with pytest.raises(InvalidExchange, match=why) as caught:
            await fetched(images, at(outside, path))

    assert caught.value.kind == "remote-image-failed"
    assert caught.value.field == "images[0].url"
    assert "business" not in str(caught.value)
    assert told == [result]


async def test_a_certificate_for_another_name_is_not_good_enough(outside: Outside) -> None:
    async with fetching(outside) as images:
        with pytest.raises(InvalidExchange, match="certificate"):
            await fetched(images, at(outside, "picture.png", "elsewhere.example"))
    assert outside.asked == []


@pytest.mark.parametrize("path", ["big/2000", "endless"])
async def test_bytes_over_the_limit_are_not_read(outside: Outside, path: str) -> None:
    told: list[str] = []
    async with fetching(outside, told, max_bytes=1000) as images:
        with pytest.raises(TooLarge, match="at most 1000 bytes") as caught:
            await fetched(images, at(outside, path))
    assert caught.value.limit == "remote_images.max_bytes"
    assert told == ["too_large"]


async def test_the_images_of_a_request_share_what_a_request_may_bring(outside: Outside) -> None:
    async with fetching(outside, most=Most(1000, 1500)) as images:
        assert len(await fetched(images, at(outside, "big/1000"))) == 1
        with pytest.raises(TooLarge) as caught:
            await fetched(images, at(outside, "big/1000"), at(outside, "big/999"))
    assert caught.value.limit == "limits.max_body_bytes"


async def test_the_deadline_of_the_request_bounds_all_of_its_images(outside: Outside) -> None:
    started = time.monotonic()
    async with fetching(outside, at_once=1) as images:
        with pytest.raises(InvalidExchange, match="too long"):
            await fetched(images, *(at(outside, f"slow?{i}") for i in range(4)), seconds=0.2)
    assert time.monotonic() - started < 2


async def test_the_same_address_twice_is_asked_for_once(outside: Outside) -> None:
    one, other = at(outside, "picture.png"), at(outside, "big/3")
    async with fetching(outside) as images:
        assert await fetched(images, one, other, one) == [PICTURE, b"\x89" * 3, PICTURE]
    assert len(outside.asked) == 2


async def test_nothing_is_fetched_for_a_request_that_is_refused_anyway(outside: Outside) -> None:
    url = at(outside, "picture.png")
    async with calling(outside, limits=Limits(max_images=1)) as client:
        for more in ({"response": ""}, {"policy": "unknown"}, {"images": [{"url": url}] * 2}):
            answer = await client.post("/v1/monitor", json=asking(url) | more)
            assert answer.status_code in (413, 422)
    assert outside.asked == []


async def test_bytes_that_are_no_image_are_refused_whatever_the_header_says(
    outside: Outside,
) -> None:
    async with calling(outside) as client:
        answer = await client.post("/v1/monitor", json=asking(at(outside, "html")))
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:candor:problem:invalid-image"
    assert answer.json()["field"] == "images[0]"


async def test_a_deadline_that_passes_while_fetching_is_told(outside: Outside) -> None:
    body = asking(at(outside, "slow"), options={"deadline_ms": 200})
    async with calling(outside) as client:
        answer = await asyncio.wait_for(client.post("/v1/monitor", json=body), 3)
    assert answer.status_code == 422
    assert "too long" in answer.json()["detail"]


async def test_a_stream_judges_fetched_images_and_refuses_at_once_what_is_not_fetched(
    outside: Outside,
) -> None:
    async with calling(outside) as client:
        good = await client.post("/v1/monitor/stream", json=asking(at(outside, "picture.png")))
        bad = await client.post("/v1/monitor/stream", json=asking(at(outside, "status/404")))

    assert good.text.rpartition("event: ")[2].startswith("report\n")
    assert '"images[0]"' in good.text
    assert (bad.status_code, bad.headers["content-type"]) == (422, "application/problem+json")
    assert bad.json()["type"] == "urn:candor:problem:remote-image-failed"


@asynccontextmanager
async def working(outside: Outside) -> AsyncIterator[httpx.AsyncClient]:
    """As `calling`, with somebody who works on jobs."""
    parts = Parts(queue=MemoryQueue(JobLimits()), images=lambda: fetching(outside))

    @asynccontextmanager
    async def opened() -> AsyncIterator[State]:
        config = JobsConfig(idle_seconds=0.01)
        async with parts.open_state()() as state, open_labour(config, state, 1):
            yield state

    async with client_for(create_app(opened)) as client:
        yield client


async def ended(client: httpx.AsyncClient, location: str) -> Any:
    async with asyncio.timeout(10):
        while True:
            job = (await client.get(location)).json()
            if job["ended_at"] is not None:
                return job
            await asyncio.sleep(0.01)


async def test_the_images_of_a_job_are_fetched_when_it_is_worked_on(outside: Outside) -> None:
    async with working(outside) as client:
        taken = await client.post("/v1/monitor/jobs", json=asking(at(outside, "picture.png")))
        assert taken.status_code == 202, taken.text
        job = await ended(client, taken.headers["location"])
        direct = await client.post("/v1/monitor", json=asking(at(outside, "picture.png")))

    assert (job["state"], job["result"]["outcome"]) == ("done", direct.json()["outcome"])
    assert job["result"]["coverage"] == direct.json()["coverage"]
    assert direct.headers["x-candor-cache"] == "hit"


@pytest.mark.parametrize("path", ["/v1/monitor", "/v1/monitor/stream"])
async def test_nothing_more_is_fetched_for_who_hangs_up(outside: Outside, path: str) -> None:
    app = create_app(Parts(images=lambda: fetching(outside, seconds=8)).open_state())
    with server_for(app) as port:
        async with httpx.AsyncClient(trust_env=False) as client:
            body = asking(at(outside, "slow"))
            with pytest.raises(httpx.ReadTimeout):
                await client.post(f"http://127.0.0.1:{port}{path}", json=body, timeout=0.5)
        assert await asyncio.to_thread(outside.left.wait, 5)


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
@pytest.mark.parametrize("bad", ["status/404", "late/404"])
def test_an_image_that_cannot_be_had_leaves_no_other_fetch_behind(
    outside: Outside, loop: Callable[[], asyncio.AbstractEventLoop], bad: str
) -> None:
    """The others are in their handshakes, or in the middle of their answers."""
    urls = [at(outside, path) for path in ("slow?1", "slow?2", "slow?3", bad)]

    async def story() -> None:
        async with fetching(outside, seconds=8) as images:
            with pytest.raises(InvalidExchange, match="answered 404"):
                await fetched(images, *urls)
            if bad == "late/404":
                assert await asyncio.to_thread(outside.left.wait, 5)
            assert asyncio.all_tasks() == {asyncio.current_task()}
            assert await fetched(images, at(outside, "picture.png")) == [PICTURE]

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        with asyncio.Runner(loop_factory=loop) as runner:
            runner.run(story())
        gc.collect()
    assert [str(one.message) for one in said if one.category is ResourceWarning] == []
