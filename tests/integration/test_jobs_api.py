"""Jobs over a real socket, as `candor serve` takes them without Redis."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from candor.adapters.queue import JobsConfig, MemoryQueue
from candor.adapters.webhooks import WebhooksConfig
from candor.api.app import create_app
from candor.api.dependencies import State
from candor.api.limits import Limits
from candor.domain.jobs.limits import JobLimits
from candor.domain.jobs.signing import verify
from candor.working import open_labour
from tests.client import Parts, client_for, server_for
from tests.receiver import Receiver

EXCHANGE = {"prompt": "How much?", "response": "You spent 12.40."}
SECRET = "a secret of the operator"
JOBS, BATCHES = "/v1/monitor/jobs", "/v1/monitor/batches"


@dataclass
class Service:
    """An application whose jobs nobody works on unless `working`."""

    working: bool = True
    receiver: str = ""
    limits: JobLimits = field(default_factory=JobLimits)
    body: Limits = field(default_factory=Limits)

    def app(self) -> FastAPI:
        told: dict[str, Any] = {"backoff_seconds": 0.01}
        if self.receiver:
            told |= {"http_hosts": [self.receiver], "secrets": [SECRET]}
        webhooks = WebhooksConfig.model_validate(told)
        config = JobsConfig(idle_seconds=0.01, limits=self.limits, webhooks=webhooks)
        queue = MemoryQueue(self.limits)
        parts = Parts(queue=queue, webhooks=webhooks, job_limits=self.limits, limits=self.body)

        def open_state() -> AbstractAsyncContextManager[State]:
            return self._opened(parts, config)

        return create_app(open_state)

    @asynccontextmanager
    async def _opened(self, parts: Parts, config: JobsConfig) -> AsyncIterator[State]:
        async with parts.open_state()() as state:
            if not self.working:
                yield state
                return
            async with open_labour(config, state, 1):
                yield state


@asynccontextmanager
async def asked(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    with server_for(service.app()) as port:
        base = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=base, trust_env=False) as client:
            yield client


async def ended(client: httpx.AsyncClient, location: str) -> Any:
    async with asyncio.timeout(10):
        while True:
            told = (await client.get(location)).json()
            if told["ended_at"] is not None:
                return told
            await asyncio.sleep(0.01)


def lines(*exchanges: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in exchanges)


async def upload(client: httpx.AsyncClient, content: bytes, **headers: str) -> httpx.Response:
    told = {"content-type": "application/x-ndjson", **headers}
    return await client.post(BATCHES, content=content, headers=told)


async def test_a_job_is_taken_at_once_and_has_the_verdict_of_a_request() -> None:
    async with asked(Service()) as client:
        answer = await client.post(JOBS, json=EXCHANGE)
        assert answer.status_code == 202
        assert answer.headers["x-candor-durable"] == "false"
        assert answer.json()["durable"] is False
        told = await ended(client, answer.headers["location"])
        direct = (await client.post("/v1/monitor", json=EXCHANGE)).json()
        assert told["state"] == "done"
        own = ("id", "elapsed_ms", "steps", "cache")
        for name in set(direct) - set(own):
            assert told["result"][name] == direct[name]


async def test_a_job_in_a_form_keeps_its_images() -> None:
    png = (Path(__file__).parents[2] / "docs" / "operations.png").read_bytes()
    async with asked(Service()) as client:
        files = {"images": ("a.png", png, "image/png")}
        form = {"prompt": "How much?", "response": "12.40", "request": '{"priority": "high"}'}
        answer = await client.post(JOBS, data=form, files=files)
        assert answer.json()["priority"] == "high"
        told = await ended(client, answer.headers["location"])
        assert "images[0]" in {row["part"] for row in told["result"]["coverage"]}


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"response": " "}, "empty-response"),
        ({"policy": "none"}, "unknown-policy"),
        ({"priority": "now"}, "invalid-request"),
        ({"metadata": {"tenant": "a b"}}, "invalid-request"),
        ({"images": [{"data": "!"}]}, "invalid-base64"),
        ({"webhook": {"url": "https://example.com/"}}, "webhook-refused"),
    ],
)
async def test_what_cannot_be_judged_is_refused_before_it_is_a_job(
    change: dict[str, Any], kind: str
) -> None:
    async with client_for(Service(working=False).app()) as client:
        answer = await client.post(JOBS, json={**EXCHANGE, **change})
        assert answer.status_code == 422
        assert answer.json()["type"] == f"urn:candor:problem:{kind}"


async def test_the_same_key_is_the_same_job_and_never_another() -> None:
    async with client_for(Service(working=False).app()) as client:
        key = {"idempotency-key": "k"}
        first = await client.post(JOBS, json=EXCHANGE, headers=key)
        again = await client.post(JOBS, json=EXCHANGE, headers=key)
        assert first.json()["id"] == again.json()["id"]
        other = await client.post(JOBS, json={**EXCHANGE, "priority": "low"}, headers=key)
        assert other.status_code == 409
        assert other.json()["type"] == "urn:candor:problem:idempotency-conflict"


async def test_a_job_that_was_cancelled_stays_so() -> None:
    async with client_for(Service(working=False).app()) as client:
        location = (await client.post(JOBS, json=EXCHANGE)).headers["location"]
        assert (await client.delete(location)).json()["state"] == "cancelled"
        assert (await client.get(location)).json()["state"] == "cancelled"


async def test_jobs_nobody_knows_are_not_found() -> None:
    async with client_for(Service(working=False).app()) as client:
        for method, path in (("GET", JOBS), ("DELETE", JOBS), ("GET", BATCHES)):
            answer = await client.request(method, f"{path}/job_1")
            assert answer.status_code == 404
            assert answer.json()["type"] == "urn:candor:problem:unknown-job"


async def test_jobs_are_listed_by_tenant_and_page() -> None:
    async with client_for(Service(working=False).app()) as client:
        for tenant in ("a", "b", "a", "a"):
            await client.post(JOBS, json={**EXCHANGE, "metadata": {"tenant": tenant}})
        first = (await client.get(JOBS, params={"tenant": "a", "limit": 2})).json()
        more = {"tenant": "a", "limit": 2, "cursor": first["next"]}
        second = (await client.get(JOBS, params=more)).json()
        assert [len(first["jobs"]), len(second["jobs"])] == [2, 1]
        assert second["next"] is None


async def test_a_full_line_says_when_to_come_back() -> None:
    service = Service(working=False, limits=JobLimits(max_waiting_per_tenant=1, max_waiting=2))
    async with client_for(service.app()) as client:
        await client.post(JOBS, json=EXCHANGE)
        own = await client.post(JOBS, json=EXCHANGE)
        await client.post(JOBS, json={**EXCHANGE, "metadata": {"tenant": "b"}})
        everybodys = await client.post(JOBS, json={**EXCHANGE, "metadata": {"tenant": "c"}})
        assert (own.status_code, everybodys.status_code) == (429, 503)
        assert own.headers["retry-after"] == everybodys.headers["retry-after"] == "5"


async def test_a_deployment_without_a_queue_says_so() -> None:
    async with client_for(create_app(Parts().open_state())) as client:
        answer = await client.post(JOBS, json=EXCHANGE)
        assert answer.status_code == 409
        assert answer.json()["type"] == "urn:candor:problem:jobs-off"


async def test_a_batch_of_lines_ends_with_its_results_in_order() -> None:
    async with asked(Service()) as client:
        items = [{**EXCHANGE, "response": f"It is {n}."} for n in range(130)]
        answer = await upload(client, lines(*items))
        assert answer.status_code == 202
        location = answer.headers["location"]
        told = await ended(client, location)
        assert told["counts"]["done"] == told["counts"]["total"] == 130
        text = (await client.get(f"{location}/results")).text
        found = [json.loads(line) for line in text.splitlines()]
        assert [one["index"] for one in found] == list(range(130))
        assert {one["result"]["outcome"] for one in found}
        rest = (await client.get(f"{location}/results", params={"cursor": 128})).text
        assert [json.loads(line)["index"] for line in rest.splitlines()] == [128, 129]


async def test_a_batch_may_be_an_array() -> None:
    async with asked(Service()) as client:
        answer = await client.post(BATCHES, json=[EXCHANGE, EXCHANGE], params={"priority": "low"})
        assert (answer.status_code, answer.json()["priority"]) == (202, "low")
        told = await ended(client, answer.headers["location"])
        assert told["counts"]["done"] == 2


async def test_results_end_before_the_first_job_that_has_not() -> None:
    async with client_for(Service(working=False).app()) as client:
        location = (await upload(client, lines(EXCHANGE, EXCHANGE))).headers["location"]
        assert (await client.get(f"{location}/results")).text == ""
        cancelled = (await client.delete(location)).json()
        assert (cancelled["state"], cancelled["counts"]["cancelled"]) == ("cancelled", 2)
        assert len((await client.get(f"{location}/results")).text.splitlines()) == 2


async def test_bad_lines_are_named_and_nothing_of_the_batch_is_queued() -> None:
    async with client_for(Service(working=False).app()) as client:
        sent = lines(EXCHANGE) + b"{nonsense\n" + lines({**EXCHANGE, "response": ""}, EXCHANGE)
        answer = await upload(client, sent)
        assert answer.status_code == 422
        fields = [error["field"] for error in answer.json()["errors"]]
        assert fields == ["lines[2]", "lines[3].response"]
        assert "nonsense" not in answer.text
        assert (await client.get(BATCHES)).json()["batches"] == []


async def test_a_batch_with_too_many_exchanges_is_refused() -> None:
    service = Service(working=False, limits=JobLimits(max_batch_items=2))
    async with client_for(service.app()) as client:
        answer = await upload(client, lines(EXCHANGE, EXCHANGE, EXCHANGE))
        assert answer.status_code == 413
        assert answer.json()["limit"] == "jobs.limits.max_batch_items"


async def test_a_batch_may_be_larger_than_a_request_but_none_of_its_lines() -> None:
    service = Service(working=False, body=Limits(max_body_bytes=1000))
    async with client_for(service.app()) as client:
        assert (await upload(client, lines(*[EXCHANGE] * 50))).status_code == 202
        answer = await upload(client, lines({**EXCHANGE, "response": "x" * 2000}))
        assert answer.status_code == 413
        assert answer.json()["limit"] == "limits.max_body_bytes"


async def test_the_same_key_is_the_same_batch() -> None:
    async with client_for(Service(working=False).app()) as client:
        key = {"idempotency-key": "k"}
        first = await upload(client, lines(EXCHANGE), **key)
        again = await upload(client, lines(EXCHANGE), **key)
        assert first.json()["id"] == again.json()["id"]
        assert (await upload(client, lines(EXCHANGE, EXCHANGE), **key)).status_code == 409


async def test_the_end_of_a_job_is_told_and_signed() -> None:
    with Receiver(503, 204) as receiver:
        async with asked(Service(receiver=receiver.host)) as client:
            webhook = {"url": receiver.url}
            answer = await client.post(JOBS, json={**EXCHANGE, "webhook": webhook})
            told = await ended(client, answer.headers["location"])
            async with asyncio.timeout(10):
                while not receiver.taken:  # noqa: ASYNC110 -- it runs in a thread
                    await asyncio.sleep(0.01)
        refused, taken = receiver.heard
        # It answered that it did not take it: the same delivery once more.
        assert refused.delivery == taken.delivery
        stamp = taken.headers["candor-signature"]
        now = int(stamp.partition(",")[0].removeprefix("t="))
        assert verify(stamp, taken.body, [SECRET.encode()], now)
        assert taken.json["job"] == told["id"]
        assert taken.json["verdict"]["outcome"] == told["result"]["outcome"]
        assert EXCHANGE["response"] not in taken.body.decode()


async def test_what_no_receiver_takes_is_a_dead_letter() -> None:
    with Receiver(410) as receiver:
        async with asked(Service(receiver=receiver.host)) as client:
            webhook = {"url": receiver.url, "events": ["job.done"]}
            await client.post(JOBS, json={**EXCHANGE, "webhook": webhook})
            async with asyncio.timeout(10):
                while True:
                    letters = (await client.get("/v1/monitor/dead-letters")).json()
                    if letters["dead_letters"]:
                        break
                    await asyncio.sleep(0.01)
        (letter,) = letters["dead_letters"]
        assert (letter["kind"], letter["reason"]) == ("webhook", "the receiver answered 410")
