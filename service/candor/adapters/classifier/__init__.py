"""Cheap first looks at the text.

To add a kind: write a module with a config model (`kind`, `build(name, http)`) and a class
that follows `ports.Classifier` and has `version` and `probe()`; name the config below.
"""

from typing import Annotated

from pydantic import Field

from candor.adapters.classifier.embedded import EmbeddedClassifier, EmbeddedClassifierConfig
from candor.adapters.classifier.remote import RemoteClassifier, RemoteClassifierConfig
from candor.adapters.classifier.trained_config import TrainedClassifierConfig

ClassifierConfig = Annotated[
    EmbeddedClassifierConfig | RemoteClassifierConfig | TrainedClassifierConfig,
    Field(discriminator="kind"),
]

__all__ = [
    "ClassifierConfig",
    "EmbeddedClassifier",
    "EmbeddedClassifierConfig",
    "RemoteClassifier",
    "RemoteClassifierConfig",
    "TrainedClassifierConfig",
]
