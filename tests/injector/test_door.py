"""What else comes to the injector's door."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from candor.injector import review as reviews
from candor.injector.app import Limits
from candor.injector.counts import Counts
from candor.injector.injector import Injector, Rules
from candor.injector.refusals import Unreadable
from candor.injector.template import Template
from tests.injector.door import injecting, injector_app
from tests.injector.pods import patch_of, patched, pod, review
from tests.papers import issue

SMALL = Limits(body_bytes=20_000, read_seconds=0.3)


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with injecting(tmp_path, injector_app(limits=SMALL)) as client:
        yield client


MALFORMED = {
    "nothing": b"",
    "no_json": b"{",
    "a_list": b"[]",
    "too_deep": b"[" * 9_000,
    "another_kind": json.dumps({**review(pod()), "kind": "Pod"}).encode(),
    "an_old_version": json.dumps(
        {**review(pod()), "apiVersion": "admission.k8s.io/v1beta1"}
    ).encode(),
    "no_request": json.dumps({**review(pod()), "request": None}).encode(),
    "no_uid": json.dumps(review(pod(), uid="")).encode(),
    "no_pod": json.dumps(review(None)).encode(),
    "a_pod_of_text": json.dumps(review("hunter2")).encode(),
    "containers_of_text": json.dumps(review({"spec": {"containers": "hunter2"}})).encode(),
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
async def test_what_is_no_review_is_refused_and_not_quoted(
    client: httpx.AsyncClient, body: bytes
) -> None:
    answer = await client.post("/mutate", content=body)
    assert answer.status_code == 400
    assert "hunter2" not in answer.text
    assert answer.text


async def test_too_large_a_review_is_refused_with_the_limit_and_its_name(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post("/mutate", content=b" " * 20_001)
    assert answer.status_code == 413
    assert "20000" in answer.text
    assert "--max-body-bytes" in answer.text


async def test_a_review_that_trickles_in_is_not_waited_for(client: httpx.AsyncClient) -> None:
    async def trickle() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(5)

    answer = await client.post("/mutate", content=trickle())
    assert answer.status_code == 408
    assert "--read-seconds" in answer.text


async def test_reviews_are_posted(client: httpx.AsyncClient) -> None:
    assert (await client.get("/mutate")).status_code == 405


async def test_nobody_gets_in_without_tls(client: httpx.AsyncClient) -> None:
    address = str(client.base_url).replace("https", "http")
    async with httpx.AsyncClient(trust_env=False) as bare:
        with pytest.raises(httpx.TransportError):
            await bare.get(f"{address}/healthz")


async def test_who_trusts_another_authority_is_not_answered(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    other = issue(tmp_path / "other").authority
    trust = ssl.create_default_context(cafile=str(other))
    async with httpx.AsyncClient(verify=trust, trust_env=False) as stranger:
        with pytest.raises(httpx.ConnectError):
            await stranger.get(f"{client.base_url}/healthz")


async def test_until_the_clusters_version_is_known_it_is_alive_but_not_ready(
    tmp_path: Path,
) -> None:
    async with injecting(tmp_path, injector_app(native=None)) as client:
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/readyz")).status_code == 503
        # The API server then goes by its failurePolicy.
        assert (await client.post("/mutate", json=review(pod()))).status_code == 503


async def test_answers_are_counted_by_result(tmp_path: Path) -> None:
    counts = Counts(CollectorRegistry())
    async with injecting(tmp_path, injector_app(counts=counts)) as client:
        await client.post("/mutate", json=review(pod()))
        await client.post("/mutate", content=b"{")
        shown = (await client.get("/metrics")).text
    assert 'candor_injections_total{result="injected"} 1.0' in shown
    assert 'candor_injections_total{result="malformed"} 1.0' in shown
    assert 'candor_injections_total{result="unfit"} 0.0' in shown


# Pods with the fields that we read, each of which is right, missing, null or something else.
KEYS = (
    "name", "env", "ports", "containerPort", "protocol", "kind", "value", "candor.dev/inject",
    "candor.dev/port", "candor.dev/memory-limit", "candor.dev/x", "candor",
)  # fmt: skip
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "true", "false", "candor", "Windows", "8080", "1Gi", "1e99"])
    | st.text(max_size=8)
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
NAMES = st.sampled_from(["candor", "app", "two", "http", "candor-tmp", ""])
ROUGH = st.lists(
    st.fixed_dictionaries(
        {"name": NAMES},
        optional={
            "env": st.none() | st.lists(st.fixed_dictionaries({"name": NAMES}), max_size=2),
            "ports": st.none()
            | st.lists(
                st.fixed_dictionaries({"containerPort": st.sampled_from([80, 8080, 9000])}),
                max_size=2,
            ),
        },
    ),
    max_size=3,
)
SPEC = st.fixed_dictionaries(
    {"containers": ROUGH | ANYTHING},
    optional={
        "initContainers": st.none() | ROUGH | ANYTHING,
        "volumes": st.none() | st.lists(st.fixed_dictionaries({"name": NAMES}), max_size=2),
        "hostNetwork": st.booleans() | ANYTHING,
        "os": ANYTHING,
        "nodeSelector": ANYTHING,
        "restartPolicy": st.sampled_from(["Always", "Never"]) | ANYTHING,
    },
)
WORDS = st.sampled_from(["true", "false", "8099", "1Gi", "500m"]) | st.text(max_size=12)
METADATA = st.fixed_dictionaries(
    {},
    optional={
        "annotations": st.none()
        | st.dictionaries(st.sampled_from(KEYS), WORDS, max_size=4)
        | st.just({"candor.dev/inject": "true"}),
        "labels": st.none() | st.dictionaries(st.sampled_from(KEYS), WORDS, max_size=2) | ANYTHING,
        "ownerReferences": ANYTHING,
    },
)
PODS = st.fixed_dictionaries({"spec": SPEC}, optional={"metadata": METADATA}) | ANYTHING
# Pods as the API server lets them come to us, and which ask.
VALUES = {
    "port": ["8099", "9000", "80", ""],
    "config": ["mine", "Mine"],
    "secret": ["a,b", ","],
    "memory-limit": ["2Gi", "1Mi", "much"],
    "cpu-request": ["1", "1e2", "-1"],
    "url-env": ["GUARD", "none", "a b"],
    "prot": ["1"],
}
ASKING = st.fixed_dictionaries(
    {"candor.dev/inject": st.just("true")},
    optional={f"candor.dev/{name}": st.sampled_from(one) for name, one in VALUES.items()},
)
LIKELY = st.fixed_dictionaries(
    {
        "metadata": st.fixed_dictionaries(
            {"annotations": ASKING | st.just({"candor.dev/inject": "true"})},
            optional={"labels": st.none() | st.dictionaries(NAMES, WORDS, max_size=2)},
        ),
        "spec": st.fixed_dictionaries(
            {"containers": ROUGH},
            optional={
                "initContainers": st.none() | ROUGH,
                "volumes": st.none()
                | st.lists(st.fixed_dictionaries({"name": NAMES}), max_size=2),
                "hostNetwork": st.booleans(),
                "restartPolicy": st.sampled_from(["Always", "Never"]),
            },
        ),
    }
)
INJECTOR = Injector(Template.read(), Rules(on_bad_annotation="warn"))


@given(PODS, st.booleans())
def test_nothing_that_is_sent_for_a_pod_makes_it_fall(of: Any, native: bool) -> None:
    asked = read(of)
    try:
        answer = INJECTOR.answer(asked, native=native)
    except Unreadable:
        return
    patched(of, patch_of(json.loads(reviews.written(asked.uid, answer))))


@given(LIKELY, st.booleans())
def test_whatever_the_pod_twice_is_like_once(of: Any, native: bool) -> None:
    asked = read(of)
    answer = INJECTOR.answer(asked, native=native)
    after = patched(of, patch_of(json.loads(reviews.written(asked.uid, answer))))
    place = "initContainers" if native else "containers"
    names = [container["name"] for container in after["spec"].get(place) or [{"name": ""}]]
    event(answer.result)
    assert (answer.result == "injected") == (
        names[0] == "candor" and "candor" not in containers_of(of)
    )
    assert INJECTOR.answer(read(after), native=native).patch == ()


def containers_of(of: Any) -> list[str]:
    spec = of["spec"]
    return [one["name"] for one in (spec.get("initContainers") or []) + spec["containers"]]


def read(of: Any) -> reviews.Request:
    return reviews.read(json.dumps(review(of)).encode())
