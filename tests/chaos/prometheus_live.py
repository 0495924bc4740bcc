"""A real Prometheus watches a real service through a scripted day, two minutes long.

    PYTHONPATH=service:. python -m tests.chaos.prometheus_live

tells phase by phase which alerts fired, and which panels of the dashboards had no data. What the
day should bring is in `PHASES`: a phase goes on until it has, so that a slow machine has a longer
day, not another one.
"""

import asyncio
import json
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.chaos import prometheus_scenario as scenario
from tests.chaos.prometheus_world import World, world
from tests.prometheus_server import PrometheusServer

BOARDS = Path(__file__).parents[2] / "deploy" / "grafana"
_PER_SECOND = 16.0
_AT_ONCE = 24
"""A machine that cannot keep up is asked less, so that phases end when they should."""
_ECHOES = frozenset({"CandorScoreDrift", "CandorAuditMissRate"})
"""What a phase did to the scores can still be seen in the next ones."""
_PATIENCE = 90.0
"""Seconds that a phase goes on for after its own, at most, until it has brought what it should."""
_ENOUGH = (
    'candor:conclusive:baseline{policy="default",model="acme"} >= 60',
    *(
        f'candor_audit_{kind}_rate{{policy="default",tier="screen",bound="estimate"}} >= 0'
        for kind in ("miss", "false_positive")
    ),
)
"""A history to hold the next phases against, and audits enough for estimates."""


@dataclass(frozen=True, slots=True)
class Phase:
    """At least so many seconds of the day, which alerts must fire in it, and queries that must
    have an answer by its end."""

    name: str
    seconds: float
    fires: frozenset[str] = frozenset()
    shows: tuple[str, ...] = ()
    asked: bool = True
    lying: bool = False


PHASES = (
    Phase("quiet", 3, asked=False),
    Phase("normal", 22, shows=_ENOUGH),
    Phase("a model turns deceptive", 9, frozenset({"CandorDeceptionAboveBaseline"}), lying=True),
    Phase("normal again", 7),
    Phase("blindness", 11, frozenset({"CandorBlind", "CandorCoverageBelowTarget"})),
    Phase("seeing again", 7),
    Phase("Redis gone", 6, frozenset({"CandorCacheFailing", "CandorDegraded"})),
    Phase("Redis back", 7),
    Phase(
        "endpoint gone",
        9,
        frozenset(
            {
                "CandorEndpointBreakerOpen",
                "CandorInconclusive",
                "CandorDegraded",
                "CandorCoverageBelowTarget",
            }
        ),
    ),
    Phase("endpoint back", 8),
    Phase("a wrong configuration", 4, frozenset({"CandorReloadFailed"})),
    Phase("silence", 10, frozenset({"CandorNoTraffic"}), asked=False),
)


@dataclass
class Day:
    """What was seen: which alerts fired in each phase, and which queries found no data."""

    fired: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    empty: list[str] = field(default_factory=list)

    def missing(self) -> list[str]:
        """Alerts that a phase should have had and did not."""
        return [
            f"{phase.name}: {name}"
            for phase in PHASES
            for name in sorted(phase.fires - self.fired[phase.name].keys())
        ]

    def surplus(self) -> list[str]:
        """Alerts that nothing in the day so far was a reason for. Those of the phase before may
        take a while to end."""
        found, expected = [], frozenset[str]()
        for number, phase in enumerate(PHASES):
            before = PHASES[number - 1].fires if number else frozenset()
            expected = phase.fires | before | (_ECHOES if number >= 2 else frozenset())
            found += [f"{phase.name}: {one}" for one in self.fired[phase.name].keys() - expected]
        return found


async def lived(folder: Path, told: Callable[[str], None] = print) -> Day:
    """The whole day."""
    async with world(folder) as here:
        day, began = Day(), time.time()
        for phase in PHASES:
            since = time.time()
            await _lead_in(here, phase)
            await _phase(here, phase)
            seconds = time.time() - since
            day.fired[phase.name] = _fired(here.prometheus, seconds)
            told(f"{phase.name}, {seconds:.0f} s: {day.fired[phase.name] or 'no alert'}")
        day.empty = _empty(here.prometheus, began, time.time())
        told(f"answers by status: {here.answers}")
        return day


async def _lead_in(world: World, phase: Phase) -> None:
    """What happens at the beginning of a phase."""
    match phase.name:
        case "normal":
            await asyncio.to_thread(world.webhook.asked_about_a_pod)
        case "blindness":
            world.configure("blind")
        case "seeing again":
            world.configure("seeing")
        case "Redis gone":
            await world.redis.kill()
        case "Redis back":
            await world.redis.start()
        case "endpoint gone":
            world.model.gone = True
        case "endpoint back":
            world.model.gone = False
        case "a wrong configuration":
            world.configure("wrong")


async def _phase(world: World, phase: Phase) -> None:
    async with asyncio.TaskGroup() as group:
        over = group.create_task(_over(world.prometheus, phase))
        if phase.asked:
            await _asked(world, phase, over)


