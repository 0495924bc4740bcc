"""Spans of requests, tiers, model calls, readings and the cache: what of tracing everybody may
know. What speaks OpenTelemetry is in `spans/` and is imported only where tracing is on."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    contextmanager,
    nullcontext,
)
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from candor.domain.errors import ConfigError
from candor.domain.events import Listener
from candor.domain.ports import TextReader, VerdictCache, VisionModel
from candor.domain.verdict import Report
from candor.telemetry.logs import Ids

Headers = Mapping[str, str]
Lost = Callable[[str, int], object]
"""Hears why so many spans were not delivered."""

_MARK = b"#traceparent="
_PARTS = ("sdk", "exporter.otlp.proto.http")
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


class TracingConfig(BaseModel):
    """Spans for an OpenTelemetry collector; needs the extra `otel`. Without an endpoint there are
    none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    endpoint: str | None = Field(
        None,
        pattern=r"^https?://[^\s/?#@]+[^\s?#@]*$",
        description="Where a collector takes OTLP over HTTP, for example `http://otel:4318`; "
        "`/v1/traces` is added. Without it, what OTEL_EXPORTER_OTLP_TRACES_ENDPOINT or "
        "OTEL_EXPORTER_OTLP_ENDPOINT name, if the extra is installed.",
    )
    headers: dict[str, SecretStr] = Field(
        {}, description="Sent to the collector, such as `authorization`."
    )
    sample_ratio: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Share of the traces that begin here which are recorded; whoever sends a "
        "`traceparent` has decided already. Null: as OTEL_TRACES_SAMPLER says, otherwise all.",
    )
    service_name: str | None = Field(
        None, min_length=1, description="Null: what OTEL_SERVICE_NAME says, otherwise `candor`."
    )
    timeout_seconds: float = Field(
        5.0, gt=0, le=60, description="For one delivery to the collector, tries included."
    )
    flush_seconds: float = Field(
        3.0,
        gt=0,
        le=60,
        description="At the end of the process, how long is waited for the last delivery.",
    )
    propagate_to: Literal["own", "all", "none"] = Field(
        "own",
        description="Which model endpoints are told the trace's ids (`traceparent`): `own` are "
        "those that Candor takes for servers of yours (docs/tracing.md), not public providers.",
    )

    @property
    def on(self) -> bool:
        """Raises: ConfigError where spans are asked for that nobody here can make."""
        if os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
            return False
        if self.endpoint is None:
            return _asked_for_by_environment() and _installed()
        if not _installed():
            raise ConfigError(
                "tracing.endpoint needs the extra `otel`: pip install 'candor-monitor[otel]'"
            )
        return True

    def ids(self) -> Ids | None:
        """For logs; None where there are no spans."""
        if not self.on:
            return None
        from candor.telemetry.spans.current import ids  # noqa: PLC0415

        return ids

    def open(self, lost: Lost) -> "AbstractAsyncContextManager[Tracing]":
        """Raises: ConfigError."""
        if not self.on:
            return nullcontext(Untraced())
        # Not loaded where there are no spans.
        from candor.telemetry.spans import open_tracing  # noqa: PLC0415

        return open_tracing(self, lost)


def _installed() -> bool:
    try:
        return all(find_spec(f"opentelemetry.{part}") for part in _PARTS)
    except ModuleNotFoundError:
        return False


def _asked_for_by_environment() -> bool:
    exporter = os.environ.get("OTEL_TRACES_EXPORTER", "otlp").strip()
    return exporter == "otlp" and any(os.environ.get(name) for name in _ENDPOINTS)


@dataclass(frozen=True, slots=True)
class Callee:
    """A model endpoint by its name in the configuration. `provider` is a word of ours, `port` 0
    where there is no address."""

    endpoint: str
    provider: str
    model: str
    address: str = ""
    port: int = 0


class RequestSpan(Protocol):
    def ended(self, route: str | None, status: int | None, request_id: str) -> None:
        """`status` is None where nothing was answered."""
        ...


class Tracing(Protocol):
    """Never content: names from the configuration, words of ours, numbers and ids."""

    @property
    def on(self) -> bool: ...

    def request(
        self, method: str, headers: Iterable[tuple[bytes, bytes]]
    ) -> AbstractContextManager[RequestSpan]:
        """Goes on with the trace that the headers name."""
        ...

    def job(self, name: str, body: bytes) -> AbstractContextManager[bytes]:
        """For what `labelled` gave: yields what it was given, inside a span with a link to the
        request that was open then."""
        ...

    def labelled(self, body: bytes) -> bytes: ...

    def steps(self, listener: Listener) -> AbstractContextManager[Listener]:
        """Hears of steps on behalf of `listener`, too."""
        ...

    def evaluated(self, report: Report, model: str, verdict_id: str) -> None:
        """The verdict as an event of the span that is open. `model` is a label."""
        ...

    def model(self, model: VisionModel, callees: Mapping[str, Callee]) -> VisionModel: ...

    def reader(self, reader: TextReader) -> TextReader: ...

    def cache(self, cache: VerdictCache) -> VerdictCache: ...

    def outgoing(self) -> Headers:
        """Headers that tell somebody else of the span that is open."""
        ...

    def exemplar(self) -> dict[str, str] | None:
        """The labels that lead from a measurement to its trace, where that is recorded."""
        ...


class Untraced:
    """There are no spans, and it costs nothing."""

    on = False

    def request(
        self,
        method: str,  # noqa: ARG002 - as of Tracing
        headers: Iterable[tuple[bytes, bytes]],  # noqa: ARG002 - as of Tracing
    ) -> AbstractContextManager[RequestSpan]:
        return nullcontext(_NoSpan())

    @contextmanager
    def job(self, name: str, body: bytes) -> Iterator[bytes]:  # noqa: ARG002 - as of Tracing
        # Another process, which makes spans, may have taken it in.
        yield unlabelled(body)[1]

    def labelled(self, body: bytes) -> bytes:
        return body

    def steps(self, listener: Listener) -> AbstractContextManager[Listener]:
        return nullcontext(listener)

    def evaluated(self, report: Report, model: str, verdict_id: str) -> None: ...

    def model(
        self,
        model: VisionModel,
        callees: Mapping[str, Callee],  # noqa: ARG002 - as of Tracing
    ) -> VisionModel:
        return model

    def reader(self, reader: TextReader) -> TextReader:
        return reader

    def cache(self, cache: VerdictCache) -> VerdictCache:
        return cache

    def outgoing(self) -> Headers:
        return {}

    def exemplar(self) -> dict[str, str] | None:
        return None


class _NoSpan:
    def ended(self, route: str | None, status: int | None, request_id: str) -> None: ...


def with_label(body: bytes, parent: str) -> bytes:
    """`parent` is a `traceparent`. No JSON begins like this, so that it is found again."""
    return _MARK + parent.encode("ascii") + b"\n" + body


def unlabelled(body: bytes) -> tuple[str, bytes]:
    """The label, empty without one, and what it was put in front of."""
    if not body.startswith(_MARK):
        return "", body
    label, _, rest = body[len(_MARK) :].partition(b"\n")
    return label.decode("ascii", "replace"), rest
