"""Makes spans and sends them to a collector. Everything that speaks OpenTelemetry is in here."""

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ParentBased, Sampler, TraceIdRatioBased
from opentelemetry.semconv._incubating.attributes.process_attributes import PROCESS_PID
from opentelemetry.semconv._incubating.attributes.service_attributes import SERVICE_INSTANCE_ID
from opentelemetry.semconv.attributes.service_attributes import SERVICE_NAME, SERVICE_VERSION
from opentelemetry.util.types import AnyValue

from candor import __version__
from candor.telemetry.spans.export import open_batches
from candor.telemetry.spans.tracer import Traced
from candor.telemetry.tracing import Lost, TracingConfig

__all__ = ["Traced", "open_tracing"]


@asynccontextmanager
async def open_tracing(config: TracingConfig, lost: Lost) -> AsyncIterator[Traced]:
    """Once per process. `lost` is told from other threads, too."""
    async with open_batches(config, lost) as batches:
        provider = TracerProvider(_sampler(config), _resource(config), shutdown_on_exit=False)
        provider.add_span_processor(batches)
        yield Traced(provider.get_tracer("candor", __version__))


def _sampler(config: TracingConfig) -> Sampler | None:
    """None: the library looks into the environment."""
    ratio = config.sample_ratio
    return None if ratio is None else ParentBased(TraceIdRatioBased(ratio))


def _resource(config: TracingConfig) -> Resource:
    ours: dict[str, AnyValue] = {
        SERVICE_VERSION: __version__,
        SERVICE_INSTANCE_ID: str(uuid.uuid4()),
        PROCESS_PID: os.getpid(),
    }
    if config.service_name is not None:
        ours[SERVICE_NAME] = config.service_name
    found = Resource.create(ours)
    if str(found.attributes[SERVICE_NAME]).startswith("unknown_service"):
        return found.merge(Resource({SERVICE_NAME: "candor"}))
    return found
