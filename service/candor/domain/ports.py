"""What the domain needs from the outside world. Adapters provide it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from pydantic import BaseModel

from candor.domain.admission import Slots
from candor.domain.budget import Spending
from candor.domain.calibration import Curve, LogisticCurve
from candor.domain.coverage import Look
from candor.domain.exchange import Exchange, RemoteImage
from candor.domain.verdict import Category, Finding, Report
from candor.domain.vision.image import ModelImage
from candor.domain.vision.instruments import (
    DepthEstimator,
    Instruments,
    PageText,
    Segmenter,
    TextLine,
    TextReader,
)

__all__ = [
    "Classifier",
    "DepthEstimator",
    "ImageSource",
    "InCharge",
    "Instruments",
    "Message",
    "PageText",
    "Reading",
    "Replaceable",
    "Reply",
    "Segmenter",
    "TextLine",
    "TextReader",
    "Toolbox",
    "Tuning",
    "VerdictCache",
    "VisionModel",
]


@dataclass(frozen=True, slots=True)
class Message:
    """A chat message: texts and images in reading order."""

    role: Literal["system", "user", "assistant"]
    parts: tuple[str | ModelImage, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model wrote, and what the provider says it cost.

    `cut`: the limit of output tokens ended it, not the model. `estimated`: the provider did not
    count the tokens, so we did. `reasoning` came in a field of its own, where one came; only what
    is asked for its reasoning reads it.
    """

    text: str
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0
    cut: bool = False
    estimated: bool = False
    reasoning: str = field(default="", repr=False)


class VisionModel(Protocol):
    """A model that reads text and images and writes text."""

    @property
    def name(self) -> str:
        """The endpoint's name in the configuration."""
        ...

    @property
    def max_image_side(self) -> int:
        """The longest side, in pixels, that is worth sending."""
        ...

    async def complete(
        self,
        messages: Sequence[Message],
        form: type[BaseModel],
        call: Spending | None = None,
        temperature: float | None = None,
    ) -> Reply:
        """`form` is what the reply should parse as; an endpoint that can, enforces it.
        `temperature`, where given, takes the place of the endpoint's own setting.

        `call` is told of attempts that were made again and of what a failed one has cost, and
        says how much time is left.

        Raises: ModelError.
        """
        ...


@dataclass(frozen=True, slots=True)
class Reading:
    """What a classifier says: how likely deception is, 0..1, uncalibrated."""

    score: float
    reason: str = ""
    findings: tuple[Finding, ...] = ()
    categories: Mapping[Category, float] | None = None
    looks: tuple[Look, ...] = ()
    unfamiliar: bool = False
    """The exchange is unlike all that the classifier learned from: it has no say."""
    features: bytes | None = None
    """What the classifier saw, as a `screening.FeatureVector`."""
    shadow: "Reading | None" = None
    """What a candidate says that is only watched."""
    severity: float = 0.5
    """How much harm the false belief could do if there is one, 0..1. Who cannot tell says
    moderate, so that nobody who sorts by severity passes over a conviction."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """Where a trained classifier is sure, kept in its own file: thresholds on its score,
    0..1, for exchanges with and without reasoning, (clears below, convicts above). They hold
    for the score that went through `curve`."""

    with_reasoning: tuple[float, float]
    without_reasoning: tuple[float, float]
    curve: Curve = field(default_factory=LogisticCurve)


@dataclass(frozen=True, slots=True)
class InCharge:
    """One classifier that stays as it is, and what its file says of its thresholds. Digests are
    those of the files, in hex; empty: there is none."""

    classifier: "Classifier"
    tuning: Tuning | None = None
    candidate_tuning: Tuning | None = None
    """That of the candidate which it is compared with."""
    digest: str = ""
    candidate_digest: str = ""


class Classifier(Protocol):
    """A cheap first look at the text parts of an exchange."""

    @property
    def version(self) -> str:
        """Names the classifier and its weights: part of the policy's fingerprint."""
        ...

    async def read(self, exchange: Exchange) -> Reading:
        """Raises: ModelError."""
        ...


@runtime_checkable
class Replaceable(Protocol):
    """A classifier that another may take the place of while the service runs."""

    def in_charge(self) -> InCharge:
        """The one in charge now: a request asks once and keeps to it."""
        ...


@runtime_checkable
class Watching(Protocol):
    """A classifier that looks at the traffic as a whole, too."""

    def apart(self) -> Classifier:
        """The same, for exchanges whose order means nothing: each stands for itself."""
        ...


class ImageSource(Protocol):
    """Brings the bytes of images that a request names by URL."""

    def check(self, image: RemoteImage) -> None:
        """What can be told from the URL alone; nobody is asked.

        Raises: InvalidExchange.
        """
        ...

    async def fetch(self, images: Sequence[RemoteImage], seconds: float) -> list[bytes]:
        """All of them, in their order, or none. What the bytes are nobody has looked at.

        Raises: InvalidExchange, TooLarge.
        """
        ...


@runtime_checkable
class NearCache(Protocol):
    """A verdict cache with a level in this very process."""

    def at_hand(self, key: str) -> Report | None:
        """What that level remembers. It asks nobody and never waits."""
        ...


class VerdictCache(Protocol):
    """Remembers reports by key for a while."""

    async def get(self, key: str) -> Report | None:
        """Raises: CacheUnavailable."""
        ...

    async def put(self, key: str, report: Report) -> None:
        """Raises: CacheUnavailable."""
        ...

    async def ping(self) -> None:
        """Raises: CacheUnavailable when it cannot be reached now."""
        ...


@dataclass(frozen=True, slots=True)
class Toolbox:
    """Everything a tier may ask for, by the name the operator gave it."""

    models: Mapping[str, VisionModel]
    classifiers: Mapping[str, Classifier]
    reader: TextReader
    instruments: Instruments = Instruments()
    slots: Slots | None = None
    """For tiers after the screen; None: they are always asked."""
