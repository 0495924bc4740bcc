"""`candor webhook` in a process of its own."""

import base64
import re
import signal
import ssl
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
from tests.injector.process import is_up, process, until, wait
from tests.papers import issue


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
