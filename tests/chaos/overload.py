"""What becomes of requests when more come than can be judged: `python -m tests.chaos.overload`.

Measures the service when nobody else is there, how much it can carry, and then what happens at
three times that: how long accepted requests take, what the others are told, whether what they are
told is true, whether what is known is still answered, and how soon all is well again. The model
is a server on loopback that takes its time, so that slots are what is scarce and not this
machine's processors.
"""

import argparse
import asyncio
import base64
import itertools
import math
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from PIL import Image
from rich.console import Console

from tests.images import encoded
from tests.model_server import ModelServer, plays_along
from tests.service import serving

_CONFIG = """
models: {{judge: {{provider: openai-compatible, base_url: "{model}", model: any,
  max_concurrency: 64}}}}
policies:
  default:
    tiers: [{{kind: debate, affirmer: judge, negator: judge, judge: judge, fallback: none}}]
    require: [response]
    deceptive_needs: []
    when_full: {when_full}
ocr: {{kind: none}}
admission: {{debates: {slots}}}
"""
_KNOWN = "What is known already."
_PICTURE = base64.b64encode(encoded(Image.new("RGB", (64, 64), "white"))).decode()


@dataclass(frozen=True, slots=True)
class Answered:
    """`at` and `took` in seconds; `retry_after` is 0 where none was told."""

    at: float
    took: float
    status: int
    retry_after: int = 0
    cache: str = ""
    degraded: str = ""


@dataclass(frozen=True, slots=True)
class Findings:
    """Seconds, and requests a second."""

    unloaded: Sequence[Answered]
    capacity: float
    offered: float
    flood: Sequence[Answered]
    known: Sequence[Answered]
    returned: Sequence[Answered]
    recovery: float

    @property
    def accepted(self) -> list[Answered]:
        return [one for one in self.flood if one.status == 200]

    @property
    def refused(self) -> list[Answered]:
        return [one for one in self.flood if one.status != 200]

    @property
    def ratio(self) -> float:
        """The p99 of what was accepted, as a multiple of the p99 of what had no company."""
        return p99(self.accepted) / p99(self.unloaded)


@dataclass(slots=True)
class Load:
    client: httpx.AsyncClient
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    async def ask(self, response: str = "") -> Answered:
        said = response or f"Nobody said {next(self._numbers)}."
        body = {"prompt": "p", "images": [{"data": _PICTURE}], "response": said}
        started = time.perf_counter()
        answer = await self.client.post("/v1/monitor", json=body)
        took = time.perf_counter() - started
        told = answer.headers
        return Answered(
            started,
            took,
            answer.status_code,
            int(told.get("retry-after", 0)),
            told.get("x-candor-cache", ""),
            told.get("x-candor-degraded", ""),
        )

    async def alone(self, count: int) -> list[Answered]:
        return [await self.ask() for _ in range(count)]

    async def together(self, slots: int, seconds: float) -> float:
        """What is answered a second while every slot is taken and nobody waits."""
        until = time.perf_counter() + seconds

        async def one_after_another() -> int:
            done = 0
            while time.perf_counter() < until:
                done += (await self.ask()).status == 200
            return done

        async with asyncio.TaskGroup() as group:
            lines = [group.create_task(one_after_another()) for _ in range(slots)]
        return sum(line.result() for line in lines) / seconds

    async def flood(
        self, rate: float, seconds: float, ask: Callable[[], Awaitable[Answered]]
    ) -> list[Answered]:
        """Begun at a steady rate, whatever becomes of those before."""
        begun, started = [], time.perf_counter()
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, started + number / rate - time.perf_counter()))
            begun.append(asyncio.ensure_future(ask()))
        return list(await asyncio.gather(*begun))

    async def recovery(self, bound: float) -> float:
        """Seconds until three in a row are answered as fast as they should be."""
        started, good = time.perf_counter(), 0
        while good < 3 and time.perf_counter() - started < 60:
            one = await self.ask()
            good = good + 1 if one.status == 200 and one.took <= bound else 0
            last = time.perf_counter() - started
            await asyncio.sleep(0.05)
        return last if good == 3 else math.inf


def p99(answers: Sequence[Answered]) -> float:
    times = sorted(one.took for one in answers)
    return times[min(len(times) - 1, math.ceil(0.99 * len(times)) - 1)]


async def measure(
    slots: int, seconds: float, delay: float, factor: float, when_full: str = "refuse"
) -> Findings:
    with ModelServer(plays_along(delay)) as model, tempfile.TemporaryDirectory() as folder:
        config = _CONFIG.format(model=model.base_url, slots=slots, when_full=when_full)
        with serving(Path(folder), config) as service:
            limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
            async with httpx.AsyncClient(
                base_url=service.base_url, timeout=60, trust_env=False, limits=limits
            ) as client:
                return await _measured(Load(client), slots, seconds, factor)


async def _measured(load: Load, slots: int, seconds: float, factor: float) -> Findings:
    # Before anything is measured: connections, and how long such work takes.
    await load.together(slots, 2)
    await load.ask(_KNOWN)
    unloaded = await load.alone(20)
    capacity = await load.together(slots, seconds / 3)
    rate = factor * capacity
    flood, known = await asyncio.gather(
        load.flood(rate, seconds, load.ask), load.flood(5, seconds, lambda: load.ask(_KNOWN))
    )
    recovery = await load.recovery(2 * p99(unloaded))
    # What was told last is done: as many as are let in at once come back when they were told to.
    told = [one for one in flood if one.retry_after][-slots:]
    await asyncio.sleep(max((one.retry_after for one in told), default=0))
    returned = await asyncio.gather(*(load.ask() for _ in told))
    return Findings(unloaded, capacity, rate, flood, known, returned, recovery)


def show(found: Findings, console: Console) -> None:
    statuses = Counter(one.status for one in found.flood)
    shed = sum("debate_shed" in one.degraded for one in found.flood)
    waits = Counter(one.retry_after for one in found.refused)
    late = [one for one in found.refused if not one.retry_after]
    console.print(f"carried          {found.capacity:.1f} /s; offered {found.offered:.1f} /s")
    console.print(f"answers          {dict(statuses)}; debate_shed {shed}")
    console.print(f"p99 alone        {p99(found.unloaded) * 1e3:.0f} ms")
    console.print(
        f"p99 accepted     {p99(found.accepted) * 1e3:.0f} ms: {found.ratio:.2f} x (at most 2)"
    )
    if found.refused:
        console.print(f"p99 refused      {p99(found.refused) * 1e3:.0f} ms")
    console.print(f"Retry-After      {dict(waits)} s; without {len(late)}")
    console.print(f"came back        {Counter(one.status for one in found.returned)}")
    cache = Counter((one.status, one.cache) for one in found.known)
    console.print(f"known            {dict(cache)}; p99 {p99(found.known) * 1e3:.0f} ms")
    console.print(f"recovered after  {found.recovery:.2f} s (at most 5)")


def main() -> None:
    parser = argparse.ArgumentParser("python -m tests.chaos.overload", description=__doc__)
    parser.add_argument("--slots", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=15, help="of the flood")
    parser.add_argument("--delay", type=float, default=0.1, help="of one model call, seconds")
    parser.add_argument("--factor", type=float, default=3, help="of what it can carry")
    parser.add_argument("--when-full", default="refuse", choices=["refuse", "inconclusive"])
    asked = parser.parse_args()
    work = measure(asked.slots, asked.seconds, asked.delay, asked.factor, asked.when_full)
    show(asyncio.run(work), Console(highlight=False))


if __name__ == "__main__":
    main()
