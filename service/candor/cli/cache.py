"""candor cache: forget verdicts that are remembered."""

import asyncio
import re
from typing import Annotated

import typer

from candor.cli.serve import ConfigOption
from candor.domain.errors import ConfigError, InvalidExchange
from candor.settings import Settings, load
from candor.wiring import open_parts

app = typer.Typer(help="Forget verdicts in Redis.", no_args_is_help=True)

_VERSION = re.compile(r"[0-9a-f]{4,64}")


@app.callback()
def _commands() -> None:
    """Forget verdicts in Redis."""


@app.command("clear")
def clear_cache(
    policy: Annotated[
        str | None, typer.Option(help="Verdicts of this policy as it is configured now.")
    ] = None,
    version: Annotated[
        str | None,
        typer.Option(help="Verdicts of this version of a policy: `policy.version` of an answer."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All verdicts.")] = False,
    config: ConfigOption = None,
) -> None:
    """Forget verdicts in Redis and in every running process. Again does no harm."""
    if sum((policy is not None, version is not None, everything)) != 1:
        raise InvalidExchange(
            "clear needs to know what to forget",
            field="",
            hint="give one of --policy, --version and --all",
        )
    if version is not None and not _VERSION.fullmatch(version):
        raise InvalidExchange(
            f"{version!r} is not a version of a policy",
            field="version",
            hint="it is made of hexadecimal digits, as in `policy.version` of an answer",
        )
    count = asyncio.run(_clear(load(config), policy, version))
    typer.echo(f"{count} verdicts forgotten")


async def _clear(settings: Settings, policy: str | None, version: str | None) -> int:
    redis = settings.shared_redis()
    if settings.cache.kind == "memory" or redis is None:
        raise ConfigError(
            "cache.kind is memory: each process remembers for itself; restart it to forget"
        )
    if policy is not None:
        version = await _version_of(policy, settings)
    # `candor serve` reads this module too, and has no use for redis-py.
    from candor.adapters.cache.clearing import clear  # noqa: PLC0415
    from candor.adapters.redis import open_connection  # noqa: PLC0415

    async with open_connection(redis) as connection:
        return await clear(connection, f"{version}:" if version else "")


async def _version_of(policy: str, settings: Settings) -> str:
    if policy not in settings.policies:
        known = ", ".join(sorted(settings.policies))
        raise InvalidExchange(
            f"there is no policy {policy!r}", field="policy", hint=f"use one of: {known}"
        )
    async with open_parts(settings) as parts:
        return parts.monitor.policies[policy].now().ref.version
