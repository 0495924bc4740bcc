"""A policy: which tiers, what must have been looked at, what to do with the outcome."""

import hashlib
import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from candor.domain.auditing import AuditConfig
from candor.domain.errors import InvalidExchange
from candor.domain.ledger import Retention
from candor.domain.ports import Instruments, Toolbox
from candor.domain.posture import PostureOverride, stricter
from candor.domain.privacy.kinds import RedactionKind
from candor.domain.tiers import TierConfig
from candor.domain.tiers.rationed import Rationed, WhenFull
from candor.domain.tiers.screen import Screen
from candor.domain.tiers.tier import Tier
from candor.domain.tiers.watched import NotedReader, Watched
from candor.domain.verdict import Action, Cause, Outcome, PolicyRef, Posture

Required = Literal[
    "response", "reasoning", "conversation", "context", "images", "frames", "picture"
]
# Tiers in which somebody judges what the exchange says; the others cannot be spoken to.
_WATCHED = ("judge", "debate")


_RESERVE_SHARE = 0.15
_RESERVE_SECONDS = 1.5


class Actions(BaseModel):
    """What to do once a verdict is sure."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    deceptive: Action = Action.BLOCK
    non_deceptive: Action = Action.ALLOW


class ShadowConfig(BaseModel):
    """A policy that is tried out on the traffic of another one, after the answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    policy: str = Field(description="Its name under `policies`.")
    rate: float = Field(
        0.05, ge=0, le=1, description="Share of the verdicts that were worked out, at random."
    )
    at_once: int = Field(1, gt=0, le=64, description="Shadows running at once, per process.")
    max_waiting: int = Field(
        8, ge=0, le=1024, description="Exchanges in line for it; what is drawn beyond is dropped."
    )


