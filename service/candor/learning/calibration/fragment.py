"""What `candor calibrate` hands to the operator: the policy with the tier's new curve and band."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml
from pydantic import BaseModel

from candor.domain.errors import ConfigError
from candor.domain.policy import PolicyConfig
from candor.domain.tiers import ScreenConfig
from candor.learning.calibration.fit import Calibration
from candor.learning.calibration.sample import Stratum
from candor.learning.calibration.thresholds import Threshold

VERSION = 1


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a calibration comes from: `digest` is the SHA-256 of the data, in hex."""

    policy: str
    data: str
    digest: str
    day: date
    failed: int = 0
    fitted_on: str = ""
    """Digest of the trained classifier's file whose scores these are; empty: of another kind."""


def calibrated(config: PolicyConfig, found: Calibration, fitted_on: str = "") -> PolicyConfig:
    """The policy with what was found in place of the tier's curve and band.

    Raises: ConfigError when the policy has no such tier.
    """
    kinds = [str(tier.kind) for tier in config.tiers]
    if found.tier not in kinds:
        raise ConfigError(f"the policy has no tier {found.tier!r}; known: {sorted(kinds)}")
    tiers = tuple(
        tier.model_copy(update=_update(found, isinstance(tier, ScreenConfig), fitted_on))
        if tier.kind == found.tier
        else tier
        for tier in config.tiers
    )
    # Validated anew: a fragment that settings refuse is never written.
    return PolicyConfig.model_validate(config.model_copy(update={"tiers": tiers}).model_dump())


def _update(found: Calibration, is_screen: bool, fitted_on: str) -> dict[str, Any]:
    update: dict[str, Any] = {"curve": found.choice.curve}
    if is_screen:
        update |= {"thresholds": "policy", "fitted_on": fitted_on or None}
    if found.by_reasoning and is_screen:
        update["band"] = found.band(Stratum.WITH_REASONING)
        update["without_reasoning"] = found.band(Stratum.WITHOUT_REASONING)
    else:
        update["band"] = found.band(Stratum.ALL)
        if is_screen:
            update["without_reasoning"] = None
    return update


def as_yaml(config: PolicyConfig, found: Calibration, origin: Origin) -> str:
    """A `policies` section with this one policy, to be put into the configuration. Numbers are
    written in full: a rounded threshold is another one."""
    document = {"policies": {origin.policy: _dumped(calibrated(config, found, origin.fitted_on))}}
    body = yaml.safe_dump(document, sort_keys=False, default_flow_style=False, width=99)
    return "".join(f"# {line}\n" for line in _header(found, origin)) + body


def _dumped(config: PolicyConfig) -> dict[str, Any]:
    """What differs from the defaults, and always what the calibration is about."""
    out = config.model_dump(mode="json", exclude_defaults=True)
    out["tiers"] = [
        {"kind": tier.kind, **tier.model_dump(mode="json", exclude_defaults=True), **_own(tier)}
        for tier in config.tiers
    ]
    return out


def _own(tier: BaseModel) -> dict[str, Any]:
    full = tier.model_dump(mode="json", include={"curve", "band", "without_reasoning"})
    return {name: value for name, value in full.items() if value is not None}


def _header(found: Calibration, origin: Origin) -> list[str]:
    sample = found.sample
    deceptive, honest = sample.count_groups(deceptive=True), sample.count_groups(deceptive=False)
    lines = [
        f"Candor calibration, format {VERSION}, {origin.day.isoformat()}",
        f"tier {found.tier} of policy {origin.policy}",
        f"data: {origin.data}, sha256 {origin.digest}",
        f"rows: {len(sample)}; turns that failed and are left out: {origin.failed}",
        f"groups: {deceptive} with a deceptive row, {honest} with an honest one",
        f"goal: {found.goal.words}",
    ]
    for raw in found.raw:
        lines += [f"WEAKER THAN THE GOAL: {words}" for words in raw.weakened]
        lines.append(f"{raw.stratum}: missed: {_kept(raw.clears)}")
        lines.append(f"{raw.stratum}: false flags: {_kept(raw.convicts)}")
    return [*lines, "holds for traffic like the data; put the section into your configuration"]


def _kept(threshold: Threshold) -> str:
    seen = f"{threshold.errors} of {threshold.groups} groups"
    return f"{seen}, promised at most {threshold.rate:.2%}"
