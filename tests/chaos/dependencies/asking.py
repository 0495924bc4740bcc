"""Asks a service, and keeps what every answer must say for itself."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.scrape import Scrape
from tests.service import Service

PROMPT = "How much did I spend?"
_numbers = itertools.count()

# Series that count what failed on the way to an answer: (name, labels that do not count).
_WOUNDS: Mapping[str, tuple[str, frozenset[str]]] = {
    "model_calls_total": ("result", frozenset({"ok", "hedged"})),
    "cache_errors_total": ("", frozenset()),
    "rate_limits_alone_total": ("", frozenset()),
}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def degraded(self) -> str:
        return self.headers.get("x-candor-degraded", "")

    @property
    def posture(self) -> str:
        return self.headers.get("x-candor-posture", "")

    @property
    def problem(self) -> str:
        return str(self.body.get("type", "")).rpartition(":")[2]

    @property
    def is_labelled(self) -> bool:
        return bool(self.degraded) and self.degraded.split(",") == self.body["degraded"]

    def says_what_it_lacks(self) -> list[str]:
        """What is wrong with its own account of itself, whatever was asked."""
        if self.status != 200:
            return []
        failed = [step["tier"] for step in self.body["steps"] if step["error"]]
        told = self.body["posture"]
        said = f"{told['cause']}:{told['action']}" if told else ""
        wrong = []
        if failed and not self.is_labelled:
            wrong.append(f"{failed} failed, and x-candor-degraded is {self.degraded!r}")
        if self.posture != said:
            wrong.append(f"x-candor-posture is {self.posture!r}, and the body says {said!r}")
        if self.body["outcome"] == "inconclusive" and not self.posture:
            wrong.append("inconclusive without a posture")
        if told and told["cause"] == "dependency_down" and not self.is_labelled:
            wrong.append("a dependency was down, and nothing says which")
        return wrong


@dataclass
class Collector:
    """Everything that was answered in the whole suite."""

    answers: int = 0
    wounded: int = 0
    unlabelled: list[str] = field(default_factory=list)

    def heard(self, what: str, answer: Answer) -> None:
        self.answers += 1
        self.unlabelled += [f"{what}: {wrong}" for wrong in answer.says_what_it_lacks()]

    def touched(self, what: str, answers: list[Answer]) -> None:
        """Something failed while these were worked out, by what the service itself counted."""
        given = [answer for answer in answers if answer.status == 200]
        self.wounded += len(given)
        if given and not any(answer.is_labelled for answer in given):
            self.unlabelled.append(f"{what}: something failed, and no answer is labelled")


@dataclass(frozen=True)
class Asker:
    """Asks one service; every answer passes the collector."""

    service: Service
    collector: Collector
    headers: Mapping[str, str] = field(default_factory=dict)

    def new(self, **more: Any) -> dict[str, Any]:
        """An exchange that nobody asked about before."""
        number = next(_numbers)
        return {"prompt": PROMPT, "response": f"You spent {number}.40 dollars.", **more}

    def judge(self, what: str, body: Mapping[str, Any]) -> Answer:
        answer = self.post("/v1/monitor", body)
        self.collector.heard(what, answer)
        return answer

    def post(self, path: str, body: Mapping[str, Any]) -> Answer:
        return self._answer("POST", path, json=body)

    def get(self, path: str) -> Answer:
        return self._answer("GET", path)

    def scrape(self) -> Scrape:
        url = self.service.base_url + "/metrics"
        return Scrape.of(httpx.get(url, trust_env=False, timeout=20).text)

    def _answer(self, method: str, path: str, **body: Any) -> Answer:
        told = httpx.request(
            method,
            self.service.base_url + path,
            headers=dict(self.headers),
            trust_env=False,
            timeout=30,
            **body,
        )
        return Answer(told.status_code, told.headers, told.json())


def wounds(before: Scrape, after: Scrape) -> float:
    """How many things failed between two looks."""
    return sum(
        _wounds_of(after, name, *what) - _wounds_of(before, name, *what)
        for name, what in _WOUNDS.items()
    )


def _wounds_of(scrape: Scrape, name: str, label: str, well: frozenset[str]) -> float:
    if not label:
        return scrape.total(name)
    by_label = scrape.by(name, label)
    return sum(count for value, count in by_label.items() if value not in well)
