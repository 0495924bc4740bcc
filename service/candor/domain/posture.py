"""Failure posture: what to do when a verdict could not be reached as it should."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field

from candor.domain.verdict import Action, Cause

_FIELDS: Mapping[Cause, str] = {
    Cause.INCONCLUSIVE: "on_inconclusive",
    Cause.MISSING_COVERAGE: "on_missing_coverage",
    Cause.DEPENDENCY_DOWN: "on_dependency_down",
}


class PostureOverride(BaseModel):
    """What every policy's failure posture gives way to; null: what the policy says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    inconclusive: Action | None = Field(
        None, description="Instead of `on_inconclusive` of every policy."
    )
    missing_coverage: Action | None = Field(
        None, description="Instead of `on_missing_coverage` of every policy."
    )
    dependency_down: Action | None = Field(
        None, description="Instead of `on_dependency_down` of every policy."
    )

    def fields(self) -> dict[str, Action]:
        """Fields of a policy's configuration, as far as they are overridden."""
        said = {name: getattr(self, cause.value) for cause, name in _FIELDS.items()}
        return {name: action for name, action in said.items() if action is not None}


_STRICT = tuple(Action)


def stricter(one: Action, other: Action) -> Action:
    """`allow`, `review`, `block`: the later one."""
    return max(one, other, key=_STRICT.index)
