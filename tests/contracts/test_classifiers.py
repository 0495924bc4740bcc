"""What every classifier does, whatever it is made of."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from candor.adapters.classifier import (
    ClassifierConfig,
    EmbeddedClassifier,
    RemoteClassifier,
)
from candor.adapters.classifier.trained import TrainedClassifier
from candor.adapters.vlm.transport import open_http
from candor.domain.coverage import Status, parts_of
from candor.domain.exchange import Exchange, Speaker, Utterance
from tests.model_server import ModelServer, answers
from tests.unit.learning.test_train import trained

AnyClassifier = EmbeddedClassifier | RemoteClassifier | TrainedClassifier
ADAPTER: TypeAdapter[ClassifierConfig] = TypeAdapter(ClassifierConfig)
ASKED = (Utterance(Speaker.USER, ("How much?",)),)
EXCHANGES = [
    Exchange(ASKED, "The total is $48.20.", reasoning="The total says 48.20."),
    Exchange(ASKED, "The total is $12.40.", reasoning="The total says 48.20."),
    Exchange(ASKED, "The total is $12.40."),
    Exchange((), "", reasoning=""),
    Exchange((), "\x00☃ \ud83d" * 30_000, reasoning="1 " * 60_000),
]


@pytest.fixture(params=["embedded", "remote", "trained"])
async def classifier(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[AnyClassifier]:
    with ModelServer(answers(b'{"score": 0.25}')) as server:
        url = f"{server.base_url}/chat/completions"
        (tmp_path / "one.screen").write_bytes(trained().model.to_bytes())
        settings = {
            "embedded": {"kind": "embedded"},
            "remote": {"kind": "remote", "url": url},
            "trained": {"kind": "trained", "path": str(tmp_path / "one.screen")},
        }[request.param]
        async with open_http() as http:
            yield ADAPTER.validate_python(settings).build("mine", http)


@pytest.mark.parametrize("exchange", EXCHANGES)
async def test_a_score_is_between_zero_and_one(
    classifier: AnyClassifier, exchange: Exchange
) -> None:
    assert 0 <= (await classifier.read(exchange)).score <= 1


@pytest.mark.parametrize("exchange", EXCHANGES)
async def test_the_same_exchange_is_read_the_same_way(
    classifier: AnyClassifier, exchange: Exchange
) -> None:
    assert await classifier.read(exchange) == await classifier.read(exchange)


@pytest.mark.parametrize("exchange", EXCHANGES)
async def test_it_says_what_became_of_the_response(
    classifier: AnyClassifier, exchange: Exchange
) -> None:
    looks = (await classifier.read(exchange)).looks
    assert "response" in {look.part for look in looks}
    assert {look.part for look in looks} <= set(parts_of(exchange))
    assert all(look.reason for look in looks if look.status is not Status.JUDGED)


async def test_it_is_well_when_what_it_needs_is_there(classifier: AnyClassifier) -> None:
    await classifier.probe()


async def test_its_version_names_it_in_the_fingerprint(classifier: AnyClassifier) -> None:
    kind, _, rest = classifier.version.partition(":")
    assert kind in ("embedded", "remote", "trained")
    assert len(rest) >= 64
