"""A Prometheus of our own for a test: started on a free port, gone with the test."""

import math
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.ports import free_port

START_SECONDS = 30.0


def find_prometheus() -> str | None:
    return shutil.which("prometheus")


def find_promtool() -> str | None:
    return shutil.which("promtool")


@dataclass(frozen=True, slots=True)
class Series:
    """One series and its samples, without those that are no number."""

    labels: Mapping[str, str]
    values: tuple[float, ...]


@dataclass
class PrometheusServer:
    """Scrapes `target` (host:port) with the rules of `folder`; `more` are further entries of
    `scrape_configs`, in JSON."""

    binary: str
    folder: Path
    target: str
    more: tuple[str, ...] = ()
    every: str = "1s"
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        config = self.folder / "prometheus.yml"
        config.write_text(
            f"global: {{scrape_interval: {self.every}, scrape_timeout: {self.every}, "
            "evaluation_interval: 500ms}\n"
            f"rule_files: ['{self.folder}/rules/*.yaml']\n"
            "scrape_configs:\n"
            f"  - {{job_name: candor, static_configs: [{{targets: ['{self.target}']}}]}}\n"
            + "".join(f"  - {one}\n" for one in self.more),
            encoding="utf-8",
        )
        command = [
            self.binary,
            f"--config.file={config}",
            f"--storage.tsdb.path={self.folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--log.level=warn",
        ]
        with (self.folder / "prometheus.log").open("wb") as log:
            self._process = subprocess.Popen(command, stderr=log, stdout=log)
        self._wait()

    def _wait(self) -> None:
        give_up = time.monotonic() + START_SECONDS
        while time.monotonic() < give_up:
            assert self._process is not None
            log = (self.folder / "prometheus.log").read_text(encoding="utf-8")
            assert self._process.poll() is None, f"Prometheus ended at start:\n{log}"
            try:
                if httpx.get(f"{self.base_url}/-/ready", trust_env=False).is_success:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"Prometheus was not ready after {START_SECONDS} s")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def now(self, expr: str) -> list[Series]:
        """The series of this moment."""
        found = self._asked("query", query=expr)
        return [_series(one["metric"], [one["value"]]) for one in found]

    def over(self, expr: str, since: float, until: float, step: float = 1.0) -> list[Series]:
        """The series between two times, in seconds since 1970."""
        given = {"query": expr, "start": str(since), "end": str(until), "step": str(step)}
        return [
            _series(one["metric"], one["values"]) for one in self._asked("query_range", **given)
        ]

    def _asked(self, what: str, **given: str) -> list[dict[str, Any]]:
        answer = httpx.post(
            f"{self.base_url}/api/v1/{what}", data=given, timeout=30, trust_env=False
        ).json()
        assert answer["status"] == "success", f"{given['query']}: {answer.get('error')}"
        found: list[dict[str, Any]] = answer["data"]["result"]
        return found


def _series(labels: Mapping[str, str], values: list[list[Any]]) -> Series:
    numbers = (float(value) for _, value in values)
    return Series(labels, tuple(one for one in numbers if not math.isnan(one)))
