"""A provider of tokens that fails: see docs/failures.md."""

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from tests.chaos.dependencies import other_cells
from tests.chaos.dependencies.answerer import answering
from tests.chaos.dependencies.asking import Asker, Collector
from tests.chaos.dependencies.cells import Cell
from tests.chaos.dependencies.checks import assert_told, counted, until
from tests.chaos.dependencies.line import Line, Loop, line
from tests.service import serving

_KEY = "k" * 43
_CONFIG = """
ocr: {{kind: none}}
logs: {{level: error}}
tenants: {{acme: {{}}}}
auth:
  keys: [{{id: k, tenant: acme, digest: "sha256:{digest}"}}]
  oidc:
    issuer: me
    audience: candor
    jwks_url: "{url}/keys"
    algorithms: [ES256]
    jwks_seconds: 1
    jwks_stale_seconds: 0
    jwks_least_seconds: 0.05
    timeout_ms: 300
"""
_FRESH_SECONDS = 1.05
"""After which the keys that are known are taken no more."""


@dataclass(frozen=True)
class Stage:
    by_token: Asker
    by_key: Asker
    line: Line


def _token(key: Any) -> str:
    told = {"iss": "me", "aud": "candor", "sub": "s", "exp": int(time.time()) + 3600}
    return jwt.encode(
        {"alg": "ES256", "kid": "one"}, {**told, "tenant": "acme", "scope": "monitor"}, key
    )


@pytest.fixture(scope="module")
def stage(
    tmp_path_factory: pytest.TempPathFactory, loop: Loop, collector: Collector
) -> Iterator[Stage]:
    key = ECKey.generate_key("P-256", {"kid": "one"})
    published = {"keys": [key.as_dict(private=False)]}
    with answering(published) as port, line(loop, port, delay=1) as provider:
        digest = hashlib.sha256(_KEY.encode()).hexdigest()
        config = _CONFIG.format(url=provider.url, digest=digest)
        with serving(tmp_path_factory.mktemp("keys"), config) as service:
            by_token = Asker(service, collector, {"authorization": f"Bearer {_token(key)}"})
            by_key = replace(by_token, headers={"x-api-key": _KEY})
            yield Stage(by_token, by_key, provider)


@pytest.mark.parametrize("cell", other_cells.CELLS["jwks"], ids=str)
def test_nobody_is_let_in_on_a_token_that_cannot_be_checked(stage: Stage, cell: Cell) -> None:
    ask = stage.by_token
    before = stage.by_key.scrape()
    with stage.line.spoilt(cell.fault):
        time.sleep(_FRESH_SECONDS)
        answer = ask.judge(str(cell), ask.new())
        assert_told(answer, cell.told)
        assert int(answer.headers["retry-after"]) > 0
        assert stage.by_key.judge(str(cell), ask.new()).status == 200
    counted(stage.by_key, cell.counts, before)
    until(lambda: ask.judge("after", ask.new()).status == 200, "a token that lets in")
