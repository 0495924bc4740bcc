"""The `candor` command: one module a sub-command, their exit codes in one place."""

import gc
import sys
from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum
from importlib import import_module
from types import ModuleType
from typing import Any, cast

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

from candor import __version__
from candor.domain.errors import (
    CandorError,
    ConfigError,
    LedgerOff,
    LedgerUnavailable,
    RedisUnavailable,
)


class Exit(IntEnum):
    """What scripts can rely on; `candor check` adds 1 and 3."""

    OK = 0
    BAD_INPUT = 2
    BAD_CONFIG = 4
    FAILED = 5


COMMANDS: Mapping[str, str] = {
    "serve": "serve:serve",
    "check": "check:check",
    "attack": "attack:attack",
    "calibrate": "calibrate:calibrate",
    "eval": "evaluate:evaluation",
    "learn-demo": "learn_demo:learn_demo",
    "collect": "collect:collect",
    "demo": "demo:demo",
    "operations": "operations:operations",
    "openapi": "openapi:openapi",
    "train": "train:train",
    "webhook": "webhook:webhook",
    "worker": "worker:worker",
    "audit": "audit:app",
    "cache": "cache:app",
    "config": "config:app",
    "keys": "keys:app",
    "screen": "screen:app",
    "ledger": "ledger:app",
}
"""Where each is, in `candor.cli`: a function, or an application with commands of its own."""
_SERVICES = ("candor.cli.serve", "candor.cli.worker")


class _Imported(Mapping[str, Any]):
    """The command that is asked for is imported and no other; --help asks for all of them."""

    def __getitem__(self, name: str) -> Any:
        return _imported(name)

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class _Asked(TyperGroup):
    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = cast(Any, _Imported())


def _imported(name: str) -> Any:
    """Raises: KeyError."""
    module, _, attribute = COMMANDS[name].partition(":")
    found = getattr(_loaded(f"candor.cli.{module}"), attribute)
    if isinstance(found, typer.Typer):
        group = get_group(found)
        group.name = name
        return group
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.command(name)(found)
    return get_command(alone)


def _loaded(name: str) -> ModuleType:
    """What is imported stays: looking through it for garbage again and again would take a quarter
    of the time to start."""
    gc.disable()
    try:
        return _without_display(name) if name in _SERVICES else import_module(name)
    finally:
        gc.freeze()
        gc.enable()


def _without_display(name: str) -> ModuleType:
    """structlog and httpx load these where they are installed, for what a service never shows:
    40 ms and 4 MB."""
    absent = [one for one in ("rich", "pygments") if one not in sys.modules]
    sys.modules.update(dict.fromkeys(absent, cast(ModuleType, None)))
    try:
        return import_module(name)
    finally:
        for one in absent:
            del sys.modules[one]


app = typer.Typer(
    name="candor",
    cls=_Asked,
    help="Tells whether a multimodal model is deceiving its user.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version and exit."
    ),
) -> None:
    """Tells whether a multimodal model is deceiving its user."""


def main(words: Sequence[str] | None = None) -> None:
    """`words`: instead of those that the process was started with."""
    try:
        app(words)
    except (ConfigError, LedgerOff) as exc:
        _fail(exc, Exit.BAD_CONFIG)
    except (LedgerUnavailable, RedisUnavailable) as exc:
        _fail(exc, Exit.FAILED)
    except CandorError as exc:
        _fail(exc, Exit.BAD_INPUT)
    except OSError as exc:
        _fail(exc, Exit.FAILED)


def _fail(exc: Exception, code: Exit) -> None:
    hint = getattr(exc, "hint", "")
    from rich.console import Console  # noqa: PLC0415 # not loaded where nothing fails

    Console(stderr=True, highlight=False, markup=False).print(f"candor: {exc}", soft_wrap=True)
    if hint:
        Console(stderr=True, highlight=False, markup=False).print(f"  {hint}", soft_wrap=True)
    sys.exit(code)
