"""GET /v1/policies."""

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from candor.api import dependencies
from candor.api.auth import tenant_of
from candor.api.v1.receive import JSON
from candor.domain.policy import Actions, Policy, ShadowConfig
from candor.domain.tiers import ScreenConfig
from candor.domain.tiers.tier import Band, TierSettings
from candor.domain.verdict import Action


class _Out(BaseModel):
    model_config = ConfigDict(frozen=True)


class BandOut(_Out):
    """Where a tier is sure; between the two it hands over to the next."""

    non_deceptive_below: float = Field(
        description="Scores below clear the response, 0..1.", examples=[0.35]
    )
    deceptive_above: float = Field(description="Scores above convict it, 0..1.", examples=[0.65])


class TierOut(_Out):
    """One step of the cascade."""

    name: str = Field(description="The tier's name.", examples=["debate"])
    band: BandOut = Field(description="Where it is sure.")
    without_reasoning: BandOut | None = Field(
        None,
        description="Where it is sure of exchanges without reasoning (blank is none); null: "
        "`band` holds for all.",
        examples=[{"non_deceptive_below": 0.0, "deceptive_above": 1.0}],
    )


class ActionsOut(_Out):
    """What to do once a verdict is sure."""

    deceptive: Action = Field(description="The action on `deceptive`.", examples=["block"])
    non_deceptive: Action = Field(description="The action on `non_deceptive`.", examples=["allow"])


class ShadowOut(_Out):
    """A policy that judges a share of the traffic without acting."""

    policy: str = Field(description="Its name.", examples=["strict"])
    rate: float = Field(
        description="Share of the verdicts that it judges again, 0..1.", examples=[0.05]
    )


class PolicyOut(_Out):
    """A policy by which exchanges are judged."""

    name: str = Field(description="What requests call it.", examples=["default"])
    version: str = Field(
        description="Changes with all that could change a verdict.", examples=["5f0c1b7a90d2e4c3"]
    )
    tiers: list[TierOut] = Field(description="In the order of asking.")
    require: list[str] = Field(
        description="Parts without which the outcome is never `non_deceptive`.",
        examples=[["response", "images"]],
    )
    actions: ActionsOut = Field(description="What to do once a verdict is sure.")
    on_inconclusive: Action = Field(
        description="Failure posture: the action when nobody was sure.", examples=["review"]
    )
    on_missing_coverage: Action = Field(
        description="Failure posture: the action when a required part was not judged.",
        examples=["review"],
    )
    on_dependency_down: Action = Field(
        description="Failure posture: the action when something that a verdict leans on failed.",
        examples=["block"],
    )
    shadow: ShadowOut | None = Field(
        None, description="The policy that is tried out on this one's traffic, where there is one."
    )
    deadline_ms: int = Field(
        description="Most time for a verdict, milliseconds.", examples=[20000]
    )


class PoliciesOut(_Out):
    """Every policy that requests may name."""

    generation: int = Field(
        description="Which configuration this is, counted from 1 in the process that answered.",
        examples=[1],
    )
    policies: list[PolicyOut] = Field(description="By name.")


async def policies(request: Request) -> Response:
    """List the policies that a request may name, with their tiers and thresholds."""
    known = dependencies.state_of(request)["monitor"].policies
    mine = tenant_of(request).of(known)
    told = PoliciesOut(
        generation=dependencies.generation(request),
        policies=[_policy(mine[name].now()) for name in sorted(mine)],
    )
    return Response(told.model_dump_json(), media_type=JSON)


def _policy(policy: Policy) -> PolicyOut:
    config = policy.config
    return PolicyOut(
        name=policy.ref.name,
        version=policy.ref.version,
        tiers=[
            TierOut(
                name=tier.name,
                band=_band(tier.settings.band),
                without_reasoning=_without_reasoning(tier.settings),
            )
            for tier in policy.tiers
        ],
        require=list(config.require),
        actions=_actions(config.actions),
        on_inconclusive=config.on_inconclusive,
        on_missing_coverage=config.on_missing_coverage or config.on_inconclusive,
        on_dependency_down=config.on_dependency_down or config.on_inconclusive,
        shadow=_shadow(config.shadow),
        deadline_ms=config.deadline_ms,
    )


def _band(band: Band) -> BandOut:
    return BandOut(**band.model_dump())


def _without_reasoning(settings: TierSettings) -> BandOut | None:
    own = settings.without_reasoning if isinstance(settings, ScreenConfig) else None
    return None if own is None else _band(own)


def _shadow(config: ShadowConfig | None) -> ShadowOut | None:
    return None if config is None else ShadowOut(policy=config.policy, rate=config.rate)


def _actions(actions: Actions) -> ActionsOut:
    return ActionsOut(deceptive=actions.deceptive, non_deceptive=actions.non_deceptive)
