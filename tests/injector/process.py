"""`candor webhook` in a process of its own."""

import os
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx

from tests.ports import free_port


@contextmanager
def process(*options: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """And its port on localhost."""
    port = free_port()
    command = [sys.executable, "-m", "candor", "webhook", "--port", str(port)]
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("CANDOR_", "KUBERNETES_"))}
    with subprocess.Popen(
        [*command, *options], env=clean, stderr=subprocess.PIPE, text=True
    ) as started:
        try:
            yield started, port
        finally:
            started.kill()


def is_up(port: int, path: str, verify: ssl.SSLContext) -> bool:
    try:
        address = f"https://localhost:{port}{path}"
        return httpx.get(address, verify=verify, trust_env=False).is_success
    except httpx.TransportError:
        return False


def wait(port: int, path: str, verify: ssl.SSLContext) -> None:
    until(lambda: is_up(port, path, verify))


def until(holds: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < give_up
        time.sleep(0.1)
