"""One line per verdict and per problem. Ids, tiers, outcomes and times; never any content."""

import asyncio
import logging
import sys
import traceback
from collections.abc import Callable, Mapping, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Self, TextIO, cast

import structlog
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json
from structlog.typing import FilteringBoundLogger, Processor

from candor.domain.verdict import Report

# They say at INFO what our own lines say better, or quote URLs.
_TOO_CHATTY = ("httpx", "httpcore", "python_multipart", "asyncio", "PIL")
_ACCESS = "uvicorn.access"
_MOST_FRAMES = 30

Ids = Callable[[], Mapping[str, str]]
"""Of the span that is open here and now; none where there is none."""


class LogConfig(BaseModel):
    """How Candor speaks on stderr."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="What is less important than this is not said."
    )
    format: Literal["auto", "json", "console"] = Field(
        "auto", description="`auto` is for people on a terminal and JSON lines elsewhere."
    )
    access: bool = Field(False, description="One more line per HTTP request, from the server.")


@dataclass(frozen=True, slots=True)
class Told:
    """What a verdict's line says besides the report; `model` is the label as counted."""

    id: str
    request_id: str
    model: str
    elapsed_ms: float


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """What a verdict's line says of the report, and so again and again the same."""

    fields: Mapping[str, Any]
    json: str
    """The same, as it stands in the middle of a line: without braces."""

    @classmethod
    def of(cls, report: Report, model: str) -> Self:
        verdict = report.verdict
        fields = {
            "policy": report.policy.name,
            "version": report.policy.version,
            "model": model,
            "outcome": verdict.outcome.value,
            "action": report.action.value,
            "score": verdict.score,
            "decided_by": verdict.decided_by,
            "cache": report.cache.value,
            "degraded": list(report.lacks),
            "tiers": [
                {"tier": step.tier, "elapsed_ms": round(step.elapsed_seconds * 1000, 2)}
                for step in report.steps
            ],
        }
        return cls(fields, _as_json(fields)[1:-1])


class JsonLines:
    """Lines of verdicts, byte for byte what structlog would make of them, for a fifth of the time.
    Those of one turn of the event loop are written at once: a system call for each would cost more
    than the line."""

    def __init__(self, out: TextIO, traced: Ids = dict) -> None:
        self._out = out
        self._traced = traced
        self._waiting: list[str] = []

    def add(self, line: VerdictLine, told: Told) -> None:
        """`told` must hold nothing that JSON would escape: ids are plain ASCII words."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._write)
        now = datetime.now(UTC).isoformat()[: -len("+00:00")]
        self._waiting.append(
            f'{{"id":"{told.id}","request_id":"{told.request_id}",{line.json},'
            f'"elapsed_ms":{told.elapsed_ms!r},"event":"verdict","level":"info",'
            f'"timestamp":"{now}Z"{self._of_the_span()}}}\n'
        )

    def _of_the_span(self) -> str:
        return "".join(f',"{name}":"{value}"' for name, value in self._traced().items())

    def _write(self) -> None:
        lines = "".join(self._waiting)
        self._waiting.clear()
        self._out.write(lines)
        self._out.flush()


class _Unfailing:
    """A stream on a full disk, or one that nobody reads any more: lines are lost there, and
    nothing else stops for that."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self.isatty = out.isatty

    def write(self, text: str) -> int:
        with suppress(OSError):
            self._out.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._out.flush()


def _unfailing(out: TextIO) -> TextIO:
    # Loggers ask for no more of a stream than this.
    return cast(TextIO, _Unfailing(out))


