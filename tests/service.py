"""`candor serve` in a process of its own, as an operator runs it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.ports import free_port

START_SECONDS = 30.0


@dataclass(frozen=True)
class Service:
    """A running service; `log` is what it wrote so far."""

    base_url: str
    process: subprocess.Popen[bytes]
    log_path: Path

    @property
    def log(self) -> str:
        return self.log_path.read_text(encoding="utf-8")

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)


@contextmanager
def serving(folder: Path, config: str = "", *, until_ready: bool = True) -> Iterator[Service]:
    """On a free port; `folder` gets the configuration file and the log."""
    port = free_port()
    file = folder / "candor.yaml"
    file.write_text(config, encoding="utf-8")
    log_path = folder / "candor.log"
    clean = {k: v for k, v in os.environ.items() if not k.startswith("CANDOR_")}
    command = [sys.executable, "-m", "candor", "serve", "--port", str(port), "--config", str(file)]
    with log_path.open("wb") as log:
        process = subprocess.Popen(command, env=clean, stderr=log)
    service = Service(f"http://127.0.0.1:{port}", process, log_path)
    try:
        _wait_for(service, "/readyz" if until_ready else "/healthz")
        yield service
    finally:
        process.kill()
        process.wait()


def _wait_for(service: Service, path: str) -> None:
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up:
        assert service.process.poll() is None, f"the service ended at start:\n{service.log}"
        try:
            if httpx.get(service.base_url + path, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"{path} was not well after {START_SECONDS} s:\n{service.log}")
