"""Anthropic's Messages API."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal, Self

import httpx
from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from candor.adapters.vlm import wire
from candor.adapters.vlm.dialect import Answer, Counts, Question
from candor.adapters.vlm.endpoint import Endpoint, assemble
from candor.adapters.vlm.endpoint_config import ModelEndpointConfig
from candor.adapters.vlm.schema import shape_of
from candor.domain.ports import Message

_TOOL = "answer"
_MOST_TOKENS = 10**9


class AnthropicConfig(ModelEndpointConfig):
    """One model of Anthropic's, or of another that speaks the Messages API."""

    provider: Literal["anthropic"] = "anthropic"

    @model_validator(mode="after")
    def _has_a_limit(self) -> Self:
        if self.max_output_tokens is None:
            raise ValueError("max_output_tokens must be set: the Messages API demands it")
        return self

    def build(self, name: str, http: httpx.AsyncClient) -> Endpoint:
        return assemble(name, self, Messages(self), http, probe_path=self.probe_path)


class Messages:
    """POST {base_url}/messages."""

    path = "/messages"

    def __init__(self, config: AnthropicConfig) -> None:
        self._config = config
        self._images = wire.ImageFragments(wire.messages_image)
        self._rest = lru_cache(maxsize=wire.FORMS_KEPT)(self._written_rest)

    def pieces(self, question: Question) -> list[bytes]:
        said = [message for message in question.messages if message.role != "system"]
        first = b'{"system":%b,' % wire.to_json(_system(question.messages))
        rest = self._rest(question.form, question.temperature)
        return wire.pieces(said, rest, self._images, first)

    def _written_rest(self, form: type[BaseModel], temperature: float | None) -> bytes:
        config = self._config
        rest: dict[str, Any] = {"model": config.model, **config.extra_body}
        rest["max_tokens"] = config.max_output_tokens
        heat = config.heat if temperature is None else temperature
        if heat is not None:
            rest["temperature"] = heat
        return wire.to_json({**rest, **self._structured(form)})

    def _structured(self, form: type[BaseModel]) -> dict[str, Any]:
        schema = wire.schema_of(form)
        match self._config.form_of_output:
            case "tool":
                told = "Gives the answer that was asked for."
                tool = {"name": _TOOL, "description": told, "input_schema": schema}
                return {"tools": [tool], "tool_choice": {"type": "tool", "name": _TOOL}}
            case "json_schema":
                wanted = {"type": "json_schema", "schema": shape_of(schema)}
                return {"output_config": {"format": wanted}}
        return {}

    def read(self, body: bytes) -> Answer:
        reply = _Reply.model_validate_json(body)
        return Answer(
            text=reply.text,
            counts=(reply.usage or _Counted()).counts(),
            cut=reply.stop_reason in ("max_tokens", "model_context_window_exceeded"),
            refused=reply.stop_reason == "refusal",
            reasoning="".join(block.thinking for block in reply.content),
        )


def _system(messages: Sequence[Message]) -> str:
    """Instructions stand outside the conversation here, and are text."""
    system = [message for message in messages if message.role == "system"]
    return "\n\n".join(part for one in system for part in one.parts if isinstance(part, str))


class _Part(BaseModel):
    """What we do not read may be there."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class _Block(_Part):
    type: str
    text: str = ""
    thinking: str = ""
    name: str = ""
    input: dict[str, JsonValue] | None = None


class _Counted(_Part):
    """Here `input_tokens` leaves out what was read from or written to the prompt cache."""

    input_tokens: int | None = Field(None, ge=0, le=_MOST_TOKENS)
    output_tokens: int | None = Field(None, ge=0, le=_MOST_TOKENS)
    cache_read_input_tokens: int | None = Field(None, ge=0, le=_MOST_TOKENS)
    cache_creation_input_tokens: int | None = Field(None, ge=0, le=_MOST_TOKENS)

    def counts(self) -> Counts:
        cached = self.cache_read_input_tokens or 0
        written = self.cache_creation_input_tokens or 0
        whole = (self.input_tokens or 0) + cached + written
        return Counts(whole or None, self.output_tokens, cached, written)


class _Reply(_Part):
    """The answer to POST /messages."""

    type: Literal["message"]
    content: tuple[_Block, ...]
    stop_reason: str | None = None
    usage: _Counted | None = None

    @property
    def text(self) -> str:
        """What the tool was called with, or what was written; reasoning is neither."""
        for block in self.content:
            if block.type == "tool_use" and block.name == _TOOL and block.input is not None:
                return json.dumps(block.input)
        return "".join(block.text for block in self.content if block.type == "text")
