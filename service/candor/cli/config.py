"""candor config: what is in force, and whether a file is right."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer
import yaml

from candor.cli import config_diff
from candor.cli import reference as settings_reference
from candor.cli.serve import ConfigOption
from candor.settings import load
from candor.wiring import verify

app = typer.Typer(help="Show or validate the configuration.", no_args_is_help=True)


@app.command("show")
def show(config: ConfigOption = None) -> None:
    """Print the whole configuration in force as YAML, secrets masked."""
    settings = load(config)
    plain = json.loads(settings.model_dump_json())
    typer.echo(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True), nl=False)


@app.command("validate")
def validate(
    file: Annotated[
        Path | None, typer.Argument(help="YAML file; default: what CANDOR_CONFIG names.")
    ] = None,
) -> None:
    """Check a file and every name in it without serving; exit code 4 when it is wrong."""
    settings = load(file)
    asyncio.run(verify(settings))
    policies = ", ".join(sorted(settings.policies))
    noun = "policy" if len(settings.policies) == 1 else "policies"
    typer.echo(f"valid: {len(settings.policies)} {noun}: {policies}")


@app.command("diff")
def diff(
    old: Annotated[Path, typer.Argument(help="YAML file; with --url the new one.")],
    new: Annotated[Path | None, typer.Argument(help="YAML file that would follow it.")] = None,
    url: Annotated[
        str | None, typer.Option(help="Compare with the policies of a running service.")
    ] = None,
) -> None:
    """Show what a reload would change, and what needs a restart; secrets are never shown."""
    if (new is None) == (url is None):
        raise typer.BadParameter("give two files, or one file and --url")
    lines = config_diff.of_files(old, new) if new else config_diff.of_service(url or "", old)
    for line in lines:
        typer.echo(line)


@app.command("reference")
def reference() -> None:
    """Print every setting as Markdown (docs/configuration.md)."""
    typer.echo(settings_reference.markdown(), nl=False)
