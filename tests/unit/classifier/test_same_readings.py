"""What the rules find changes only together with `RULES`, and what a text scores with it: verdicts
in caches, and the shipped weights, lean on that."""

from hashlib import sha256
from pathlib import Path

from candor.adapters.classifier import EmbeddedClassifier
from candor.adapters.classifier.weights import SHIPPED, load
from candor.domain.exchange import Exchange
from candor.domain.ports import Reading
from tests.unit.classifier.exchanges import exchanges

READINGS = Path(__file__).with_name("readings.txt")
"""Of each exchange, in their order: how much was found, and in short the score to nine digits
(processors differ in the last bit of an exponential) and all words. Made by the first code that
knew these rules."""


async def test_every_exchange_is_read_as_ever() -> None:
    classifier = EmbeddedClassifier(load(SHIPPED))
    expected = READINGS.read_text(encoding="ascii").splitlines()
    for line, (reasoning, response) in zip(expected, exchanges(len(expected)), strict=True):
        reading = await classifier.read(Exchange((), response, reasoning=reasoning))
        assert in_short(reading) == line, (reasoning, response)


def test_the_corpus_is_varied() -> None:
    lines = READINGS.read_text(encoding="ascii").splitlines()
    assert len(set(lines)) > 300
    assert sum(not line.startswith("0") for line in lines) > 100


def in_short(reading: Reading) -> str:
    said = "\n".join((f"{reading.score:.9f}", reading.reason, *map(repr, reading.findings)))
    return f"{len(reading.findings)} {sha256(said.encode()).hexdigest()[:8]}"
