"""Ports with a span around each use. They say what the one inside says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from opentelemetry.semconv._incubating.attributes import gen_ai_attributes as gen_ai
from opentelemetry.semconv.attributes.server_attributes import SERVER_ADDRESS, SERVER_PORT
from opentelemetry.trace import Span, SpanKind, Tracer
from pydantic import BaseModel

from candor.domain.budget import Spending
from candor.domain.ports import (
    Message,
    NearCache,
    PageText,
    Reply,
    TextReader,
    VerdictCache,
    VisionModel,
)
from candor.domain.verdict import Report
from candor.domain.vision.pictures import Picture
from candor.telemetry.spans.opening import Value, opened
from candor.telemetry.tracing import Callee

_CHAT = gen_ai.GenAiOperationNameValues.CHAT.value
_PROVIDERS = {
    "azure-openai": gen_ai.GenAiProviderNameValues.AZURE_AI_OPENAI.value,
    "gemini": gen_ai.GenAiProviderNameValues.GCP_GEMINI.value,
}


@dataclass(frozen=True, slots=True)
class TracedModel:
    """One span per call, retries and fallbacks included."""

    tracer: Tracer
    model: VisionModel
    callees: Mapping[str, Callee]

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def max_image_side(self) -> int:
        return self.model.max_image_side

    async def complete(
        self,
        messages: Sequence[Message],
        form: type[BaseModel],
        call: Spending | None = None,
        temperature: float | None = None,
    ) -> Reply:
        """Raises: ModelError."""
        about: dict[str, Value] = {**self._of(self.name), gen_ai.GEN_AI_OPERATION_NAME: _CHAT}
        if temperature is not None:
            about[gen_ai.GEN_AI_REQUEST_TEMPERATURE] = temperature
        if call is not None:
            about["candor.role"] = call.role
        with opened(self.tracer, self._called(self.name), about, SpanKind.CLIENT) as span:
            try:
                reply = await self.model.complete(messages, form, call, temperature)
            finally:
                if call is not None and call.endpoint != self.name:
                    span.update_name(self._called(call.endpoint))
                    span.set_attributes(self._of(call.endpoint))
                    span.set_attribute("candor.instead_of", self.name)
            _replied(span, reply)
            return reply

    def _called(self, endpoint: str) -> str:
        known = self.callees.get(endpoint)
        return f"{_CHAT} {known.model}" if known else _CHAT

    def _of(self, endpoint: str) -> dict[str, Value]:
        about: dict[str, Value] = {"candor.endpoint": endpoint}
        known = self.callees.get(endpoint)
        if known is not None:
            provider = _PROVIDERS.get(known.provider, known.provider)
            about[gen_ai.GEN_AI_PROVIDER_NAME] = provider
            about[gen_ai.GEN_AI_REQUEST_MODEL] = known.model
            if known.address:
                about |= {SERVER_ADDRESS: known.address, SERVER_PORT: known.port}
        return about


def _replied(span: Span, reply: Reply) -> None:
    span.set_attribute(gen_ai.GEN_AI_USAGE_INPUT_TOKENS, reply.input_tokens)
    span.set_attribute(gen_ai.GEN_AI_USAGE_OUTPUT_TOKENS, reply.output_tokens)
    reason = "length" if reply.cut else "stop"
    span.set_attribute(gen_ai.GEN_AI_RESPONSE_FINISH_REASONS, (reason,))


@dataclass(frozen=True, slots=True)
class TracedReader:
    tracer: Tracer
    reader: TextReader

    @property
    def name(self) -> str:
        return self.reader.name

    async def read(self, picture: Picture, deadline: float) -> PageText:
        """Raises: ReaderUnavailable."""
        with opened(self.tracer, "ocr read", {"candor.reader": self.name}) as span:
            page = await self.reader.read(picture, deadline)
            span.set_attribute("candor.lines", len(page.lines))
            span.set_attribute("candor.cut", bool(page.cut))
            return page


@dataclass(frozen=True)
class TracedCache:
    tracer: Tracer
    cache: VerdictCache

    async def get(self, key: str) -> Report | None:
        """Raises: CacheUnavailable."""
        with opened(self.tracer, "cache get", {}) as span:
            known = await self.cache.get(key)
            span.set_attribute("candor.hit", known is not None)
            return known

    async def put(self, key: str, report: Report) -> None:
        """Raises: CacheUnavailable."""
        with opened(self.tracer, "cache put", {}):
            await self.cache.put(key, report)

    async def ping(self) -> None:
        """Raises: CacheUnavailable."""
        await self.cache.ping()


@dataclass(frozen=True)
class TracedNearCache(TracedCache):
    near: NearCache

    def at_hand(self, key: str) -> Report | None:
        # It takes a microsecond: the span of the request says whether the verdict was known.
        return self.near.at_hand(key)