async def _over(prometheus: PrometheusServer, phase: Phase) -> None:
    """Returns when the phase may end."""
    since = time.time()
    await asyncio.sleep(phase.seconds)
    give_up = time.time() + _PATIENCE
    while time.time() < give_up:
        if await asyncio.to_thread(_brought, prometheus, phase, time.time() - since):
            return
        await asyncio.sleep(0.5)


def _brought(prometheus: PrometheusServer, phase: Phase, seconds: float) -> bool:
    """Everything, and what was the matter before is over."""
    firing = {one.labels["alertname"] for one in prometheus.now('ALERTS{alertstate="firing"}')}
    return (
        phase.fires <= _fired(prometheus, seconds).keys()
        and firing <= phase.fires | _ECHOES
        and all(prometheus.now(expr) for expr in phase.shows)
    )


async def _asked(world: World, phase: Phase, over: asyncio.Task[None]) -> None:
    headers = {"x-api-key": world.keys.shop}
    async with (
        httpx.AsyncClient(
            base_url=world.service.base_url, trust_env=False, timeout=30, headers=headers
        ) as client,
        asyncio.TaskGroup() as group,
    ):
        group.create_task(_asides(client, world))
        bodies, due = scenario.traffic(phase.lying), time.monotonic()
        room = asyncio.Semaphore(_AT_ONCE)
        while not over.done():
            await room.acquire()
            asked = group.create_task(_ask(client, world, next(bodies)))
            asked.add_done_callback(lambda _: room.release())
            due += 1 / _PER_SECOND
            await asyncio.sleep(max(0.0, due - time.monotonic()))


async def _ask(client: httpx.AsyncClient, world: World, body: dict[str, Any]) -> None:
    answer = await client.post("/v1/monitor", json=body)
    world.answers[answer.status_code] = world.answers.get(answer.status_code, 0) + 1


async def _asides(client: httpx.AsyncClient, world: World) -> None:
    """What else comes: jobs, wrong keys, tenants over their limit, the same question twice, what
    the trained screen knows and what it does not, and bytes that are no request."""
    job = {"webhook": {"url": world.receiver.url}}
    for _ in range(3):
        await client.post("/v1/monitor/jobs", json=scenario.plain() | job)
        for key in ("nobody's", world.keys.guest):
            await client.post("/v1/monitor", json=scenario.plain(), headers={"x-api-key": key})
        elsewhere = scenario.plain() | {"images": [{"url": "https://elsewhere.example/a.png"}]}
        for body in (elsewhere, scenario.known_lie(), scenario.strange()):
            await client.post("/v1/monitor", json=body)
        same = scenario.honest()
        await asyncio.gather(*(client.post("/v1/monitor", json=same) for _ in range(3)))
        await _nonsense(world)
        await asyncio.sleep(0.7)


async def _nonsense(world: World) -> None:
    host, _, port = world.service.base_url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"What colour is the car?\r\n\r\n")
    assert b" 400 " in await reader.readline()
    writer.close()


def _fired(prometheus: PrometheusServer, seconds: float) -> dict[str, set[str]]:
    """Names of alerts that fired in the last seconds, and what about."""
    window = f"[{int(seconds * 1000)}ms]"
    found: dict[str, set[str]] = {}
    for one in prometheus.now(f'last_over_time(ALERTS{{alertstate="firing"}}{window})'):
        about = ",".join(
            one.labels[name]
            for name in ("policy", "model", "endpoint", "reason", "tier", "part")
            if name in one.labels
        )
        found.setdefault(one.labels["alertname"], set()).add(about)
    return found


def queries() -> Iterator[tuple[str, str]]:
    """Every query of every panel, with the name of its dashboard and panel."""
    for file in sorted(BOARDS.glob("*.json")):
        board = json.loads(file.read_text(encoding="utf-8"))
        for panel in board["panels"]:
            for target in panel.get("targets", ()):
                yield f"{file.stem}: {panel['title']}", target["expr"]


def _empty(prometheus: PrometheusServer, since: float, until: float) -> list[str]:
    """Queries without a number in the whole day."""
    return [
        f"{name}: {expr}"
        for name, expr in queries()
        if not any(one.values for one in prometheus.over(_filled(expr), since, until))
    ]


_VALUES: Mapping[str, str] = {
    "__rate_interval": "5s",
    "__range": "30s",
    "policy": ".*",
    "model": ".*",
    "tenant": ".*",
}


def _filled(expr: str) -> str:
    """As Grafana would ask it with everything chosen; windows are those of a short day."""
    filled = re.sub(r"\$(\w+)", lambda found: _VALUES[found.group(1)], expr)
    return re.sub(r"\[(5m|1h)\]", "[5s]", filled)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        seen = asyncio.run(lived(Path(place)))
    told = ["missing:", *seen.missing(), "surplus:", *seen.surplus(), "without data:", *seen.empty]
    print("\n  ".join(told))  # noqa: T201 # a report for whoever runs it
