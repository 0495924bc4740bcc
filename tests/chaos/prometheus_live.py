"""A real Prometheus watches a real service through a scripted day, two minutes long.

    PYTHONPATH=service python -m tests.chaos.prometheus_live

tells phase by phase which alerts fired, and which panels of the dashboards had no data. What the
day should bring is in `PHASES`; what it cannot show is in `UNSEEN`, with the reason.
"""

import asyncio
import json
import re
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.chaos import prometheus_scenario as scenario
from tests.model_server import ModelServer
from tests.prometheus_server import PrometheusServer, find_prometheus
from tests.redis_server import RedisServer, find_redis_server
from tests.service import Service, serving
from tools.rules.render import alerts_file, recording_file
from tools.rules.thresholds import Thresholds

BOARDS = Path(__file__).parents[2] / "deploy" / "grafana"
_PER_SECOND = 16.0
_AT_ONCE = 24
"""A machine that cannot keep up is asked less, so that phases end when they should."""
_ECHOES = frozenset({"CandorScoreDrift", "CandorAuditMissRate"})
"""What a phase did to the scores can still be seen in the next ones."""

# Queries of panels that the scenario leaves without data, by a piece of their text.
UNSEEN = {
    "candor_shed_total": "nothing need be shed: the load is small",
    "candor_connections_refused_total": "every connection brings a whole request",
    "candor_ledger_dropped_total": "the ledger loses nothing",
    "candor_audit_log_lost_total": "the audit log loses nothing",
    "candor_audit_log_failures_total": "the audit log's disk takes all",
    "candor_webhook_deliveries_total": "no job names a webhook",
    "candor_unopened_total": "no key is missing",
    "candor_trace_export_failures_total": "no spans are sent",
    "candor_injections_total": "there is no cluster",
    "candor_injector_certificate_expires": "there is no cluster",
    "by (classifier) (rate(candor_screen_unfamiliar_total": "the embedded screen was not trained",
    'candor_audit_false_positive_rate{policy=~"$policy",bound="estimate"})) /': "on a slow "
    "machine two minutes may bring too few audits for an estimate",
    "candor_screen_shadow_total": "there is no candidate for the screen",
}


@dataclass(frozen=True, slots=True)
class Phase:
    """Some seconds of the day, and which alerts must fire in it."""

    name: str
    seconds: float
    fires: frozenset[str] = frozenset()
    asked: bool = True
    lying: bool = False


PHASES = (
    Phase("quiet", 3, asked=False),
    Phase("normal", 22),
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


@dataclass
class World:
    """All that runs."""

    service: Service
    prometheus: PrometheusServer
    redis: RedisServer
    model: scenario.Model
    keys: scenario.Keys
    configure: Callable[[str], None]
    answers: dict[int, int] = field(default_factory=dict)


async def lived(folder: Path, told: Callable[[str], None] = print) -> Day:
    """The whole day."""
    async with _world(folder) as world:
        day, began = Day(), time.time()
        for phase in PHASES:
            since = time.time()
            await _lead_in(world, phase)
            await _phase(world, phase)
            day.fired[phase.name] = _fired(world.prometheus, time.time() - since)
            told(f"{phase.name}: {day.fired[phase.name] or 'no alert'}")
        day.empty = _empty(world.prometheus, began, time.time())
        told(f"answers by status: {world.answers}")
        return day


@asynccontextmanager
async def _world(folder: Path) -> AsyncIterator[World]:
    prometheus_binary, redis_binary = find_prometheus(), find_redis_server()
    assert prometheus_binary, "prometheus is not on the PATH"
    assert redis_binary, "redis-server is not on the PATH"
    _write_rules(folder)
    model, keys = scenario.Model(), scenario.Keys.make()
    redis = RedisServer(redis_binary, folder)
    await redis.start()
    with ModelServer(model.act) as models:

        def config(band: tuple[float, float]) -> str:
            return scenario.config(redis.url, models.base_url, folder, keys, band)

        with serving(folder, config(scenario.SEEING)) as service:
            target = service.base_url.removeprefix("http://")
            prometheus = PrometheusServer(prometheus_binary, folder, target)
            written = folder / "candor.yaml"

            def configure(text: str) -> None:
                written.write_text(text, encoding="utf-8")

            try:
                prometheus.start()
                await _scraped(prometheus)
                yield World(service, prometheus, redis, model, keys, _bands(configure, config))
            finally:
                prometheus.kill()
                await redis.kill()


async def _scraped(prometheus: PrometheusServer) -> None:
    """Before the first scrape there is nothing, and an alert says so."""
    async with asyncio.timeout(20):
        while not prometheus.now("candor_build_info"):  # noqa: ASYNC110 # it tells us nothing
            await asyncio.sleep(0.2)
    await asyncio.sleep(2)


def _bands(
    configure: Callable[[str], None], config: Callable[[tuple[float, float]], str]
) -> Callable[[str], None]:
    texts = {
        "seeing": config(scenario.SEEING),
        "blind": config(scenario.BLIND),
        "wrong": "policies: {default: {tiers: []}}",
    }
    return lambda what: configure(texts[what])


def _write_rules(folder: Path) -> None:
    values = Thresholds.read().with_changes(scenario.SHRUNK)
    rules = folder / "rules"
    rules.mkdir()
    (rules / "recording.yaml").write_text(recording_file(values), encoding="utf-8")
    (rules / "alerts.yaml").write_text(alerts_file(values), encoding="utf-8")


async def _lead_in(world: World, phase: Phase) -> None:
    """What happens at the beginning of a phase."""
    match phase.name:
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
    if not phase.asked:
        await asyncio.sleep(phase.seconds)
        return
    until = time.monotonic() + phase.seconds
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
        while time.monotonic() < until:
            await room.acquire()
            asked = group.create_task(_ask(client, world, next(bodies)))
            asked.add_done_callback(lambda _: room.release())
            due += 1 / _PER_SECOND
            await asyncio.sleep(max(0.0, due - time.monotonic()))


async def _ask(client: httpx.AsyncClient, world: World, body: dict[str, Any]) -> None:
    answer = await client.post("/v1/monitor", json=body)
    world.answers[answer.status_code] = world.answers.get(answer.status_code, 0) + 1


async def _asides(client: httpx.AsyncClient, world: World) -> None:
    """What else comes: jobs, wrong keys, tenants over their limit, the same question twice."""
    for _ in range(3):
        await client.post("/v1/monitor/jobs", json=scenario.plain())
        for key in ("nobody's", world.keys.guest):
            await client.post("/v1/monitor", json=scenario.plain(), headers={"x-api-key": key})
        strange = scenario.plain() | {"images": [{"url": "https://elsewhere.example/a.png"}]}
        await client.post("/v1/monitor", json=strange)
        same = scenario.honest()
        await asyncio.gather(*(client.post("/v1/monitor", json=same) for _ in range(3)))
        await asyncio.sleep(0.7)


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


def unexplained(day: Day) -> list[str]:
    return [one for one in day.empty if not any(known in one for known in UNSEEN)]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        seen = asyncio.run(lived(Path(place)))
    told = ["missing:", *seen.missing(), "surplus:", *seen.surplus(), "without data:", *seen.empty]
    print("\n  ".join(told))  # noqa: T201 # a report for whoever runs it
