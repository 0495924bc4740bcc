"""Schemathesis against a running service, by its own OpenAPI file."""

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.service import Service, serving

_CONFIG = """
server: {{docs: true}}
ocr: {{kind: none}}
ledger: {{kind: sql, path: "{folder}/ledger.db"}}
jobs: {{kind: memory}}
limits: {{max_body_bytes: 1000000}}
"""
_PATH = os.pathsep.join(path for path in sys.path if path)
# Not `positive_data_acceptance`: that an image must be an image is more than a schema can say.
# Not `ignored_auth` and those of other people's data: this service has no keys.
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
)


@dataclass(frozen=True)
class Attack:
    """`told` is what schemathesis printed, `log` what the service wrote, `cases` how many requests
    were made."""

    failed: bool
    cases: int
    told: str
    log: str


def attacked(folder: Path, seconds: float, seed: int) -> Attack:
    report = folder / "schemathesis.json"
    with tempfile.TemporaryDirectory() as made:
        config = _CONFIG.format(folder=made)
        with serving(Path(made), config) as service:
            told = subprocess.run(
                _command(service, report, seconds, seed),
                check=False,
                capture_output=True,
                text=True,
                timeout=seconds * 3 + 120,
                cwd=made,
                env={**os.environ, "SCHEMATHESIS_HOOKS": "tests.fuzz.hooks", "PYTHONPATH": _PATH},
            )
            log = service.log
    said = told.stdout + told.stderr
    cases = re.search(r"([\d,]+) generated", said)
    return Attack(told.returncode != 0, int(cases[1].replace(",", "")) if cases else 0, said, log)


def _command(service: Service, report: Path, seconds: float, seed: int) -> list[str]:
    return [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{service.base_url}/openapi.json"),
        *("--checks", ",".join(CHECKS)),
        *("--max-time", str(round(seconds)), "--seed", str(seed), "--no-color"),
        *("--generation-database", "none", "--request-timeout", "30"),
        *("--report", "json", "--report-json-path", str(report)),
        *("--warnings", "off", "--suppress-health-check", "all", "--continue-on-failure"),
    ]
