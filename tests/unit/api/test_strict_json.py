"""JSON that two readers may read differently is refused, and said so."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from candor.api import strict_json
from candor.api.app import create_app
from candor.api.v1.requests import MonitorRequest
from candor.api.validation import InvalidFields
from tests.client import Parts, client_for

LONG = "x" * 5000


def body(more: str) -> bytes:
    return ('{"prompt":"p","response":"r"' + more + "}").encode()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (body(',"response":"s"'), "one name twice (response)"),
        (body(',"re\\u0073ponse":"s"'), "one name twice (response)"),
        (body(f',"reasoning":"{LONG}","response":"s"'), "one name twice (response)"),
        (body(f',"metadata":{{"{LONG}":1,"{LONG}":2}}'), "one name twice"),
        (body(f',"metadata":{{"a\\"{LONG}":1,"b":"\\\\","b":2}}'), "one name twice (b)"),
        (body(',"metadata":{"a":[{"b":1,"b":2}]}'), "one name twice (b)"),
        (body(',"metadata":{"a":NaN}'), "NaN and Infinity"),
        (body(f',"metadata":{{"a":-Infinity,"b":"{LONG}"}}'), "NaN and Infinity"),
        (body(',"metadata":{"a":' + "[" * 300 + "]" * 300 + "}"), "recursion limit"),
        (body(',"reasoning":"\\ud800"'), "surrogate"),
        (b"\xef\xbb\xbf" + body(""), "byte order mark"),
        (body("").decode().encode("utf-16"), "not valid JSON"),
        (body(',"reasoning":"\xff"').replace(b"\xc3\xbf", b"\xff"), "not valid JSON"),
        (body("") + b"{}", "not valid JSON"),
    ],
)
async def test_loose_json_is_refused(sent: bytes, said: str) -> None:
    async with client_for(create_app(Parts().open_state())) as client:
        headers = {"content-type": "application/json"}
        for path in ("/v1/monitor", "/v1/monitor/stream"):
            answer = await client.post(path, content=sent, headers=headers)
            assert answer.status_code == 422
            assert answer.json()["type"] == "urn:candor:problem:invalid-json"
            assert said in answer.json()["detail"]
            assert LONG not in answer.text


@pytest.mark.parametrize(
    "sent",
    [
        body(',"metadata":{"a":{"a":{"a":1}},"A":2}'),
        body(f',"metadata":{{"{LONG}1":1,"{LONG}2":2}}'),
        body(',"metadata":{"a":' + "9" * 4200 + "}"),
        body(',"metadata":{"a":1e400,"NaN":"NaN"}'),
        body(f',"reasoning":"{{\\"a\\":1,\\"a\\":2}}{LONG}\\\\"'),
    ],
)
def test_what_only_looks_loose_is_read(sent: bytes) -> None:
    assert strict_json.read(MonitorRequest, sent).response == "r"


trees = st.recursive(
    st.none() | st.text('"\\a: é', max_size=4) | st.text('"\\a: é', min_size=90, max_size=99),
    lambda t: st.lists(t, max_size=3) | st.dictionaries(st.text('"\\a:', max_size=9), t),
    max_leaves=12,
)


@given(trees, st.booleans())
def test_sound_json_is_never_called_loose(tree: JsonValue, escaped: bool) -> None:
    text = json.dumps({"pad": LONG, "tree": tree, "pad2": LONG}, ensure_ascii=escaped)
    strict_json.check(text.encode())


@given(trees, st.booleans())
def test_a_name_given_twice_is_found_behind_anything(tree: JsonValue, escaped: bool) -> None:
    inner = json.dumps({"pad": LONG, "tree": tree}, ensure_ascii=escaped)
    with pytest.raises(InvalidFields):
        strict_json.check(f'{{"x":{inner},"y":{{"k":{inner},"k":1}}}}'.encode())
