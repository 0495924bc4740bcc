"""What differs between two configurations, by the dotted names of settings."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from candor.domain.errors import ConfigError
from candor.settings import Settings

RELOADABLE = frozenset({"models", "classifiers", "policies", "posture"})
"""Sections that a reload replaces. All others stay as they were when the process started."""
_NOTHING = object()
_SECRET = "(secret)"  # noqa: S105 - what is shown in the place of one
_UNSET = "(not set)"
_CREDENTIALS = re.compile(r"//[^/@\s'\"]+@")


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting. `before` and `after` are as people may see them: secrets are masked."""

    name: str
    before: str
    after: str

    @property
    def needs_restart(self) -> bool:
        return self.name.partition(".")[0] not in RELOADABLE


def between(before: Settings, after: Settings) -> tuple[Difference, ...]:
    """In the order of the names."""
    # As Python values: secrets are compared by what they hold, and shown by what they show.
    pair = before.model_dump(), after.model_dump()
    shown = before.model_dump(mode="json"), after.model_dump(mode="json")
    return tuple(sorted(_walk("", pair, shown), key=lambda one: one.name))


def reloadable(running: Settings, read: Settings) -> Settings:
    """`read` as far as it can be taken over while the service runs, else `running`.

    Raises: ConfigError where what stays needs what would go.
    """
    merged = running.model_copy(update={name: getattr(read, name) for name in RELOADABLE})
    for name, tenant in merged.tenants.items():
        for policy in (*(tenant.policies or ()), tenant.falls_to):
            if policy not in merged.policies:
                raise ConfigError(
                    f"policies: {policy!r} is gone, and tenants.{name} needs it until a restart"
                )
    return merged


def _walk(name: str, pair: tuple[Any, Any], shown: tuple[Any, Any]) -> Iterator[Difference]:
    before, after = pair
    if before == after:
        return
    if not (isinstance(before, Mapping) and isinstance(after, Mapping)):
        yield _difference(name, pair, shown)
        return
    for key in sorted({*before, *after}, key=str):
        inner = before.get(key, _NOTHING), after.get(key, _NOTHING)
        told = _of(shown[0], key), _of(shown[1], key)
        yield from _walk(f"{name}.{key}" if name else str(key), inner, told)


def _of(shown: Any, key: object) -> Any:
    return shown.get(key, shown.get(str(key), _NOTHING)) if isinstance(shown, Mapping) else shown


def _difference(name: str, pair: tuple[Any, Any], shown: tuple[Any, Any]) -> Difference:
    if any(isinstance(one, SecretStr) for one in pair):
        words = [_UNSET if one is None or one is _NOTHING else _SECRET for one in pair]
        return Difference(name, *words)
    return Difference(name, *(_UNSET if one is _NOTHING else _masked(repr(one)) for one in shown))


def _masked(text: str) -> str:
    """Without what an address holds of a user and a password."""
    return _CREDENTIALS.sub("//***@", text)
