"""A classifier that learned from this deployment's own traffic (`candor train`).

It has no say where an exchange is unlike what it learned from, and another can take its place
while the service runs (`candor screen promote`).
"""

import asyncio
import time
from dataclasses import dataclass, field, replace

import structlog

from candor.adapters.classifier import contradicted
from candor.adapters.classifier.severity import severity
from candor.adapters.classifier.shelf import Chosen, Shelf, SingleFile, Stamp
from candor.domain.exchange import Exchange
from candor.domain.ports import InCharge, Reading, Tuning
from candor.domain.screening.drift import TrafficWatch
from candor.domain.screening.features import VERSION, Features, features
from candor.domain.screening.head import Head
from candor.domain.screening.manifest import Stratum
from candor.domain.screening.model import ScreenModel
from candor.domain.verdict import Category

_ON_THE_LOOP = 4_000
"""Characters above which the work leaves the event loop."""
_NO_SAY = 0.5

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class OneModel:
    """What one request is read by, whatever happens meanwhile. Without a model it only takes
    the features, from which one can be trained."""

    chosen: Chosen
    watch: TrafficWatch | None = None
    """Has it no say on anything once the traffic has changed; None: each exchange stands for
    itself."""

    @property
    def version(self) -> str:
        model = self.chosen.current
        return f"trained:{VERSION}:{model.digest if model else 'none'.rjust(64, '-')}"

    def apart(self) -> "OneModel":
        return replace(self, watch=None)

    async def read(self, exchange: Exchange) -> Reading:
        if len(exchange.response) + len(exchange.reasoning or "") > _ON_THE_LOOP:
            return await asyncio.to_thread(self._read, exchange)
        return self._read(exchange)

    def _read(self, exchange: Exchange) -> Reading:
        """CPU work."""
        seen = features(exchange)
        reading = _reading(self.chosen.current, seen, self.watch)
        shadow = _reading(self.chosen.candidate, seen) if self.chosen.candidate else None
        return Reading(
            reading.score,
            reading.reason,
            tuple(map(contradicted.finding, seen.contradictions)),
            reading.categories,
            seen.looks,
            reading.unfamiliar,
            seen.vector.to_bytes(),
            shadow,
            severity(seen.contradictions),
        )


@dataclass(slots=True)
class TrainedClassifier:
    """Looks at the disk every so often, in a thread, and changes models in one step."""

    name: str
    source: Shelf | SingleFile
    check_seconds: float
    _one: OneModel = field(init=False, repr=False)
    _stamp: Stamp = field(init=False, repr=False)
    _looked: float = field(init=False, repr=False)
    _looking: asyncio.Task[None] | None = field(init=False, default=None, repr=False)

    def __post_init__(self) -> None:
        # The stamp first: a change in between is then seen at the next look.
        self._stamp = self.source.stamp()
        self._one = watched(self.source.read())
        self._looked = time.monotonic()

    @property
    def version(self) -> str:
        return self._one.version

    def in_charge(self) -> InCharge:
        self._look_if_due()
        one = self._one
        mine, other = one.chosen.current, one.chosen.candidate
        return InCharge(one, _tuning(mine), _tuning(other), _digest(mine), _digest(other))

    async def read(self, exchange: Exchange) -> Reading:
        return await self.in_charge().classifier.read(exchange)

    async def probe(self) -> None:
        """Always well: what is in charge was read before it was put there."""

    def _look_if_due(self) -> None:
        now = time.monotonic()
        if now - self._looked < self.check_seconds or self._looking is not None:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            # Nobody waits for requests here.
            return
        self._looked = now
        self._looking = loop.create_task(self.look())
        self._looking.add_done_callback(self._looked_at)

    def _looked_at(self, task: asyncio.Task[None]) -> None:
        self._looking = None
        if not task.cancelled() and task.exception() is not None:
            log.error("screen_not_replaced", classifier=self.name, error=str(task.exception()))

    async def look(self) -> None:
        """Take up what is in charge now. A file that does not fit changes nothing.

        Raises: ConfigError.
        """
        stamp = await asyncio.to_thread(self.source.stamp)
        if stamp == self._stamp:
            return
        chosen = await asyncio.to_thread(self.source.read)
        self._one, self._stamp = watched(chosen), stamp
        log.info("screen_replaced", classifier=self.name, version=self.version)


def watched(chosen: Chosen) -> OneModel:
    """With a watch of its own on the traffic."""
    return OneModel(chosen, TrafficWatch(chosen.current) if chosen.current else None)


def _reading(
    model: ScreenModel | None, seen: Features, watch: TrafficWatch | None = None
) -> Reading:
    """The score and what it rests on, without what all models share."""
    if model is None:
        return Reading(_NO_SAY, "No classifier is in charge yet.", unfamiliar=True)
    stratum = Stratum.of(seen.has_reasoning)
    head = model.heads.get(stratum)
    if head is None:
        without = "with" if seen.has_reasoning else "without"
        why = f"The classifier learned nothing of exchanges {without} reasoning."
        return Reading(_NO_SAY, why, unfamiliar=True)
    standing = head.familiarity.standing(seen.vector)
    changed = watch is not None and watch.sees(stratum, standing)
    if not standing.familiar:
        why = "The exchange is unlike the traffic that the classifier learned from."
        return Reading(_NO_SAY, why, unfamiliar=True)
    if changed:
        why = "The traffic as a whole is unlike what the classifier learned from."
        return Reading(_NO_SAY, why, unfamiliar=True)
    return _scored(head, seen)


def _scored(head: Head, seen: Features) -> Reading:
    score = head.score(seen.vector)
    if seen.contradictions:
        reason = contradicted.in_words(seen.contradictions[0])
        return Reading(score, reason, categories={Category.FABRICATION: score})
    weighty = ", ".join(head.strongest_cues(seen.vector)).replace("_", " ")
    reason = f"Learned from {head.record.rows} labelled exchanges; weighs most: {weighty}."
    return Reading(score, reason, categories={})


def _tuning(model: ScreenModel | None) -> Tuning | None:
    return model.tuning if model else None


def _digest(model: ScreenModel | None) -> str:
    return model.digest if model else ""
