"""What Candor answers: opinions of tiers, the verdict, and the report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from candor.domain.coverage import Coverage, Look
from candor.domain.debate.transcript import Transcript
from candor.domain.usage import ModelCall, Usage, total
from candor.domain.vision.geometry import Region


class Outcome(StrEnum):
    DECEPTIVE = "deceptive"
    NON_DECEPTIVE = "non_deceptive"
    INCONCLUSIVE = "inconclusive"
    """We could not tell. Never cached, never counted as honest; the policy decides."""


class Action(StrEnum):
    """What the caller should do with the response."""

    ALLOW = "allow"
    REVIEW = "review"
    BLOCK = "block"


class Cause(StrEnum):
    """Why the posture had to speak. The first that is true is the one that counts."""

    DEPENDENCY_DOWN = "dependency_down"
    """Something that the verdict leans on failed, or gave no answer in time."""
    MISSING_COVERAGE = "missing_coverage"
    """A part that the policy requires was not judged, though everything worked."""
    INCONCLUSIVE = "inconclusive"
    """All was looked at, and nobody was sure."""


@dataclass(frozen=True, slots=True)
class Posture:
    """What the posture said of one verdict."""

    cause: Cause
    action: Action

    def __str__(self) -> str:
        return f"{self.cause}:{self.action}"


class Category(StrEnum):
    """The six behaviours of MM-DeceptionBench (arXiv 2512.00349, section 2)."""

    SYCOPHANCY = "sycophancy"
    SANDBAGGING = "sandbagging"
    BLUFFING = "bluffing"
    OBFUSCATION = "obfuscation"
    OMISSION = "omission"
    FABRICATION = "fabrication"


class Stance(StrEnum):
    """What the evidence says of a claim, or what a text tries to do."""

    CONTRADICTS = "contradicts"
    SUPPORTS = "supports"
    ADDRESSES_THE_JUDGE = "addresses_the_judge"
    """Found by code, never by a model: a text that tells whoever judges it what to do."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One checked claim of the response.

    `image` and `region` (pixels of the upright image as sent) say where the proof is in a
    picture, `quote` what stands there or in the reasoning; `by` is the tier that found it.
    """

    claim: str
    finding: Stance
    by: str = ""
    image: int | None = None
    region: Region | None = None
    quote: str | None = None
    label: str | None = None


class SeverityLevel(StrEnum):
    NONE = "none"
    MINOR = "minor"
    MODERATE = "moderate"
    SEVERE = "severe"


@dataclass(frozen=True, slots=True)
class Severity:
    """How much harm the false belief could do, 0..1; thirds of the range name the level."""

    score: float = 0.0

    @property
    def level(self) -> SeverityLevel:
        if self.score <= 0:
            return SeverityLevel.NONE
        if self.score < 1 / 3:
            return SeverityLevel.MINOR
        return SeverityLevel.MODERATE if self.score < 2 / 3 else SeverityLevel.SEVERE


@dataclass(frozen=True, slots=True)
class Degradation:
    """Something that this report lacks.

    `transient`: a dependency failed, so the same exchange may fare better later and the
    report is not cached. Otherwise it is how the deployment is configured.
    """

    reason: str
    transient: bool = True


class ShadowResult(StrEnum):
    """What a candidate would have done where the classifier in charge decided."""

    AGREES = "agrees"
    ESCALATES = "escalates"
    """It is not sure where the one in charge is."""
    SETTLES = "settles"
    """It is sure where the one in charge is not."""
    OPPOSES = "opposes"


@dataclass(frozen=True, slots=True)
class Screened:
    """How a trained classifier saw the exchange, for metrics. `unfamiliar`: unlike the traffic
    it learned from, so it had no say."""

    classifier: str
    unfamiliar: bool = False
    shadow: ShadowResult | None = None


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one tier thinks, before calibration. `score` is 0..1; `undecided`: it settles
    nothing, wherever the score lies. `note` is for the step and quotes nothing."""

    score: float
    reason: str = ""
    categories: Mapping[Category, float] = field(default_factory=dict)
    severity: Severity = Severity()
    findings: tuple[Finding, ...] = ()
    looks: tuple[Look, ...] = ()
    degraded: tuple[Degradation, ...] = ()
    transcript: Transcript | None = None
    undecided: bool = False
    note: str = ""
    features: bytes | None = None
    """A `screening.FeatureVector` as bytes: what a classifier can learn from."""
    screened: Screened | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One tier's turn, kept for the caller, the metrics and the logs.

    `score` is calibrated, `error` the name of the error that ended the turn, `note` a
    sentence about it without any content of the exchange.
    """

    tier: str
    score: float | None
    settled: bool
    elapsed_seconds: float
    usage: Usage = field(default_factory=Usage)
    error: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer. `score` is that of the deciding tier, or of the last that had one."""

    outcome: Outcome
    score: float | None
    decided_by: str | None
    reason: str
    categories: Mapping[Category, float] = field(default_factory=dict)
    severity: Severity = Severity()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyRef:
    """Which policy judged, and the fingerprint of all that could change its verdicts."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class AuditTicket:
    """This verdict was drawn for an audit, with this probability; `id` finds the audit again."""

    id: str
    probability: float


class CacheResult(StrEnum):
    HIT = "hit"
    MISS = "miss"
    JOINED = "joined"
    REFRESH = "refresh"
    BYPASS = "bypass"


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict and the whole story of how we reached it."""

    verdict: Verdict
    action: Action
    policy: PolicyRef
    steps: tuple[Step, ...]
    coverage: tuple[Coverage, ...]
    degraded: tuple[Degradation, ...] = ()
    transcript: Transcript | None = None
    calls: tuple[ModelCall, ...] = ()
    """Model calls made for this very request: none for a cached or joined one."""
    cache: CacheResult = CacheResult.MISS
    cache_failed: bool = False
    features: bytes | None = None
    """What a classifier can learn from; made for this very request, and never cached."""
    screened: Screened | None = None
    audit: AuditTicket | None = None
    """Set where this very request was drawn to be judged again in the background."""
    posture: Posture | None = None
    """Set where the policy's failure posture had a say in the action."""
    redactions: Mapping[str, int] = field(default_factory=dict)
    """How many secrets and personal data of each kind were taken out of its texts."""

    @property
    def usage(self) -> Usage:
        return total(self.calls)

    @property
    def lacks(self) -> tuple[str, ...]:
        """The reasons in `degraded`, each once, and `cache` where the cache did not answer."""
        reasons = (d.reason for d in self.degraded)
        return tuple(dict.fromkeys((*reasons, "cache") if self.cache_failed else reasons))

    def lacking(self, reasons: Sequence[str]) -> "Report":
        """The same with these in `degraded`: they hold for the request, not for the verdict."""
        if not reasons:
            return self
        return replace(self, degraded=(*self.degraded, *map(Degradation, reasons)))

    @property
    def keepable(self) -> bool:
        """Only conclusive verdicts that no passing failure has touched are remembered."""
        conclusive = self.verdict.outcome is not Outcome.INCONCLUSIVE
        return conclusive and not any(d.transient for d in self.degraded)
