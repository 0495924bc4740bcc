"""The `candor` command in this process: a start of Python costs more than most commands do."""

import os
from dataclasses import dataclass

from typer.testing import CliRunner

from candor.cli.main import main


@dataclass(frozen=True)
class Done:
    """How it ended, with the words and the code that a script gets."""

    returncode: int
    stdout: str
    stderr: str


def candor(*words: str, **environment: str) -> Done:
    ours = dict.fromkeys(name for name in os.environ if name.startswith("CANDOR_"))
    code: object = 0
    with CliRunner().isolation(env={**ours, **environment}) as (stdout, stderr, _):
        try:
            main(words)
        except SystemExit as end:
            code = end.code or 0
        assert isinstance(code, int)
        return Done(code, stdout.getvalue().decode(), stderr.getvalue().decode())
