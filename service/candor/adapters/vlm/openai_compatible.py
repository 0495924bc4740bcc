"""Any endpoint that speaks OpenAI's chat completions: vLLM, Ollama, OpenAI, Azure, Gemini, ..."""

from functools import lru_cache
from typing import Any, Literal, Self
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict, Field, model_validator

from candor.adapters.vlm import wire
from candor.adapters.vlm.dialect import Answer, Counts, Question
from candor.adapters.vlm.endpoint import Endpoint, assemble
from candor.adapters.vlm.endpoint_config import ModelEndpointConfig
from candor.adapters.vlm.profiles import ChatProvider

_MOST_TOKENS = 10**9


class OpenAICompatibleConfig(ModelEndpointConfig):
    """One model endpoint that speaks chat completions."""

    provider: ChatProvider = Field(
        "openai-compatible",
        description="Whose it is, which sets the defaults of all below; `openai-compatible` "
        "suits everything else that speaks chat completions.",
    )

    def build(self, name: str, http: httpx.AsyncClient) -> Endpoint:
        dialect = ChatCompletions(self)
        return assemble(name, self, dialect, http, probe_path=self.probe_path)


class AzureConfig(ModelEndpointConfig):
    """One deployment at Azure OpenAI: `model` is the deployment's name."""

    provider: Literal["azure-openai"] = "azure-openai"
    api_version: str | None = Field(
        None,
        pattern=r"^[0-9a-z-]+$",
        description="Such as `2024-10-21`, which calls `/openai/deployments/{model}`; null calls "
        "`/openai/v1`, which has no versions.",
    )

    @model_validator(mode="after")
    def _is_the_resource(self) -> Self:
        if "/openai" in self.url:
            raise ValueError(
                "base_url ends with the host, as in https://name.openai.azure.com: the path is "
                "made from api_version and model"
            )
        return self

    def build(self, name: str, http: httpx.AsyncClient) -> Endpoint:
        dialect = ChatCompletions(self, self._under(f"deployments/{quote(self.model, safe='')}"))
        probe = self.probe_path and self._under("") + self.probe_path + self._version
        return assemble(name, self, dialect, http, probe_path=probe)

    def _under(self, deployment: str) -> str:
        if self.api_version is None:
            return "/openai/v1" + ("/chat/completions" if deployment else "")
        if not deployment:
            return "/openai"
        return f"/openai/{deployment}/chat/completions{self._version}"

    @property
    def _version(self) -> str:
        return f"?api-version={self.api_version}" if self.api_version else ""


class ChatCompletions:
    """POST {base_url}/chat/completions."""

    def __init__(self, config: ModelEndpointConfig, path: str = "/chat/completions") -> None:
        self.path = path
        self._config = config
        self._images = wire.ImageFragments()
        # A schema takes longer to write than all that is said around the images.
        self._rest = lru_cache(maxsize=wire.FORMS_KEPT)(self._written_rest)

    def pieces(self, question: Question) -> list[bytes]:
        rest = self._rest(question.form, question.temperature)
        return wire.pieces(question.messages, rest, self._images)

    def _written_rest(self, form: type[BaseModel], temperature: float | None) -> bytes:
        config = self._config
        rest: dict[str, Any] = {"model": config.model, **config.extra_body}
        heat = config.heat if temperature is None else temperature
        if heat is not None:
            rest["temperature"] = heat
        if config.max_output_tokens is not None:
            rest[config.profile.tokens_field] = config.max_output_tokens
        return wire.to_json({**rest, **self._structured(form)})

    def _structured(self, form: type[BaseModel]) -> dict[str, Any]:
        match self._config.form_of_output:
            case "json_schema":
                schema = {"name": form.__name__, "schema": wire.schema_of(form)}
                return {"response_format": {"type": "json_schema", "json_schema": schema}}
            case "json_object":
                return {"response_format": {"type": "json_object"}}
            case "structured_outputs":
                return {"structured_outputs": {"json": wire.schema_of(form)}}
            case "guided_json":
                return {"guided_json": wire.schema_of(form)}
        return {}

    def read(self, body: bytes) -> Answer:
        completion = _Completion.model_validate_json(body)
        counts = (completion.usage or _Counted()).counts()
        if completion.error is not None or not completion.choices:
            # OpenRouter answers 200 and then finds that the model has failed.
            code = completion.error.code if completion.error else None
            return Answer(counts=counts, error_status=code if isinstance(code, int) else 502)
        choice = completion.choices[0]
        ended = choice.finish_reason or ""
        # Gemini adds why: `content_filter: PROHIBITED_CONTENT`.
        refused = bool(choice.message.refusal) or ended.startswith("content_filter")
        return Answer(
            text=choice.message.text,
            counts=counts,
            cut=ended == "length",
            refused=refused,
            reasoning=choice.message.thought,
            error_status=502 if ended == "error" else None,
        )


class _Part(BaseModel):
    """What we do not read may be there."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class _TextPart(_Part):
    type: str = "text"
    text: str = ""


class _Said(_Part):
    """Reasoning comes as `reasoning_content` (vLLM, llama.cpp, LM Studio) or `reasoning`
    (Ollama, OpenRouter, newer vLLM): it is not the reply, and travels beside it."""

    content: str | tuple[_TextPart, ...] | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, tuple):
            return "".join(part.text for part in self.content if part.type == "text")
        return self.content or ""

    @property
    def thought(self) -> str:
        return self.reasoning_content or self.reasoning or ""


class _Choice(_Part):
    message: _Said
    finish_reason: str | None = None


class _Details(_Part):
    cached_tokens: int | None = Field(None, ge=0, le=_MOST_TOKENS)


class _Counted(_Part):
    """Tokens, as far as the endpoint counts them."""

    prompt_tokens: int | None = Field(None, ge=0, le=_MOST_TOKENS)
    completion_tokens: int | None = Field(None, ge=0, le=_MOST_TOKENS)
    prompt_tokens_details: _Details | None = None

    def counts(self) -> Counts:
        cached = (self.prompt_tokens_details or _Details()).cached_tokens or 0
        return Counts(
            # A prompt of no tokens was not counted.
            input=self.prompt_tokens or None,
            output=self.completion_tokens,
            cached=min(cached, self.prompt_tokens or 0),
        )


class _Error(_Part):
    code: int | str | None = None


class _Completion(_Part):
    """The answer to POST /chat/completions."""

    choices: tuple[_Choice, ...] | None = None
    usage: _Counted | None = None
    error: _Error | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.choices and self.error is None:
            raise ValueError("there is no choice")
        return self
