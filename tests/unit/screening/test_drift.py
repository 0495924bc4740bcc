from pathlib import Path

import numpy as np

from candor.adapters.classifier.shelf import Shelf
from candor.adapters.classifier.trained import OneModel, TrainedClassifier
from candor.domain.exchange import Exchange
from candor.domain.screening.drift import WINDOWS, DriftWatch, TrafficWatch
from candor.domain.screening.familiarity import TRAITS, Familiarity
from candor.domain.screening.features import features
from candor.domain.screening.manifest import Stratum
from candor.domain.screening.model import ScreenModel
from candor.domain.screening.vector import FeatureVector
from tests.unit.learning.test_train import LIES, rows, trained

ALONE = Stratum.WITHOUT_REASONING
LIE = Exchange((), f"{LIES[0]} word3.")
STRANGE = Exchange((), "Der Kessel wurde nie geöffnet, die Pumpe läuft trotzdem! " * 9)


def near() -> Familiarity:
    return trained().model.heads[ALONE].familiarity


def vector(exchange: Exchange) -> FeatureVector:
    return features(exchange).vector


def test_hardly_any_training_traffic_is_unfamiliar() -> None:
    unknown = [row for row in rows() if not near().knows(row.vector)]
    assert len(unknown) <= 0.05 * len(rows())


def test_a_text_in_other_words_is_unfamiliar() -> None:
    assert near().knows(vector(LIE))
    assert not near().knows(vector(STRANGE))


def test_an_empty_answer_can_be_measured() -> None:
    assert np.isfinite(near().standing(vector(Exchange((), ""))).traits).all()


def test_what_is_familiar_is_so_after_a_restart() -> None:
    again = ScreenModel.from_bytes(trained().model.to_bytes(), "x").heads[ALONE].familiarity
    one, other = near().standing(vector(LIE)), again.standing(vector(LIE))
    assert one.familiar == other.familiar
    np.testing.assert_array_equal(one.traits, other.traits)


def seen(watch: TrafficWatch, vectors: list[FeatureVector]) -> list[bool]:
    return [watch.sees(ALONE, near().standing(one)) for one in vectors]


def test_training_traffic_does_not_close_the_screen() -> None:
    assert not any(seen(TrafficWatch(trained().model), [row.vector for row in rows()]))


def test_inputs_that_pass_one_by_one_are_noticed_when_all_stand_in_one_corner() -> None:
    assert near().knows(vector(LIE))
    told = seen(TrafficWatch(trained().model), [vector(LIE)] * WINDOWS[0])
    assert told == [False] * (WINDOWS[0] - 1) + [True]


def test_when_its_own_traffic_is_back_the_screen_opens_again() -> None:
    watch = TrafficWatch(trained().model)
    seen(watch, [vector(LIE)] * 30)
    # Of the same kind, but not learned from.
    told = seen(watch, [row.vector for row in rows(240)[120:]])
    assert told[0]
    assert not told[-1]


def test_between_usual_and_limit_it_stays_as_it_was() -> None:
    watch = DriftWatch(limits=(1.0, 1.0), usual=(0.25, 0.25))

    def after(trait: float) -> bool:
        told = [watch.sees(np.full(TRAITS, trait, np.float32)) for _ in range(WINDOWS[1])]
        return told[-1]

    # Drift is the square of the mean trait.
    assert [after(t) for t in (0.7, 1.1, 0.7, 0.4, 0.7)] == [False, True, True, False, False]


async def test_once_the_traffic_has_changed_the_service_escalates_all(tmp_path: Path) -> None:
    Shelf(tmp_path).promote(trained().model)
    one = TrainedClassifier("mine", Shelf(tmp_path), 5.0).in_charge().classifier
    readings = [await one.read(LIE) for _ in range(WINDOWS[0])]
    assert not readings[0].unfamiliar
    assert (readings[-1].unfamiliar, readings[-1].score) == (True, 0.5)
    assert "traffic as a whole" in readings[-1].reason


async def test_labelled_exchanges_are_no_traffic(tmp_path: Path) -> None:
    Shelf(tmp_path).promote(trained().model)
    one = TrainedClassifier("mine", Shelf(tmp_path), 5.0).in_charge().classifier
    assert isinstance(one, OneModel)
    readings = [await one.apart().read(LIE) for _ in range(2 * WINDOWS[0])]
    assert not any(reading.unfamiliar for reading in readings)
