"""`candor webhook` in a process of its own."""

import base64
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio.to_thread
import httpx
import pytest
from typer.testing import CliRunner

from candor.cli.main import app
from candor.domain.errors import ConfigError
from candor.injector.app import Limits
from candor.injector.command import Options, run
from candor.injector.injector import Rules
from candor.injector.serving import Address
from tests.injector.kubernetes_server import (
    CONFIGURATION,
    NAMESPACE,
    SECRET,
    KubernetesServer,
    running,
)
from tests.injector.pods import containers, patch_of, patched, pod, review
from tests.papers import issue


@contextmanager
def process(*options: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
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


def test_with_a_mounted_certificate_it_injects_until_sigterm(tmp_path: Path) -> None:
    papers = issue(tmp_path)
    papers.certificate.rename(tmp_path / "tls.crt")
    papers.key.rename(tmp_path / "tls.key")
    trust = ssl.create_default_context(cafile=str(papers.authority))
    options = ("--cert-dir", str(tmp_path), "--native", "always", "--drain-seconds", "2")
    with process(*options) as (started, port):
        wait(port, "/readyz", trust)
        address = f"https://localhost:{port}/mutate"
        answer = httpx.post(address, json=review(pod()), verify=trust, trust_env=False).json()
        assert containers(patched(pod(), patch_of(answer))) == ["candor"]
        started.send_signal(signal.SIGTERM)
        until(lambda: not is_up(port, "/readyz", trust))
        # Others may not know yet that it leaves.
        assert is_up(port, "/healthz", trust)
        assert started.wait(timeout=20) == 0


async def test_with_its_own_certificate_it_is_ready_once_the_api_server_trusts_it(
    tmp_path: Path,
) -> None:
    server = KubernetesServer()
    async with running(server, tmp_path / "account") as reached:
        options = (
            *("--self-signed", "--secret", SECRET, "--webhook-configuration", CONFIGURATION),
            *("--service", "localhost", "--namespace", NAMESPACE, "--check-seconds", "0.2"),
            *("--account-dir", str(reached.account), "--api-server", reached.address),
        )
        blind = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
        with process(*options) as (_, port):
            await anyio.to_thread.run_sync(wait, port, "/readyz", blind)
            bundle = ssl.create_default_context(cadata=bundle_of(server))
            assert await anyio.to_thread.run_sync(is_up, port, "/healthz", bundle)


def bundle_of(server: KubernetesServer) -> str:
    return base64.b64decode(server.bundle, validate=True).decode("ascii")


def test_a_mistake_stops_the_start_with_words_and_a_code() -> None:
    with process("--self-signed", "--secret", "a") as (started, _):
        _, told = started.communicate(timeout=30)
    assert started.returncode == 4
    assert "--self-signed needs --webhook-configuration" in " ".join(told.split())


def test_where_the_certificate_is_from_has_to_be_said() -> None:
    with pytest.raises(ConfigError, match="one of --cert-dir and --self-signed"):
        CliRunner().invoke(app, ["webhook"], catch_exceptions=False)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({}, "needs tls.crt and tls.key"),
        ({"template": Path("no.yaml")}, "template cannot be read"),
        ({"version": "new"}, "not such as 1.31"),
    ],
)
async def test_other_mistakes_do_too(tmp_path: Path, wrong: dict[str, Any], words: str) -> None:
    right = Options(tmp_path, Address("127.0.0.1", 0), Rules(), Limits(), version="1.31")
    with pytest.raises(ConfigError, match=re.escape(words)):
        await run(replace(right, **wrong))
