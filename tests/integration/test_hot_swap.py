"""Another classifier takes charge of a service that is answering."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from candor.adapters.classifier.shelf import Shelf
from candor.domain.screening.manifest import FileBand, FileTuning
from candor.domain.screening.model import ScreenModel
from tests.service import Service, serving
from tests.unit.learning.screened import said
from tests.unit.learning.test_train import trained


def asked(number: int) -> dict[str, Any]:
    response = said(number, deceptive=number % 2 == 0).response
    return {"prompt": "How?", "response": response, "options": {"cache": "bypass"}}


def sure_of(below: float, above: float) -> ScreenModel:
    band = FileBand(non_deceptive_below=below, deceptive_above=above)
    return trained().model.tuned(FileTuning(with_reasoning=band, without_reasoning=band))


def clears() -> ScreenModel:
    return sure_of(1.0, 1.0)


def convicts() -> ScreenModel:
    return sure_of(0.0, 0.0)


def configured(shelf: Path) -> str:
    screen = {"kind": "screen", "classifier": "mine", "thresholds": "classifier"}
    policy = {"tiers": [screen], "require": ["response"], "deceptive_needs": []}
    mine = {"kind": "trained", "path": str(shelf), "check_seconds": 0.05}
    return json.dumps(
        {
            "ocr": {"kind": "none"},
            "classifiers": {"mine": mine},
            "policies": {"default": policy},
        }
    )


def strange(report: dict[str, Any]) -> bool:
    return "unlike" in report["steps"][0]["note"]


@dataclass
class Caller:
    """Asks again and again; keeps what it was told."""

    url: str
    told: list[dict[str, Any]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def ask(self) -> None:
        with httpx.Client(base_url=self.url, trust_env=False, timeout=30) as client:
            while not self.stop.is_set():
                answer = client.post("/v1/monitor", json=asked(len(self.told)))
                if answer.is_success:
                    self.told.append(answer.json())
                else:
                    self.failed.append(answer.text)

    def versions(self) -> list[str]:
        """Of the reports in which it had a say, without repetitions, in the order in which they
        came: traffic made of a few sentences may look strange to it."""
        seen = [one["policy"]["version"] for one in self.told if not strange(one)]
        return [v for place, v in enumerate(seen) if place == 0 or v != seen[place - 1]]

    def wait_for(self, swaps: int) -> None:
        give_up = time.monotonic() + 20
        while len(self.versions()) <= swaps:
            assert time.monotonic() < give_up, "no other version was seen"
            time.sleep(0.02)


@contextmanager
def asking(service: Service, count: int = 2) -> Iterator[list[Caller]]:
    callers = [Caller(service.base_url) for _ in range(count)]
    threads = [threading.Thread(target=one.ask) for one in callers]
    for thread in threads:
        thread.start()
    try:
        yield callers
    finally:
        for caller, thread in zip(callers, threads, strict=True):
            caller.stop.set()
            thread.join()


def test_a_promotion_and_a_rollback_are_taken_up_between_two_requests(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf")
    shelf.folder.mkdir()
    shelf.promote(clears())
    changes: tuple[Callable[[], object], ...] = (
        partial(shelf.promote, convicts()),
        shelf.rollback,
    )
    with serving(tmp_path, configured(shelf.folder)) as service:
        with asking(service) as callers:
            for swap, change in enumerate(changes):
                for caller in callers:
                    caller.wait_for(swap)
                change()
            for caller in callers:
                caller.wait_for(2)
        shown = httpx.get(f"{service.base_url}/v1/policies", trust_env=False).json()
    for caller in callers:
        assert caller.failed == []
        first, second, third = caller.versions()
        assert first == third != second
        # What a version says, it says in every report: none is half of one and half of another.
        settled = [one for one in caller.told if one["decided_by"]]
        pairs = {(one["policy"]["version"], one["outcome"]) for one in settled}
        assert pairs == {(first, "non_deceptive"), (second, "deceptive")}
        assert all(strange(one) for one in caller.told if not one["decided_by"])
    [tier] = shown["policies"][0]["tiers"]
    assert tier["band"] == {"non_deceptive_below": 1.0, "deceptive_above": 1.0}
    assert shown["policies"][0]["version"] == callers[0].versions()[0]


def test_a_promoted_file_without_thresholds_hands_everything_on(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf")
    shelf.folder.mkdir()
    shelf.promote(clears())
    with serving(tmp_path, configured(shelf.folder)) as service, asking(service, 1) as [caller]:
        caller.wait_for(0)
        shelf.promote(trained().model)
        caller.wait_for(1)
    assert caller.failed == []
    last = caller.told[-1]
    assert last["outcome"] == "inconclusive"
    assert "no band that was fitted on it" in last["steps"][0]["note"]


def test_what_is_unfamiliar_to_a_trained_screen_is_counted_from_zero(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf")
    shelf.folder.mkdir()
    shelf.promote(clears())
    with serving(tmp_path, configured(shelf.folder)) as service:
        counted = httpx.get(f"{service.base_url}/metrics", trust_env=False).text
    assert 'candor_screen_unfamiliar_total{classifier="mine"} 0.0' in counted
    assert 'candor_screen_shadow_total{result="opposes"} 0.0' in counted
