"""What a plain deployment does not use, it does not load."""

import subprocess
import sys

from typer.testing import CliRunner

from candor.cli.main import COMMANDS, app

# FastAPI itself imports the interface of OpenTelemetry; nothing may bring its machinery along.
HEAVY = (
    "redis",
    "aiohttp",
    "sqlalchemy",
    "alembic",
    "opentelemetry.sdk",
    "onnxruntime",
    "rapidocr",
    "sklearn",
    "scipy",
    "numpy",
    "limits",
    "yarl",
    "pydantic.v1",
    "rich",
    "pygments",
)
SERVED = """
import asyncio, sys
from contextlib import nullcontext
from candor.cli import main

main._loaded("candor.cli.serve")

from candor.cli import serving
from candor.settings import Settings
from candor.wiring import open_state

async def opened():
    async with open_state(Settings.model_validate({"ocr": {"kind": "none"}})) as state:
        serving.create_app(lambda: nullcontext(state))
        await asyncio.sleep(0)

asyncio.run(opened())
print(*sorted(sys.modules))
"""


def test_serving_with_the_defaults_loads_nothing_that_they_do_not_use() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SERVED], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "candor.wiring" in loaded
    assert loaded & set(HEAVY) == set()


ASKED = """
import sys
from typer.testing import CliRunner
from candor.cli.main import app

CliRunner().invoke(app, ["{}"])
print(*sorted(name for name in sys.modules if name.startswith("candor.")))
"""


def _loaded_for(asked: str) -> set[str]:
    command = [sys.executable, "-c", ASKED.format(asked)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_version_is_told_without_loading_what_judges() -> None:
    loaded = _loaded_for("--version")
    assert "candor.cli.main" in loaded
    assert "candor.wiring" not in loaded


def test_a_command_does_not_load_the_others() -> None:
    loaded = _loaded_for("keys")
    assert "candor.cli.keys" in loaded
    assert loaded.isdisjoint({"candor.cli.serve", "candor.cli.evaluate", "candor.cli.train"})


def test_every_command_of_the_table_is_there() -> None:
    told = CliRunner().invoke(app, ["--help"], terminal_width=200)
    assert told.exit_code == 0, told.output
    assert all(f" {name} " in told.output for name in COMMANDS)


def test_sigterm_ends_a_command_that_nobody_listens_in_yet() -> None:
    told = "import os, signal; from candor.__main__ import _stop; signal.signal(15, _stop); "
    ended = subprocess.run(
        [sys.executable, "-c", told + "os.kill(os.getpid(), 15)"], timeout=60, check=False
    )
    assert ended.returncode == 128 + 15
