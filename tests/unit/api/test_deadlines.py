import pytest

from candor.api.app import create_app
from candor.api.v1 import deadlines
from candor.api.v1.receive import within
from candor.api.v1.requests import MonitorRequest
from tests.client import Parts, client_for

ASKED = {"prompt": "How much?", "response": "12.40"}


def asked(**headers: str) -> int | None:
    return deadlines.asked(
        [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
    )


@pytest.mark.parametrize(
    ("said", "milliseconds"),
    [
        ("1H", 3_600_000),
        ("2M", 120_000),
        ("8S", 8000),
        ("15m", 15),
        ("99u", 1),
        ("1n", 1),
        ("2500u", 2),
        ("00000008S", 8000),
    ],
)
def test_a_timeout_of_grpc_is_read_in_every_unit(said: str, milliseconds: int) -> None:
    assert asked(grpc_timeout=said) == milliseconds


def test_the_shortest_of_all_counts() -> None:
    assert asked(grpc_timeout="8S", x_request_timeout_ms="500") == 500
    assert asked() is None
    request = MonitorRequest.model_validate({**ASKED, "options": {"deadline_ms": 300}})
    assert within(request, 500).options.deadline_ms == 300
    assert within(request, 200).options.deadline_ms == 200
    assert within(MonitorRequest.model_validate(ASKED), 200).options.deadline_ms == 200


@pytest.mark.parametrize(
    ("name", "said"),
    [
        *(
            ("grpc-timeout", said)
            for said in ("8", "S", "0S", "123456789S", "-1S", "8 S", "8s", "")
        ),
        *(("x-request-timeout-ms", said) for said in ("0", "-1", "1.5", "8S", "1e3", "1" * 10)),
    ],
)
async def test_what_is_no_time_is_refused_by_name_even_where_the_bytes_are_known(
    name: str, said: str
) -> None:
    async with client_for(create_app(Parts().open_state())) as client:
        for _ in range(2):
            assert (await client.post("/v1/monitor", json=ASKED)).is_success
        answer = await client.post("/v1/monitor", json=ASKED, headers={name: said})
    assert (answer.status_code, answer.json()["field"]) == (422, name)


async def test_a_known_verdict_is_given_at_once_to_callers_in_a_hurry_too() -> None:
    async with client_for(create_app(Parts().open_state())) as client:
        for cache in ("miss", "hit"):
            headers = {"x-request-timeout-ms": "5000"}
            answer = await client.post("/v1/monitor", json=ASKED, headers=headers)
            assert answer.headers["x-candor-cache"] == cache
