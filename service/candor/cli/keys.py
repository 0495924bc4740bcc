"""candor keys: make API keys."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
import yaml
from pydantic import ValidationError

from candor.adapters.identity import new_key
from candor.domain.callers import DEFAULT_TENANT, Scope

app = typer.Typer(help="Make API keys.", no_args_is_help=True)


@app.callback()
def _keys() -> None:
    """Make API keys."""


@app.command("new")
def new(
    tenant: Annotated[str, typer.Option(help="Whose key it is.")] = DEFAULT_TENANT,
    scopes: Annotated[
        str, typer.Option(help=f"By commas: {', '.join(Scope)}.")
    ] = Scope.MONITOR.value,
    expires: Annotated[
        int | None, typer.Option(min=1, help="Days until it opens nothing; default: never.")
    ] = None,
) -> None:
    """Make one key. It is printed once, here; the configuration gets the digest alone."""
    until = None if expires is None else datetime.now(UTC) + timedelta(days=expires)
    try:
        made = new_key(tenant, _scopes(scopes), until)
    except ValidationError as exc:
        raise typer.BadParameter(exc.errors(include_input=False)[0]["msg"]) from exc
    told = made.config.model_dump(mode="json", exclude_none=True)
    told["scopes"] = sorted(told["scopes"])
    line = yaml.safe_dump(told, default_flow_style=True, sort_keys=False, width=10_000).strip()
    typer.echo("Give this to the caller. It cannot be shown again:", err=True)
    typer.echo(made.secret)
    typer.echo("Put this under auth.keys, or into the file that auth.keys_file names:", err=True)
    typer.echo(f"- {line}")


def _scopes(names: str) -> frozenset[Scope]:
    try:
        return frozenset(Scope(name.strip()) for name in names.split(","))
    except ValueError as exc:
        known = ", ".join(Scope)
        raise typer.BadParameter(f"a scope is one of: {known}") from exc
