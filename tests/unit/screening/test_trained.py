import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from candor.adapters.classifier.shelf import Shelf, SingleFile
from candor.adapters.classifier.trained import OneModel, TrainedClassifier
from candor.adapters.ocr import NoOcrConfig
from candor.domain.budget import Budget
from candor.domain.calibration import LogisticCurve
from candor.domain.errors import ConfigError
from candor.domain.exchange import Exchange
from candor.domain.policy import PolicyConfig
from candor.domain.ports import Instruments, Toolbox
from candor.domain.screening.manifest import FileBand, FileTuning
from candor.domain.screening.model import ScreenModel
from candor.domain.screening.vector import FeatureVector
from candor.domain.tiers import ScreenConfig
from candor.domain.tiers.tier import Band
from candor.domain.verdict import Outcome, PolicyRef, Screened, SeverityLevel, ShadowResult
from candor.telemetry.metrics import Metrics
from tests.reports import a_report
from tests.unit.domain.fakes import a_case
from tests.unit.learning.test_train import LIES, trained

LIE = Exchange((), f"{LIES[0]} word3.")
STRANGE = Exchange((), "Grüße! " * 50, reasoning="Nichts " * 40)
SURE = FileBand(non_deceptive_below=0.2, deceptive_above=0.8)


def first() -> ScreenModel:
    return trained().model


def second() -> ScreenModel:
    return first().tuned(FileTuning(with_reasoning=SURE, without_reasoning=SURE))


def classifier(folder: Path) -> TrainedClassifier:
    return TrainedClassifier("mine", Shelf(folder), 5.0)


def tools_of(running: TrainedClassifier) -> Toolbox:
    return Toolbox({}, {"mine": running}, NoOcrConfig().build(None), Instruments())  # type: ignore[arg-type] # it reads nothing


async def test_what_it_learned_it_knows_again(tmp_path: Path) -> None:
    Shelf(tmp_path).promote(first())
    reading = await classifier(tmp_path).read(LIE)
    assert reading.score > 0.5
    assert not reading.unfamiliar
    assert FeatureVector.from_bytes(reading.features or b"").version.startswith("screen-")


async def test_out_of_its_depth_it_has_no_say(tmp_path: Path) -> None:
    Shelf(tmp_path).promote(first())
    reading = await classifier(tmp_path).read(STRANGE)
    assert (reading.unfamiliar, reading.score) == (True, 0.5)


async def test_a_promoted_file_is_taken_up_without_a_restart(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.promote(first())
    running = classifier(tmp_path)
    pinned, before = running.in_charge().classifier, running.version
    shelf.promote(second())
    await running.look()
    assert running.version != before
    assert pinned.version == before
    shelf.rollback()
    await running.look()
    assert running.version == before


async def test_a_broken_file_leaves_the_one_in_charge(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.promote(first())
    running = classifier(tmp_path)
    before = running.version
    (tmp_path / "screen.json").write_text("{")
    with pytest.raises(ConfigError, match=r"screen\.json"):
        await running.look()
    assert running.version == before


async def test_a_changed_file_is_another_policy_version(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.promote(first())
    running = classifier(tmp_path)
    config = PolicyConfig(tiers=(ScreenConfig(classifier="mine"),))
    policy = config.build(PolicyRef("p", "1"), tools_of(running))
    before = policy.now().ref.version
    shelf.promote(second())
    await running.look()
    assert policy.now().ref.version != before
    assert policy.now().ref == policy.now().ref


def test_there_is_nothing_to_roll_back_to_at_first(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.promote(first())
    with pytest.raises(ConfigError, match="roll back"):
        shelf.rollback()


async def test_a_candidate_is_compared_and_decides_nothing(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.promote(first())
    shelf.watch(second())
    reading = await classifier(tmp_path).read(LIE)
    assert reading.shadow is not None
    assert reading.shadow.score == reading.score


async def test_many_threads_read_the_same(tmp_path: Path) -> None:
    path = tmp_path / "one.screen"
    path.write_bytes(first().to_bytes())
    one = OneModel(SingleFile(path).read())
    longer = Exchange((), LIE.response * 300)
    readings = await asyncio.gather(*(one.read(longer) for _ in range(8)))
    assert all(reading == readings[0] for reading in readings)


def test_thresholds_of_the_file_take_the_place_of_the_policys() -> None:
    config = ScreenConfig(thresholds="classifier")
    tuned = config.tuned(second().tuning, second().digest)
    assert tuned.band.settle(0.9) is Outcome.DECEPTIVE
    closed = config.tuned(first().tuning, first().digest)
    assert closed.band.settle(0.0) is closed.band.settle(1.0) is None


def test_the_policys_band_holds_for_the_file_that_it_was_fitted_on_and_no_other() -> None:
    sure = Band(non_deceptive_below=0.2, deceptive_above=0.8)
    config = ScreenConfig(band=sure, fitted_on=first().digest)
    assert config.tuned(None, first().digest).band == sure
    for other in (second().digest, ""):
        assert config.tuned(second().tuning, other).band.settle(0.9) is None
    unbound = ScreenConfig(band=sure).tuned(None, first().digest)
    assert unbound.band_for(LIE).settle(0.0) is None


async def test_a_promoted_file_without_thresholds_settles_nothing_and_says_so(
    tmp_path: Path,
) -> None:
    shelf = Shelf(tmp_path)
    shelf.promote(second())
    running = classifier(tmp_path)
    screen = ScreenConfig(classifier="mine", thresholds="classifier").build(tools_of(running))
    sure = await screen.now().assess(a_case(LIE), Budget(10, 10))
    assert (sure.note, sure.severity.level) == ("", SeverityLevel.MODERATE)
    shelf.promote(first())
    await running.look()
    now = screen.now()
    unsure = await now.assess(a_case(LIE), Budget(10, 10))
    assert unsure.score == sure.score
    assert now.settings.band_for(LIE).settle(unsure.score) is None
    assert "no band that was fitted on it" in unsure.note
    assert unsure.severity.level is SeverityLevel.NONE


def test_the_curve_of_the_file_goes_with_its_thresholds() -> None:
    curve = LogisticCurve(slope=2.0)
    tuning = FileTuning(with_reasoning=SURE, without_reasoning=SURE, curve=curve)
    model = first().tuned(tuning)
    config = ScreenConfig(thresholds="classifier", curve=LogisticCurve(intercept=9.0))
    assert config.tuned(model.tuning, model.digest).curve == curve


def test_unfamiliar_input_and_the_candidate_are_counted() -> None:
    metrics = Metrics(CollectorRegistry())
    seen = Screened("mine", unfamiliar=True, shadow=ShadowResult.SETTLES)
    metrics.observe(replace(a_report(), screened=seen), "m", 0.1)
    value = metrics.registry.get_sample_value
    assert value("candor_screen_unfamiliar_total", {"classifier": "mine"}) == 1
    assert value("candor_screen_shadow_total", {"result": "settles"}) == 1
