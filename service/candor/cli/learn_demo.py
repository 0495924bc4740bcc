"""candor learn-demo: what the learning loop is worth, shown on labelled traffic."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from candor.adapters.cache import MemoryCache, MemoryCacheConfig
from candor.learning import synthetic, traffic
from candor.learning.labelled import Labelled
from candor.learning.loop import Charge, Goal, LearningLoop
from candor.learning.screens import adopt, trainer
from candor.learning.simulation import Simulation, Window, labels_of
from candor.learning.story import changes, story

_SOURCES = ("cot_sycophancy", "amongus_rules", "amongus_cot", "roleplay_pairs")
_SYNTHETIC = 4000
_WARM = 100
"""Requests of its own traffic that a screen sees before the traffic changes."""

Flows = dict[str, list[Labelled]]


def learn_demo(
    data: Annotated[
        Path | None,
        typer.Option(help="Folder with train/<source>.jsonl.gz; without it, synthetic traffic."),
    ] = None,
    source: Annotated[
        list[str] | None, typer.Option(help="Sources, in this order. Repeat the option.")
    ] = None,
    requests: Annotated[int | None, typer.Option(help="Most requests of a source.", min=1)] = None,
    changed: Annotated[
        int, typer.Option(help="Requests of the next source after each one.", min=0)
    ] = 1000,
    met: Annotated[
        int, typer.Option(help="Requests of every other source that a screen meets.", min=0)
    ] = 300,
    every: Annotated[int, typer.Option(help="Requests between two lessons.", min=1)] = 500,
    audit_rate: Annotated[
        float, typer.Option(help="Share of cleared ones that are audited.", min=0, max=1)
    ] = 0.1,
    max_miss_rate: Annotated[float, typer.Option(help="The promise.", min=0.001, max=0.5)] = 0.05,
    confidence: Annotated[float, typer.Option(help="Of the promise.", min=0.5, max=0.999)] = 0.95,
    seed: Annotated[int, typer.Option(help="The same seed tells the same story.")] = 1,
    output: Annotated[Path | None, typer.Option(help="Write the Markdown here too.")] = None,
) -> None:
    """Let labelled traffic teach the screen, and show what escalates and what is missed.

    The second tier answers with the true label. After each source the traffic changes to the
    next one; and the screen as it then is meets every other source in the folder.
    """
    flows = _flows(data, source or _SOURCES, requests, seed)
    others = _others(data, flows, seed) if met else {}
    demo = _Demo(Goal(max_miss_rate, confidence), every, audit_rate, seed)
    told: list[str] = []
    for name, following in pairwise([*flows, next(iter(flows))]):
        after = flows[following][:changed] if following != name else []
        told += demo.chapter(flows[name], after, {k: v[:met] for k, v in others.items()})
        typer.echo("\n".join(told[-2:]))
    if output is not None:
        output.write_text("\n".join(told), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class _Demo:
    goal: Goal
    every: int
    audit_rate: float
    seed: int

    def chapter(
        self, rows: Sequence[Labelled], after: Sequence[Labelled], others: Flows
    ) -> tuple[str, str]:
        """One source, what came after it, and what its screen does with every other one."""
        name = rows[0].source
        loop = LearningLoop(trainer(self.seed), self.goal)
        acted = self._simulation(loop, [*rows, *after])
        windows = _run(acted, rows)
        learned = loop.charge
        if after:
            windows = [*windows[:-1], _changing(windows[-1]), *_run(acted, after)]
        told = story(name, windows, self.goal)
        met = {
            other: self._meeting(learned, [*rows[-_WARM:], *strange])
            for other, strange in others.items()
            if other != name and learned.open
        }
        return told, changes(name, met, self.goal) if met else ""

    def _meeting(self, learned: Charge, rows: Sequence[Labelled]) -> list[Window]:
        """The last source's windows until the screen is closed. It learns nothing meanwhile."""
        loop = LearningLoop(trainer(self.seed), self.goal, charge=learned)
        acted = self._simulation(loop, rows, every=len(rows) + 1)
        return list(_until_closed(w for w in _run(acted, rows) if w.source == rows[-1].source))

    def _simulation(
        self, loop: LearningLoop, rows: Sequence[Labelled], every: int | None = None
    ) -> Simulation:
        cache = MemoryCache(MemoryCacheConfig())
        chunk = every or self.every
        return Simulation(loop, adopt, labels_of(rows), cache, chunk, self.audit_rate, self.seed)


def _changing(window: Window) -> Window:
    note = f"{window.note}; " if window.note else ""
    return replace(window, note=f"{note}the traffic changes")


def _until_closed(windows: Iterator[Window]) -> Iterator[Window]:
    for window in windows:
        yield window
        if window.note.startswith("closed"):
            return


def _flows(data: Path | None, names: Sequence[str], most: int | None, seed: int) -> Flows:
    if data is None:
        made = [synthetic.traffic(kind, most or _SYNTHETIC, seed) for kind in synthetic.SERVICES]
        return {rows[0].source: traffic.arriving(rows, seed) for rows in made}
    return {name: traffic.arriving(traffic.packaged(data, name), seed, most) for name in names}


def _others(data: Path | None, flows: Flows, seed: int) -> Flows:
    """Every source there is."""
    if data is None:
        return flows
    rest = [name for name in traffic.sources(data) if name not in flows]
    return flows | _flows(data, rest, None, seed)


def _run(simulation: Simulation, rows: Sequence[Labelled]) -> list[Window]:
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(rows[0].source, total=len(rows))
        return asyncio.run(simulation.run(rows, lambda: progress.advance(task)))
