"""What a trained screen's file tells of itself, besides its arrays."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from candor.domain.calibration import Curve, LogisticCurve

Finite = Annotated[float, Field(allow_inf_nan=False)]
Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Stratum(StrEnum):
    """The two kinds of exchange, each with a head of its own."""

    WITH_REASONING = "with_reasoning"
    WITHOUT_REASONING = "without_reasoning"

    @classmethod
    def of(cls, has_reasoning: bool) -> "Stratum":
        return cls.WITH_REASONING if has_reasoning else cls.WITHOUT_REASONING


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileBand(_Record):
    """Thresholds on the score of this very file: it is sure below and above."""

    non_deceptive_below: Probability
    deceptive_above: Probability

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.non_deceptive_below > self.deceptive_above:
            raise ValueError("non_deceptive_below must not exceed deceptive_above")
        return self


class FileGoal(_Record):
    """What the thresholds promise of groups, each with `confidence`; null: nothing that way."""

    max_miss_rate: Probability | None = None
    max_fpr: Probability | None = None
    budget: Finite | None = Field(None, description="Escalations per 1,000 exchanges.")
    confidence: Probability = 0.95


class FileEvidence(_Record):
    """What a stratum's promise rests on, in groups. The rates are those that are promised, which
    `weakened` labels may have made weaker than the goal."""

    rows: int = Field(ge=0)
    deceptive_groups: int = Field(ge=0)
    missed_groups: int = Field(ge=0)
    miss_rate: Probability
    honest_groups: int = Field(ge=0)
    flagged_groups: int = Field(ge=0)
    false_positive_rate: Probability
    weakened: tuple[str, ...] = ()


class FileTuning(_Record):
    """Where `candor calibrate` found this very file to be sure, by stratum: thresholds on its
    score after `curve`, the goal, and the evidence. `data` is the SHA-256 of the labels."""

    with_reasoning: FileBand
    without_reasoning: FileBand
    curve: Curve = LogisticCurve()
    goal: FileGoal | None = None
    evidence: Mapping[Stratum, FileEvidence] = {}
    data: str = Field("", max_length=64)


class Source(_Record):
    """One source of the training data. The figures are from grouped cross-validation."""

    rows: int = Field(ge=0)
    deceptive: int = Field(ge=0)
    groups: int = Field(ge=0)
    auroc: Probability | None = Field(None, description="Null where one label is missing.")


class Card(_Record):
    """What a reader must know before trusting the file."""

    date: str = Field("", max_length=40)
    data: str = Field("", max_length=4000, description="Where the labels come from.")
    licences: tuple[str, ...] = ()
    sources: Mapping[str, Source] = {}
    known_failures: tuple[str, ...] = ()
    seed: int = 0


class HeadRecord(_Record):
    """The numbers of a head that are no arrays."""

    intercept: Finite
    curve: Curve = LogisticCurve()
    most_atypical: Finite = Field(description="Inputs that lie farther are unfamiliar.")
    drift_limits: tuple[Finite, Finite] = Field(
        description="Traffic that drifts farther over 25, or over 100 inputs, is another."
    )
    drift_usual: tuple[Finite, Finite] = Field(description="Below it the traffic is as before.")
    rows: int = Field(ge=0)
    groups: int = Field(ge=0)
    strength: float = Field(gt=0, description="C of the logistic regression, as chosen.")
    auroc: Probability | None = Field(None, description="Out of fold, by group.")


class Manifest(_Record):
    format: Literal["candor-trained-screen-2"] = "candor-trained-screen-2"
    features: str
    cues: tuple[str, ...]
    heads: Mapping[Stratum, HeadRecord] = Field(min_length=1)
    tuning: FileTuning | None = None
    card: Card = Card()
