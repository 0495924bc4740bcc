"""What would change: between two configuration files, or between a file and a running service."""

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx

from candor.domain.errors import ConfigError
from candor.reloading.differences import Difference, between
from candor.settings import load
from candor.wiring import fingerprints

_SECONDS = 10.0


def of_files(old: Path, new: Path) -> list[str]:
    """Lines for people. Raises: ConfigError."""
    before, after = load(old), load(new)
    versions = asyncio.run(fingerprints(before)), asyncio.run(fingerprints(after))
    return [*_policies(*versions), *_settings(between(before, after))]


def of_service(url: str, new: Path) -> list[str]:
    """A service tells its policies and nothing else. Raises: ConfigError."""
    return [*_policies(_running(url), asyncio.run(fingerprints(load(new))))]


def _running(url: str) -> Mapping[str, str]:
    try:
        answer = httpx.get(f"{url.rstrip('/')}/v1/policies", trust_env=False, timeout=_SECONDS)
        answer.raise_for_status()
        listed = answer.json()["policies"]
        return {str(policy["name"]): str(policy["version"]) for policy in listed}
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError) as exc:
        raise ConfigError(
            f"{url} does not tell its policies ({type(exc).__name__}): give the address of a "
            "running service, such as http://127.0.0.1:8080"
        ) from exc


def _policies(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old == new:
            yield f"policy {name}: stays {new}"
        elif old is None:
            yield f"policy {name}: new, {new}"
        elif new is None:
            yield f"policy {name}: gone, was {old}"
        else:
            yield f"policy {name}: {old} -> {new}"


def _settings(differences: tuple[Difference, ...]) -> Iterator[str]:
    for one in differences:
        note = "  [needs a restart]" if one.needs_restart else ""
        yield f"{one.name}: {one.before} -> {one.after}{note}"
