"""A whole deployment for chaos: Redis on disk, `candor serve`, workers that are killed, a model
and a receiver on loopback."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.ports import free_port
from tests.redis_server import RedisServer

CONFIG = """
redis: {{url: "{redis}", timeout_ms: 1000}}
jobs:
  kind: redis
  concurrency: {concurrency}
  idle_seconds: 0.05
  metrics_port: 0
  limits: {{lease_seconds: 2, delivery_lease_seconds: 3}}
  webhooks:
    http_hosts: ["{receiver}"]
    secrets: [a secret for a test]
    timeout_seconds: 2
    backoff_seconds: 0.2
ocr: {{kind: none}}
models: {{judge: {{provider: openai-compatible, base_url: "{model}", model: any}}}}
policies:
  default:
    tiers: [{{kind: judge, model: judge}}]
    require: [response]
"""


@dataclass
class Workers:
    """Keeps a number of `candor worker` processes alive, and kills them."""

    config: Path
    wanted: int
    killed: int = 0
    log: Path = field(init=False)
    _running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.log = self.config.with_name("workers.log")

    def fill(self) -> None:
        self._running = [one for one in self._running if one.poll() is None]
        while len(self._running) < self.wanted:
            command = [sys.executable, "-m", "candor", "worker", "--config", str(self.config)]
            with self.log.open("ab") as log:
                self._running.append(subprocess.Popen(command, env=_clean(), stderr=log))

    def kill(self, chance: random.Random | None = None) -> None:
        """The first of them, or any."""
        victim = chance.choice(self._running) if chance else self._running[0]
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        self.killed += 1

    def stop(self) -> list[int]:
        """SIGTERM to all, and their exit codes."""
        for one in self._running:
            one.send_signal(signal.SIGTERM)
        return [one.wait(timeout=30) for one in self._running]

    def end(self) -> None:
        for one in self._running:
            one.kill()
            one.wait()


async def killing(workers: Workers, every: float, chance: random.Random) -> None:
    """Until it is cancelled: every so many seconds one is killed, and another begins."""
    while True:
        await asyncio.sleep(every)
        workers.kill(chance)
        workers.fill()


@asynccontextmanager
async def redis_on_disk(binary: str, directory: Path) -> AsyncIterator[RedisServer]:
    # The last of two contradicting options counts.
    server = RedisServer(binary, directory, more=["--appendonly", "yes"])
    await server.start()
    try:
        yield server
    finally:
        await server.kill()


@asynccontextmanager
async def serving(config: Path) -> AsyncIterator[str]:
    """The base URL of a `candor serve`."""
    port = free_port()
    command = [sys.executable, "-m", "candor", "serve", "--port", str(port)]
    with config.with_name("serve.log").open("wb") as log:
        told = [*command, "--config", str(config)]
        process = await asyncio.create_subprocess_exec(*told, env=_clean(), stderr=log)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


def _clean() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith("CANDOR_")}


def stamp() -> float:
    return time.monotonic()
