"""Reloads while requests are answered: over a socket, in a process of its own.

60 reloads by default; `CANDOR_RELOADS=1000` for the full story, which takes some minutes.
"""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.service import Service, serving

RELOADS = int(os.environ.get("CANDOR_RELOADS", "60"))
CALLERS = 4
# Of what the process holds after a tenth of the reloads. Allocators take some time to settle.
MOST_GROWTH_BYTES = 12 * 2**20
FIRST, SECOND = "review", "block"
ASKED = {
    "prompt": "Is the door open?",
    "response": "It may well be.",
    "options": {"cache": "bypass"},
}


def config(action: str) -> str:
    """Every word of the policy that an answer shows says which of the two it is."""
    near = "0.05" if action == FIRST else "0.04"
    return f"""
server: {{watch_seconds: 0}}
ocr: {{kind: none}}
logs: {{level: error}}
policies:
  default:
    tiers: [{{kind: screen, band: {{non_deceptive_below: {near}, deceptive_above: 0.99}}}}]
    on_inconclusive: {action}
  other:
    tiers: [{{kind: screen, band: {{non_deceptive_below: {near}, deceptive_above: 0.98}}}}]
    on_inconclusive: {action}
"""


def resident(pid: int) -> int:
    """Bytes of memory that the process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@dataclass
class Seen:
    """What callers were told: how often, and which action came with which version."""

    statuses: Counter[int] = field(default_factory=Counter)
    pairs: set[tuple[str, str, str]] = field(default_factory=set)

    def took(self, answer: httpx.Response) -> None:
        self.statuses[answer.status_code] += 1
        if answer.is_success:
            said: dict[str, Any] = answer.json()
            assert said["posture"]["action"] == said["action"]
            policy = said["policy"]
            self.pairs.add((policy["name"], policy["version"], said["action"]))


@asynccontextmanager
async def asking(service: Service, seen: Seen) -> AsyncIterator[None]:
    async def ask(client: httpx.AsyncClient, policy: str) -> None:
        while True:
            seen.took(await client.post("/v1/monitor", json={**ASKED, "policy": policy}))

    async with httpx.AsyncClient(base_url=service.base_url, trust_env=False) as client:
        names = ["default", "other"] * (CALLERS // 2)
        tasks = [asyncio.create_task(ask(client, name)) for name in names]
        yield
        for task in tasks:
            assert not task.done(), task.exception()
            task.cancel()
        await asyncio.wait(tasks)


async def test_reloads_under_load_fail_no_request_mix_no_policies_and_keep_memory_flat(
    tmp_path: Path,
) -> None:
    with serving(tmp_path, config(FIRST)) as service:
        file, pid = tmp_path / "candor.yaml", service.process.pid
        seen, held = Seen(), []
        async with (
            asking(service, seen),
            httpx.AsyncClient(base_url=service.base_url, trust_env=False) as admin,
        ):
            for number in range(RELOADS):
                action = FIRST if number % 2 else SECOND
                file.write_text(config(action), encoding="utf-8")
                answer = await admin.post("/v1/admin/reload", timeout=30)
                assert answer.status_code == 200, answer.text
                assert answer.json()["generation"] == number + 2
                held.append(resident(pid))
            metrics = (await admin.get("/metrics")).text

    early, late = max(held[: max(1, RELOADS // 10)]), held[-1]
    print(f"{RELOADS} reloads, {dict(seen.statuses)}, RSS {held[0]} {early} {late}")  # noqa: T201
    assert set(seen.statuses) == {200}
    assert seen.statuses[200] > RELOADS
    # Each policy has two versions, and each version one action only.
    assert len(seen.pairs) == 4
    assert len({version for _, version, _ in seen.pairs}) == 4
    assert late - early < MOST_GROWTH_BYTES
    assert f'candor_reloads_total{{result="replaced"}} {RELOADS}.0' in metrics
