"""Servers as processes of their own, and what the operating system says of them.

Linux only: CPU time comes from the process's own clock, memory from /proc.
"""

import http.client
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.bench.machine import ROOT
from tests.ports import free_port
from tests.scrape import Scrape

WITHOUT_OCR = "ocr: {kind: none}"
"""Starts in a third of the time."""
_START_SECONDS = 60
_BYTES_SHOWN = 2000


@dataclass(frozen=True, slots=True)
class Server:
    """A running server on a port of the loopback. `start_seconds`: from spawning it to its
    first 200."""

    port: int
    pid: int
    start_seconds: float
    exit_code: Callable[[], int | None] = lambda: None
    """None while it runs."""

    def cpu_seconds(self) -> float:
        """Of the process and all that descend from it, to the nanosecond."""
        return sum(_cpu_seconds(pid) for pid in family(self.pid))

    async def metrics(self) -> Scrape:
        async with httpx.AsyncClient(trust_env=False) as client:
            return Scrape.of((await client.get(f"{self.base_url}/metrics")).text)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def workers(self) -> list[int]:
        """Process ids of those that answer: of several workers, those beneath the first."""
        return [pid for pid in family(self.pid)[1:] if "spawn_main" in command_line(pid)] or [
            self.pid
        ]

    def resident_megabytes(self) -> float:
        return sum(resident_megabytes(pid) for pid in family(self.pid))


@contextmanager
def candor(config: str = "{}") -> Iterator[Server]:
    """`candor serve` with this YAML, ready to judge."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
        file.write(config)
        file.flush()
        command = ["-m", "candor", "serve", "--config", file.name, "--port"]
        with _running(command, ready="/readyz") as server:
            yield server


@contextmanager
def uvicorn(app: str) -> Iterator[Server]:
    """`app` as `module:name`, with the same loop and parser as Candor, and no access log."""
    command = ["-m", "uvicorn", app, "--no-access-log", "--log-level", "warning"]
    command += ["--no-server-header", "--loop", "uvloop"]
    with _running([*command, "--http", "httptools", "--port"], ready="/") as server:
        yield server


@contextmanager
def _running(command: Sequence[str], ready: str) -> Iterator[Server]:
    """The port goes behind the command; `ready` is the path that answers 200 when it is."""
    port = free_port()
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *command, str(port)],
            cwd=ROOT,
            env=_environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            while not _answers(port, ready):
                if process.poll() is not None or time.perf_counter() - started > _START_SECONDS:
                    output.seek(0)
                    said = output.read().decode(errors="replace")[-_BYTES_SHOWN:]
                    raise RuntimeError(f"{' '.join(command)} did not become ready:\n{said}")
                time.sleep(0.005)
            yield Server(port, process.pid, time.perf_counter() - started, process.poll)
        finally:
            process.terminate()
            process.wait(30)


def _environment() -> dict[str, str]:
    """As a deployment has it: byte-code is kept, and no setting slips in."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("CANDOR_")}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return kept


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _cpu_seconds(pid: int) -> float:
    # What clock_getcpuclockid(3) returns: /proc/<pid>/stat has the same, in hundredths.
    return time.clock_gettime((~pid << 3) | 2)


def resident_megabytes(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0


def command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")


def family(pid: int) -> list[int]:
    """Itself first."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    children = " ".join((t / "children").read_text(encoding="ascii") for t in threads).split()
    return [pid, *(one for child in children for one in family(int(child)))]
