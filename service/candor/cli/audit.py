"""candor audit: whether audit logs are whole."""

from pathlib import Path
from typing import Annotated

import typer

from candor.adapters.auditlog.chain import HASH_LENGTH, Place
from candor.adapters.auditlog.verify import Result
from candor.adapters.auditlog.verify import verify as examine
from candor.cli.serve import ConfigOption
from candor.domain.errors import InvalidExchange
from candor.settings import load

app = typer.Typer(help="Check audit logs.", no_args_is_help=True)

FOUND = 1

Logs = Annotated[
    list[Path] | None,
    typer.Argument(help="Files or folders; default: audit_log.folder.", show_default=False),
]
_EXPECT = "How far a chain goes, as `candor audit heads` printed it: CHAIN:NUMBER:HASH."


@app.command("verify")
def verify(
    logs: Logs = None,
    expect: Annotated[list[str] | None, typer.Option("--expect", help=_EXPECT)] = None,
    config: ConfigOption = None,
) -> None:
    """Name every line that was changed, removed, moved or cut off; exit code 1 when there is
    one. The key of the digests comes from audit_log.key."""
    result = _examined(logs, config, expect or [])
    for fault in result.faults:
        typer.echo(str(fault))
    for chain in result.chains:
        how = "closed" if chain.closed else "open"
        since = f", from number {chain.first}" if chain.first else ""
        typer.echo(f"{chain.name}: {chain.lines} lines in {chain.files} file(s){since}, {how}")
    if result.faults:
        typer.echo(f"{len(result.faults)} fault(s)", err=True)
        raise typer.Exit(FOUND)
    typer.echo("whole")


@app.command("heads")
def heads(logs: Logs = None, config: ConfigOption = None) -> None:
    """Print how far each chain goes: kept elsewhere, it proves an end that was cut off together
    with its head."""
    for chain in _examined(logs, config, []).chains:
        typer.echo(f"{chain.name}:{chain.place.seq}:{chain.place.hash}")


def _examined(logs: list[Path] | None, config: Path | None, expect: list[str]) -> Result:
    settings = load(config).audit_log
    chosen = logs or ([settings.folder] if settings.folder else [])
    if not chosen:
        raise InvalidExchange(
            "there is nothing to check", field="", hint="name files, or set audit_log.folder"
        )
    return examine(chosen, settings.digests, dict(map(_noted, expect)))


def _noted(text: str) -> tuple[str, Place]:
    name, _, rest = text.partition(":")
    number, _, proof = rest.partition(":")
    if not number.isdigit() or len(proof) != HASH_LENGTH:
        raise InvalidExchange(
            f"{text!r} is no head", field="--expect", hint="give what `candor audit heads` printed"
        )
    return name, Place(int(number), proof)
