"""The service's own screen, put in charge of a simulation."""

from collections.abc import Sequence

from candor.adapters.classifier.shelf import Chosen
from candor.adapters.classifier.trained import OneModel, watched
from candor.domain.screening.model import ScreenModel
from candor.learning.loop import Train
from candor.learning.rows import Row
from candor.learning.train import Recipe, train


def adopt(model: ScreenModel | None) -> OneModel:
    """Without a model it has no say, and only takes the features."""
    return watched(Chosen(model))


def trainer(seed: int, folds: int = 2, strengths: Sequence[float] = (1.0,)) -> Train:
    """Fewer folds and strengths than `candor train`, and no check by shuffled labels: a
    simulation trains dozens of times."""

    def learned(rows: Sequence[Row]) -> ScreenModel:
        recipe = Recipe(seed=seed, folds=folds, strengths=strengths, checks=False)
        return train(rows, recipe).model

    return learned