class Journal:
    """What the HTTP face writes down."""

    def __init__(
        self, log: FilteringBoundLogger | None = None, lines: JsonLines | None = None
    ) -> None:
        """`lines`: where verdicts are written past `log`, in the same form."""
        self._log: FilteringBoundLogger = log or structlog.get_logger("candor")
        self._lines = lines

    def verdict(self, report: Report, told: Told) -> None:
        self.repeat(VerdictLine.of(report, told.model), told)

    def repeat(self, line: VerdictLine, told: Told) -> None:
        """One more answer with the same report."""
        if self._lines is not None:
            self._lines.add(line, told)
            return
        self._log.info(
            "verdict",
            id=told.id,
            request_id=told.request_id,
            **line.fields,
            elapsed_ms=told.elapsed_ms,
        )

    def problem(self, kind: str, status: int, request_id: str) -> None:
        """`kind` is one of our words; neither the path nor the field at fault is written down,
        for a caller can put anything there."""
        self._log.warning("problem", kind=kind, status=status, request_id=request_id)

    def cancelled(self, request_id: str) -> None:
        """The caller hung up before the answer: nothing is wrong here."""
        self._log.info("cancelled", request_id=request_id)

    def crash(self, error: BaseException, request_id: str) -> None:
        """An error that nobody expected: its classes and places, not its words."""
        self._log.error("crash", request_id=request_id, **wordless(error))


def wordless(error: BaseException) -> dict[str, Any]:
    """An error's messages may quote what is judged; the names and lines of code never do."""
    frames = traceback.extract_tb(error.__traceback__)[-_MOST_FRAMES:]
    causes: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(causes) < 10:
        causes.append(type(cause).__qualname__)
        cause = cause.__cause__ or cause.__context__
    return {
        "error": causes[0],
        "caused_by": causes[1:],
        "where": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }


def journal(
    config: LogConfig, stream: TextIO | None = None, *, traced: Ids | None = None
) -> Journal:
    """For a process that was configured with the same, and has an event loop."""
    out = _unfailing(stream or sys.stderr)
    told = logging.getLevelNamesMapping()[config.level.upper()] <= logging.INFO
    fast = told and not _for_people(config, out)
    return Journal(lines=JsonLines(out, traced or dict) if fast else None)


def _for_people(config: LogConfig, out: TextIO) -> bool:
    return config.format == "console" or (config.format == "auto" and out.isatty())


def configure(
    config: LogConfig, stream: TextIO | None = None, *, traced: Ids | None = None
) -> None:
    """Once per process. The standard library's loggers (uvicorn's) speak the same way: start
    uvicorn with `log_config=None`. `traced` gives the ids of the span that is open."""
    out = _unfailing(stream or sys.stderr)
    level = logging.getLevelNamesMapping()[config.level.upper()]
    render: Processor = (
        structlog.dev.ConsoleRenderer(colors=out.isatty())
        if _for_people(config, out)
        else structlog.processors.JSONRenderer(serializer=_as_json)
    )
    common: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_words,
        *((_with_ids(traced),) if traced else ()),
    ]
    structlog.configure(
        processors=[*common, render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(out),
        # Bound once: a hot path cannot afford to put a logger together for every line.
        cache_logger_on_first_use=True,
    )
    _route_standard_library(common, render, out, level)
    logging.getLogger(_ACCESS).disabled = not config.access


def _route_standard_library(
    common: list[Processor], render: Processor, out: TextIO, level: int
) -> None:
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=common,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        keep_exc_info=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _TOO_CHATTY:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def _without_words(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replaces an exception by what may be told of it."""
    told = event.pop("exc_info", None)
    if told is True:
        told = sys.exc_info()
    error = told[1] if isinstance(told, tuple) else told
    return {**event, **wordless(error)} if isinstance(error, BaseException) else event


def _with_ids(traced: Ids) -> Processor:
    def add(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {**event, **traced()}

    return add


def _as_json(event: MutableMapping[str, Any], **_: Any) -> str:
    # Several times faster than the standard library's, on every request.
    return to_json(event, fallback=_named).decode("utf-8")


def _named(value: object) -> str:
    # A value of a kind that nobody foresaw could hold anything.
    return type(value).__name__
