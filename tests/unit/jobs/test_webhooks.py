"""Whom webhooks reach, and what is made of their answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx
import pytest
import respx
from pydantic import ValidationError

from candor.adapters.net import NotReached, Refused, open_guarded_http
from candor.adapters.webhooks import AllowedHosts, HttpSender, PlainPost, WebhooksConfig
from candor.domain.errors import InvalidExchange
from candor.domain.jobs.deliveries import Again, Delivered, Delivery, GivenUp, Settled
from candor.domain.jobs.values import JobRecord, JobState, Priority

URL = "https://hooks.example.com/told"
CONFIG = WebhooksConfig.model_validate(
    {
        "hosts": ["hooks.example.com", "other.example.com:8443"],
        "http_hosts": ["inside.example.com", "127.0.0.1:9"],
        "secrets": ["a secret for a test"],
        "max_tries": 3,
    }
)


@pytest.mark.parametrize(
    "url",
    [
        URL,
        "https://HOOKS.example.com:443/",
        "https://other.example.com:8443/x?y=z",
        "http://inside.example.com/",
        "https://inside.example.com/",
    ],
)
def test_listed_hosts_may_be_told(url: str) -> None:
    AllowedHosts(CONFIG).check(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "https://hooks.example.com:8443/",
        "https://other.example.com/",
        "https://hooks.example.com.evil.org/",
        "https://evil.org/?hooks.example.com",
        "https://hooks.example.com@evil.org/",
        "https://user@hooks.example.com/",
        "https://hooks.example.com\\@evil.org/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::1/",
        "https://hooks.example.com:99999/",
        "https://hooks.example.com/#x",
        "https://hooks.example.com/ x",
        "https://hooks.example.com./",
        "//hooks.example.com/",
        "file:///etc/passwd",
        "",
        URL + "x" * 2000,
    ],
)
def test_nobody_else_may(url: str) -> None:
    with pytest.raises(InvalidExchange) as caught:
        AllowedHosts(CONFIG).check(url)
    assert caught.value.kind == "webhook-refused"
    assert "evil" not in str(caught.value)


def test_webhooks_are_off_until_somebody_is_listed() -> None:
    with pytest.raises(InvalidExchange, match="off"):
        AllowedHosts(WebhooksConfig()).check(URL)


@pytest.mark.parametrize("secrets", [[], ["short"], ["a secret for a test"] * 3])
def test_hosts_without_good_secrets_stop_the_start(secrets: list[str]) -> None:
    with pytest.raises(ValidationError):
        WebhooksConfig.model_validate({"hosts": ["a.example"], "secrets": secrets})


def a_delivery(url: str = URL, tries: int = 1, generation: int = 1) -> Delivery:
    record = JobRecord("job_1", "t", Priority.NORMAL, JobState.DONE, 0.0, ended=1.0)
    return Delivery("evt_job_1", generation, 1, tries, "job.done", url, record)


def sender_over(http: httpx.AsyncClient, listed: WebhooksConfig) -> HttpSender:
    plain = PlainPost(http)
    return HttpSender(plain, plain, AllowedHosts(listed), CONFIG, lambda: 0, lambda: 1.0)


async def sent(answer: httpx.Response | Exception, delivery: Delivery | None = None) -> Settled:
    with respx.mock() as mock:
        route = mock.post(URL)
        route.side_effect = [answer]
        async with httpx.AsyncClient() as http:
            sender = HttpSender(
                PlainPost(http),
                PlainPost(http),
                AllowedHosts(CONFIG),
                CONFIG,
                lambda: 0,
                lambda: 1.0,
            )
            return await sender.send(delivery or a_delivery())


@pytest.mark.parametrize(
    ("status", "settled"),
    [
        (204, Delivered()),
        (503, Again(1.0, in_doubt=False)),
        (429, Again(1.0, in_doubt=False)),
        (410, GivenUp("the receiver answered 410")),
        (302, GivenUp("the receiver answered 302")),
    ],
)
async def test_the_status_says_what_becomes_of_it(status: int, settled: Settled) -> None:
    answer = httpx.Response(status, headers={"location": "http://169.254.169.254/"})
    assert await sent(answer) == settled


@pytest.mark.parametrize(
    ("error", "in_doubt"),
    [
        (httpx.ConnectError("x"), False),
        (httpx.ReadError("x"), True),
        (httpx.ReadTimeout("x"), True),
        (httpx.RemoteProtocolError("x"), True),
    ],
)
async def test_only_who_was_never_reached_is_not_in_doubt(
    error: Exception, in_doubt: bool
) -> None:
    assert await sent(error) == Again(1.0, in_doubt)


async def test_pauses_grow_and_tries_end() -> None:
    assert await sent(httpx.Response(503), a_delivery(tries=2)) == Again(2.0, in_doubt=False)
    last = await sent(httpx.Response(503), a_delivery(tries=3))
    assert last == GivenUp("status 503 after 3 tries")


async def test_a_host_that_is_listed_no_more_is_not_told() -> None:
    async with httpx.AsyncClient() as http:
        sender = HttpSender(
            PlainPost(http), PlainPost(http), AllowedHosts(WebhooksConfig()), CONFIG
        )
        assert isinstance(await sender.send(a_delivery()), GivenUp)


async def test_a_redelivery_names_the_one_in_doubt() -> None:
    with respx.mock() as mock:
        route = mock.post(URL).respond(204)
        async with httpx.AsyncClient() as http:
            sender = sender_over(http, CONFIG)
            await sender.send(a_delivery(generation=2))
    headers = route.calls.last.request.headers
    assert headers["candor-event-id"] == "evt_job_1"
    assert headers["candor-delivery-id"] == "evt_job_1.2"
    assert headers["candor-redelivery-of"] == "evt_job_1.1"


@dataclass
class Way:
    """A way to receivers that keeps what was sent on it, or fails."""

    error: Exception | None = None
    told: list[str] = field(default_factory=list)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        assert body
        assert headers["candor-event-id"]
        self.told.append(url)
        if self.error:
            raise self.error
        return 204


async def sent_by(outside: Way, inside: Way, url: str) -> Settled:
    sender = HttpSender(outside, inside, AllowedHosts(CONFIG), CONFIG, lambda: 0, lambda: 1.0)
    return await sender.send(a_delivery(url))


@pytest.mark.parametrize(
    ("url", "is_inside"),
    [
        (URL, False),
        ("https://other.example.com:8443/x", False),
        ("http://inside.example.com/x", True),
        ("https://inside.example.com/x", True),
        ("http://127.0.0.1:9/x", True),
    ],
)
async def test_only_hosts_listed_for_http_are_told_without_the_guard(
    url: str, is_inside: bool
) -> None:
    outside, inside = Way(), Way()
    assert await sent_by(outside, inside, url) == Delivered()
    assert (inside.told if is_inside else outside.told) == [url]
    assert not (outside.told if is_inside else inside.told)


async def test_what_the_guard_refuses_is_given_up_at_once() -> None:
    settled = await sent_by(Way(Refused("not a public address")), Way(), URL)
    assert settled == GivenUp("not a public address")


@pytest.mark.parametrize("heard", [True, False])
async def test_what_the_guard_did_not_reach_is_tried_again(heard: bool) -> None:
    failed = NotReached("the host cannot be reached", heard=heard)
    assert await sent_by(Way(failed), Way(), URL) == Again(1.0, in_doubt=heard)


async def test_a_listed_name_that_leads_inside_is_never_connected_to() -> None:
    async def leads_inside(_: str) -> list[str]:
        return ["169.254.169.254"]

    async with open_guarded_http(CONFIG.outside, leads_inside) as guarded:
        sender = HttpSender(guarded, Way(), AllowedHosts(CONFIG), CONFIG)
        settled = await sender.send(a_delivery())
    assert isinstance(settled, GivenUp)
    assert "public" in settled.reason


@pytest.mark.parametrize("host", ["10.0.0.1", "receiver", "*.example.com", "a b"])
def test_hosts_that_the_guard_could_not_reach_stop_the_start(host: str) -> None:
    with pytest.raises(ValidationError):
        WebhooksConfig.model_validate({"hosts": [host], "secrets": ["a secret for a test"]})