class PolicyConfig(BaseModel):
    """One policy as an operator writes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tiers: tuple[TierConfig, ...] = Field(min_length=1, description="In the order of asking.")
    require: tuple[Required, ...] = Field(
        ("response", "images"),
        description="Parts without which the outcome is never `non_deceptive`.",
    )
    deceptive_needs: tuple[Required, ...] = Field(
        ("images",),
        description=(
            "Parts that a tier must have judged to convict at once. Without them its verdict is "
            "held while the next tiers look for evidence there, and stands if none of them is "
            "sure. Empty: the first conviction ends the cascade."
        ),
    )
    on_inconclusive: Action = Field(
        Action.REVIEW, description="Failure posture: the action when nobody was sure."
    )
    on_missing_coverage: Action | None = Field(
        None,
        description="Failure posture: the action when a part that is required was not judged, "
        "so that there is no verdict; null: as `on_inconclusive`.",
    )
    on_dependency_down: Action | None = Field(
        None,
        description="Failure posture: the action when there is no verdict because something that "
        "it leans on failed or gave no answer in time; null: as `on_inconclusive`. Where it is "
        "set, a verdict that was reached all the same has an action at least as strict.",
    )
    shadow: ShadowConfig | None = Field(
        None, description="A second policy that judges a share of the traffic without acting."
    )
    when_full: WhenFull = Field(
        "refuse",
        description="When all slots for tiers after the screen are taken (`admission.debates`) "
        "and the screen is not sure: `refuse` the request with 503 and Retry-After, or answer "
        "`inconclusive` with `debate_shed` in `degraded` and the action of the failure posture. "
        "With `on_inconclusive: allow` the second lets through whatever comes with a flood.",
    )
    actions: Actions = Actions()
    deadline_ms: int = Field(20_000, gt=0, le=600_000, description="Most time per request.")
    max_model_calls: int = Field(16, ge=0, description="Most model calls per request.")
    max_tokens: int | None = Field(
        None,
        gt=0,
        description="Most tokens per request, read and written; null: no limit. The call that "
        "reaches it is still finished.",
    )
    max_cost_usd: float | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        description="Most money per request at the configured prices, US dollars; null: no "
        "limit. The call that reaches it is still finished.",
    )
    retention: Retention = Retention()
    redact: tuple[RedactionKind, ...] = Field(
        (),
        description="Taken out of what is said about an exchange (reason, findings, transcript) "
        "before anybody gets or keeps it. Places in pictures stay.",
    )
    fallback_reserve_ms: int | None = Field(
        None,
        ge=0,
        description="Time kept for the last tier's fallback, so that a model that hangs leaves "
        "some for it; null: 15 % of the request's time, at most 1500.",
    )

    audit_rate: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Share of the verdicts on which a tier before the last settled that the "
        "next tiers judge again after the answer; short for `audit: {rate: ...}`.",
    )
    audit: AuditConfig | None = Field(
        None, description="Audits in full: which verdicts are drawn, and how many run at once."
    )

    @model_validator(mode="after")
    def _audits_once(self) -> Self:
        if self.audit is not None and self.audit_rate:
            raise ValueError("give audit_rate or audit, not both")
        return self

    @property
    def auditing(self) -> AuditConfig:
        return self.audit or AuditConfig(rate=self.audit_rate)

    @property
    def audits(self) -> bool:
        """Whether any verdict is drawn."""
        return bool(self.audit.rate if self.audit else self.audit_rate)

    @model_validator(mode="after")
    def _tiers_once(self) -> Self:
        kinds = [tier.kind for tier in self.tiers]
        if len(kinds) != len(set(kinds)):
            raise ValueError(f"each tier may stand once in a policy, got: {', '.join(kinds)}")
        return self

    def under(self, override: PostureOverride) -> "PolicyConfig":
        """With the failure posture that holds for all policies, as far as there is one."""
        return self.model_copy(update=override.fields())

    def reserve_seconds(self, seconds: float) -> float:
        """Of the `seconds` that a request has, those kept for the fallback: half at most."""
        if self.fallback_reserve_ms is None:
            return min(_RESERVE_SHARE * seconds, _RESERVE_SECONDS)
        return min(self.fallback_reserve_ms / 1000, seconds / 2)

    def models(self) -> frozenset[str]:
        """Names under `models` that this policy asks."""
        return frozenset(name for tier in self.tiers for name in tier.models())

    def classifiers(self) -> frozenset[str]:
        """Names under `classifiers` that this policy asks."""
        return frozenset(name for tier in self.tiers for name in tier.classifiers())

    def vital_models(self) -> frozenset[str]:
        """Those without which the last word cannot be spoken."""
        last = self.tiers[-1]
        return frozenset() if last.has_fallback() else frozenset(last.models())

    def build(self, ref: PolicyRef, tools: Toolbox) -> "Policy":
        """Raises: ConfigError when a tier names something that is not configured."""
        noted = NotedReader(tools.reader)
        mine = replace(tools, reader=noted, instruments=_with_reader(tools.instruments, noted))
        tiers = [(tier, tier.build(mine)) for tier in self.tiers]
        watched = [(c, Watched(t, noted) if c.kind in _WATCHED else t) for c, t in tiers]
        return Policy(ref, self, tuple(self._rationed(c.kind, t, tools) for c, t in watched))

    def _rationed(self, kind: str, tier: Tier, tools: Toolbox) -> Tier:
        """The screen costs next to nothing: it goes on when there is no room for the others."""
        if tools.slots is None or kind == "screen":
            return tier
        return Rationed(tier, tools.slots, self.when_full)


def _with_reader(instruments: Instruments, noted: NotedReader) -> Instruments:
    """Where operations may read, they do it through the same one."""
    return instruments if instruments.reader is None else replace(instruments, reader=noted)


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy at work; `ref.version` changes with all that could change a verdict."""

    ref: PolicyRef
    config: PolicyConfig
    tiers: Sequence[Tier]

    def now(self) -> "Policy":
        """With the classifiers that are in charge at this moment, and a version that names
        them: what one request keeps to from its key in the cache to its verdict."""
        tiers = [tier.now() if isinstance(tier, Screen) else tier for tier in self.tiers]
        if all(map(operator.is_, tiers, self.tiers)):
            return self
        read_by = [
            one.classifier.version
            for one, before in zip(tiers, self.tiers, strict=True)
            if isinstance(one, Screen) and one is not before
        ]
        decides = "\n".join((self.ref.version, *read_by))
        version = hashlib.sha256(decides.encode()).hexdigest()[:16]
        return replace(self, ref=PolicyRef(self.ref.name, version), tiers=tuple(tiers))

    def posture(self, outcome: Outcome, *, down: bool, missing: bool) -> Posture | None:
        """What the failure posture says of a verdict with this outcome; None: it has no say.
        `down`: something failed on the way. `missing`: a required part was not judged."""
        config = self.config
        if outcome is not Outcome.INCONCLUSIVE:
            said = config.on_dependency_down if down else None
            return Posture(Cause.DEPENDENCY_DOWN, said) if said else None
        if down:
            said = config.on_dependency_down or config.on_inconclusive
            return Posture(Cause.DEPENDENCY_DOWN, said)
        if missing:
            said = config.on_missing_coverage or config.on_inconclusive
            return Posture(Cause.MISSING_COVERAGE, said)
        return Posture(Cause.INCONCLUSIVE, config.on_inconclusive)

    def action(self, outcome: Outcome, posture: Posture | None = None) -> Action:
        match outcome:
            case Outcome.DECEPTIVE:
                action = self.config.actions.deceptive
            case Outcome.NON_DECEPTIVE:
                action = self.config.actions.non_deceptive
            case Outcome.INCONCLUSIVE:
                return posture.action if posture else self.config.on_inconclusive
        return stricter(action, posture.action) if posture else action


def unknown_policy(name: str, known: Iterable[str]) -> InvalidExchange:
    hint = f"use one of: {', '.join(sorted(known))}"
    message = f"there is no policy {name!r}"
    return InvalidExchange(message, field="policy", kind="unknown-policy", hint=hint)
