"""What an operator sees of keys, and tokens of a provider, with the real service."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import yaml
from joserfc import jwt
from joserfc.jwk import ECKey

from tests.service import serving

_SCREEN = """
ocr: {kind: none}
policies: {default: {tiers: [{kind: screen}], require: [response]}}
"""
BODY = {"prompt": "p", "response": "r"}


def test_a_service_that_asks_nobody_beyond_loopback_says_so(tmp_path: Path) -> None:
    with serving(tmp_path, f"server: {{host: 0.0.0.0}}\n{_SCREEN}") as service:
        ready = httpx.get(f"{service.base_url}/readyz", trust_env=False).json()
        assert ready["status"] == "ready"
        assert any("nobody is asked for a key" in note for note in ready["notes"])
        assert "no_keys" in service.log
        answer = httpx.post(f"{service.base_url}/v1/monitor", json=BODY, trust_env=False)
        assert answer.status_code == 200


def test_a_key_made_by_the_command_line_is_rotated_without_a_restart(tmp_path: Path) -> None:
    def made() -> tuple[str, str]:
        command = [sys.executable, "-m", "candor", "keys", "new", "--tenant", "acme"]
        told = subprocess.run(
            [*command, "--expires", "1"], check=True, capture_output=True, text=True
        )
        secret, line = told.stdout.splitlines()
        assert secret not in told.stderr + line
        return secret, line

    (old, old_line), (new, new_line) = made(), made()
    assert yaml.safe_load(old_line)[0]["tenant"] == "acme"
    file = tmp_path / "keys.yaml"
    file.write_text(old_line)
    config = f"auth: {{keys_file: {file}}}\n{_SCREEN}"
    with serving(tmp_path, config) as service:

        def status(key: str) -> int:
            headers = {"authorization": f"Bearer {key}"}
            url = f"{service.base_url}/v1/monitor"
            return httpx.post(url, json=BODY, headers=headers, trust_env=False).status_code

        assert (status(old), status(new)) == (200, 401)
        file.write_text(f"{old_line}\n{new_line}\n")
        give_up = time.monotonic() + 10
        while status(new) != 200:
            assert time.monotonic() < give_up
            time.sleep(0.1)
        assert status(old) == 200
        file.write_text(new_line)
        while status(old) != 401:
            assert time.monotonic() < give_up
            time.sleep(0.1)
        assert status(new) == 200


@contextmanager
def provider(key: ECKey) -> Iterator[str]:
    """Publishes the key on loopback."""
    told = json.dumps({"keys": [key.as_dict(private=False)]}).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # its name
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/jwks"
        finally:
            server.shutdown()
            thread.join()


def test_tokens_of_a_provider_let_in_for_their_tenant_and_scopes(tmp_path: Path) -> None:
    key = ECKey.generate_key("P-256", {"kid": "one"})
    with provider(key) as jwks:
        oidc = f"{{issuer: me, audience: candor, jwks_url: '{jwks}', algorithms: [ES256]}}"
        config = f"auth: {{oidc: {oidc}}}\ntenants: {{acme: {{}}}}\n{_SCREEN}"
        with serving(tmp_path, config) as service:

            def answer(path: str, **claims: object) -> httpx.Response:
                told = {"iss": "me", "aud": "candor", "sub": "s", "exp": int(time.time()) + 60}
                token = jwt.encode({"alg": "ES256", "kid": "one"}, {**told, **claims}, key)
                headers = {"authorization": f"Bearer {token}"}
                url = service.base_url + path
                return httpx.post(url, json=BODY, headers=headers, trust_env=False)

            monitor, jobs = "/v1/monitor", "/v1/monitor/jobs"
            assert answer(monitor, tenant="acme", scope="monitor").status_code == 200
            assert answer(jobs, tenant="acme", scope="monitor").status_code == 403
            assert answer(monitor, tenant="globex", scope="monitor").status_code == 401
            late = answer(monitor, tenant="acme", scope="monitor", exp=1)
            assert (late.status_code, late.json()["detail"]) == (401, "the token has expired")
