"""First tier: a cheap classifier looks once."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import Field

from candor.domain.budget import Budget
from candor.domain.case import Case
from candor.domain.exchange import Exchange
from candor.domain.ports import Classifier, InCharge, Reading, Toolbox, Tuning, Watching
from candor.domain.tiers.tier import Band, TierSettings, named
from candor.domain.verdict import Opinion, Outcome, Screened, Severity, ShadowResult

_CLOSED = Tuning((0.0, 1.0), (0.0, 1.0))
_STRANGE = "unlike the traffic that the classifier learned from"
_NO_BAND = "settles nothing: the classifier in charge has no band that was fitted on it"


class ScreenConfig(TierSettings):
    kind: Literal["screen"] = "screen"
    classifier: str = Field("embedded", description="Name under `classifiers`.")
    # Out of the box the classifier clears nobody. It convicts on a value that the reasoning
    # states and the response turns round, which scores just above this.
    band: Band = Band(non_deceptive_below=0.0, deceptive_above=0.97)

    without_reasoning: Band | None = Field(
        None,
        description="The band where an exchange brings no reasoning; null: `band` for all.",
    )

    def band_for(self, exchange: Exchange) -> Band:
        if self.without_reasoning is not None and not exchange.has_reasoning:
            return self.without_reasoning
        return self.band

    thresholds: Literal["policy", "classifier"] = Field(
        "policy",
        description="Where the thresholds come from: `band` of this policy, or the file of a "
        "trained classifier, with which they change when it is replaced; a file without any "
        "settles nothing.",
    )
    fitted_on: str | None = Field(
        None,
        pattern=r"^[0-9a-f]{64}$",
        description="With `thresholds: policy` and a trained classifier: the digest of the file "
        "that `band` was fitted on (`candor calibrate` writes it). Any other file settles "
        "nothing.",
    )

    def holds_for(self, tuning: Tuning | None, digest: str) -> bool:
        """Whether there is a band that was fitted on the trained classifier with this digest."""
        if self.thresholds == "policy":
            return bool(digest) and self.fitted_on == digest
        return tuning is not None

    def tuned(self, tuning: Tuning | None, digest: str) -> "ScreenConfig":
        """For a trained classifier, whose scores are its own: with a band that was fitted on
        this very file, or with one that settles nothing."""
        if self.thresholds == "policy" and self.holds_for(tuning, digest):
            return self
        own = _CLOSED if tuning is None or self.thresholds == "policy" else tuning
        update = {
            "band": _band(own.with_reasoning),
            "without_reasoning": _band(own.without_reasoning),
            "curve": own.curve,
        }
        return self.model_copy(update=update)

    def outcome(self, exchange: Exchange, reading: Reading) -> Outcome | None:
        """What a reading settles; None: nothing."""
        if reading.unfamiliar:
            return None
        return self.band_for(exchange).settle(self.curve.probability(reading.score))

    def classifiers(self) -> tuple[str, ...]:
        return (self.classifier,)

    def build(self, tools: Toolbox) -> "Screen":
        return Screen(self, named(tools.classifiers, self.classifier, "classifier"))


def _band(thresholds: tuple[float, float]) -> Band:
    return Band(non_deceptive_below=thresholds[0], deceptive_above=thresholds[1])


@dataclass(frozen=True, slots=True)
class Screen:
    settings: ScreenConfig
    classifier: Classifier
    candidate: ScreenConfig | None = None
    """How a candidate's score would be read; None where none is compared."""
    closed: bool = False
    """No band was fitted on the classifier in charge."""
    digest: str = ""
    """Of the trained classifier's file."""
    name: str = "screen"
    fallback: None = None

    def now(self) -> "Screen":
        """With the classifier that is in charge at this moment, to be kept for one request."""
        # An `isinstance` with a protocol takes longer than all else that a known verdict needs.
        in_charge: Callable[[], InCharge] | None = getattr(self.classifier, "in_charge", None)
        if in_charge is None:
            return self
        standing = in_charge()
        mine, other = standing.tuning, standing.candidate_tuning
        return replace(
            self,
            settings=self.settings.tuned(mine, standing.digest),
            classifier=standing.classifier,
            candidate=self.settings.tuned(other, standing.candidate_digest),
            digest=standing.digest,
            closed=not self.settings.holds_for(mine, standing.digest),
        )

    def apart(self) -> "Screen":
        """For exchanges that are no traffic, such as labelled ones to calibrate on."""
        if not isinstance(self.classifier, Watching):
            return self
        return replace(self, classifier=self.classifier.apart())

    async def assess(self, case: Case, budget: Budget) -> Opinion:
        async with budget.time_limit():
            reading = await self.classifier.read(case.exchange)
        return Opinion(
            score=reading.score,
            reason=reading.reason,
            categories=reading.categories or {},
            findings=tuple(replace(f, by=self.name) for f in reading.findings),
            looks=reading.looks,
            severity=self._severity(case.exchange, reading),
            undecided=reading.unfamiliar,
            note=self._note(reading),
            features=reading.features,
            screened=self._screened(case.exchange, reading),
        )

    def _note(self, reading: Reading) -> str:
        said = (_NO_BAND if self.closed else "", _STRANGE if reading.unfamiliar else "")
        return "; ".join(one for one in said if one)

    def _severity(self, exchange: Exchange, reading: Reading) -> Severity:
        """Only of what it would convict: a score in between says nothing of harm."""
        convicts = self.settings.outcome(exchange, reading) is Outcome.DECEPTIVE
        return Severity(reading.severity if convicts else 0.0)

    def _screened(self, exchange: Exchange, reading: Reading) -> Screened | None:
        if reading.features is None:
            return None
        shadow = None
        if reading.shadow is not None and self.candidate is not None:
            mine = self.settings.outcome(exchange, reading)
            shadow = _compared(mine, self.candidate.outcome(exchange, reading.shadow))
        return Screened(self.settings.classifier, reading.unfamiliar, shadow)


def _compared(mine: Outcome | None, candidates: Outcome | None) -> ShadowResult:
    if mine is candidates:
        return ShadowResult.AGREES
    if candidates is None:
        return ShadowResult.ESCALATES
    return ShadowResult.SETTLES if mine is None else ShadowResult.OPPOSES
