"""One model endpoint as an operator writes it: what all providers have in common."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, SecretStr, model_validator
from pydantic import field_validator as checked

from candor.adapters.vlm.profiles import PROFILES, Profile, StructuredOutput

_OURS = (
    *("messages", "system", "model", "stream", "n"),
    *("response_format", "structured_outputs", "guided_json", "output_config"),
    *("tools", "tool_choice"),
)


# Settings that change no verdict, so that the verdict cache need not forget.
OPERATIONAL = frozenset(
    {
        *("api_key", "price", "connect_seconds", "timeout_seconds", "probe_path"),
        *("max_concurrency", "max_retries", "breaker", "fallback", "fallback_on_refusal"),
        *("hedge_after_ms",),
    }
)


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Price(_Section):
    """What the provider asks, in US dollars. Candor knows no prices of its own."""

    input_per_million: float = Field(0.0, ge=0, description="US dollars per million input tokens.")
    output_per_million: float = Field(
        0.0, ge=0, description="US dollars per million output tokens."
    )
    cached_input_per_million: float | None = Field(
        None,
        ge=0,
        description="For input tokens read from the provider's prompt cache; null: as any input.",
    )
    cache_write_per_million: float | None = Field(
        None,
        ge=0,
        description="For input tokens written to that cache, where it costs; null: as any input.",
    )

    def of(
        self,
        input_tokens: int,
        output_tokens: int,
        *,
        cached_tokens: int = 0,
        written_tokens: int = 0,
    ) -> float:
        """`cached_tokens` and `written_tokens` are part of `input_tokens`."""
        plain = self.input_per_million
        cached = _or(self.cached_input_per_million, plain)
        written = _or(self.cache_write_per_million, plain)
        spent = (
            (input_tokens - cached_tokens - written_tokens) * plain
            + cached_tokens * cached
            + written_tokens * written
            + output_tokens * self.output_per_million
        )
        return spent / 1_000_000


def _or(price: float | None, otherwise: float) -> float:
    return otherwise if price is None else price


class BreakerConfig(_Section):
    """When an endpoint is left alone for a while."""

    failures: int = Field(
        5,
        ge=0,
        description="Calls in a row without an answer that open the breaker; 0 turns it off.",
    )
    cool_down_seconds: float = Field(
        30.0, gt=0, le=3600, description="Time until one call may try whether it is back."
    )


class ModelEndpointConfig(_Section):
    """One model endpoint."""

    provider: str
    base_url: str | None = Field(
        None,
        pattern=r"^https?://[^\s/?#]+[^\s?#]*$",
        description="Up to and with the version, for example `http://vllm:8000/v1`; for "
        "`azure-openai` the resource alone, for example `https://contoso.openai.azure.com`. May "
        "be left out for a provider with one address for everybody.",
    )
    model: str = Field(min_length=1, description="The model's name at the endpoint.")
    api_key: SecretStr | None = Field(
        None, description="Sent in the header that the provider wants, where it is set."
    )
    price: Price = Price()
    max_image_side: int | None = Field(
        None,
        ge=64,
        le=8192,
        description="Longest side, in pixels, of the images that are sent; null: the provider's "
        "best.",
    )
    max_images: int | None = Field(
        None,
        ge=0,
        description="Most images in one call; null: the provider's limit. A call with more fails.",
    )
    max_output_tokens: int | None = Field(
        2048, gt=0, description="Most tokens to write; null leaves it to the endpoint."
    )
    temperature: float | None = Field(
        0.0,
        ge=0,
        le=2,
        description="Null where the endpoint takes none. Unless it is set, `openai`, "
        "`azure-openai` and `anthropic` are sent none, because newer models refuse it.",
    )
    structured_output: StructuredOutput | None = Field(
        None,
        description=(
            "How the endpoint is made to write JSON: `json_schema` sends the form's schema, "
            "`json_object` asks for JSON of any form, `structured_outputs` and `guided_json` are "
            "vLLM's own fields, `tool` makes the model call a tool (Anthropic), `none` leaves it "
            "to the prompt, which every endpoint understands. Null: the provider's default."
        ),
    )
    connect_seconds: float = Field(3.0, gt=0, le=60, description="Longest wait for a connection.")
    timeout_seconds: float = Field(
        30.0,
        gt=0,
        le=600,
        description="Longest time of one attempt; the deadline of the request bounds it too.",
    )
    max_concurrency: int = Field(
        64,
        gt=0,
        le=512,
        description="Calls at once, per process; further ones wait within their request's time.",
    )
    max_retries: int = Field(
        2,
        ge=0,
        le=10,
        description="Further attempts after a lost connection, a server error or a rate limit, "
        "as far as the request's time allows.",
    )
    breaker: BreakerConfig = BreakerConfig()
    hedge_after_ms: int | None = Field(
        None,
        gt=0,
        le=600_000,
        description="Time after which a call that has no answer is made once more beside the "
        "first; whichever answers first counts, the other one is cancelled. Both count as model "
        "calls of the request, and both are paid. Null: never.",
    )
    fallback: str | None = Field(
        None,
        description="Name under `models` of the endpoint to ask when this one fails, which may "
        "have a fallback in turn.",
    )
    fallback_on_refusal: bool = Field(
        False, description="Whether the fallback is also asked when the model declines to answer."
    )
    probe_path: str | None = Field(
        "/models",
        pattern=r"^/[^\s?#]*$",
        description="What `/readyz` asks for; null where the endpoint has nothing to ask for.",
    )
    extra_body: dict[str, JsonValue] = Field(
        default_factory=dict, description="Further keys of the request, such as `seed`."
    )

    @checked("api_key")
    @classmethod
    def _fits_a_header(cls, key: SecretStr | None) -> SecretStr | None:
        # Keys from mounted files tend to end with a line break.
        text = key.get_secret_value().strip() if key else ""
        if not (text.isascii() and text.isprintable()):
            raise ValueError("the key has characters that no HTTP header can hold")
        return SecretStr(text) if text else None

    @checked("extra_body")
    @classmethod
    def _leaves_our_keys_alone(cls, extra: dict[str, JsonValue]) -> dict[str, JsonValue]:
        taken = [name for name in _OURS if name in extra]
        if taken:
            raise ValueError(f"these keys are set by Candor: {', '.join(taken)}")
        return extra

    @model_validator(mode="after")
    def _suits_the_provider(self) -> Self:
        if not self.url:
            raise ValueError(f"base_url is needed: {self.provider!r} has no address of its own")
        known = self.profile.structured_outputs
        if self.structured_output is not None and self.structured_output not in known:
            raise ValueError(
                f"structured_output {self.structured_output!r} is not known to "
                f"{self.provider!r}; known: {', '.join(known)}"
            )
        return self

    @property
    def profile(self) -> Profile:
        return PROFILES[self.provider]

    @property
    def url(self) -> str:
        return (self.base_url or self.profile.base_url).rstrip("/")

    @property
    def image_side(self) -> int:
        return self.max_image_side or self.profile.best_side

    @property
    def image_count(self) -> int | None:
        return self.profile.max_images if self.max_images is None else self.max_images

    @property
    def form_of_output(self) -> StructuredOutput:
        return self.structured_output or self.profile.structured_output

    @property
    def heat(self) -> float | None:
        """The temperature to send: what was set, even to null, goes before the provider's."""
        chosen = "temperature" in self.model_fields_set
        return self.temperature if chosen else self.profile.temperature

    def auth(self) -> dict[str, str]:
        """The headers that the provider wants with every call."""
        profile = self.profile
        headers = dict(profile.headers)
        if self.api_key is not None:
            key = self.api_key.get_secret_value()
            headers[profile.key_header] = f"{profile.key_prefix}{key}"
        return headers
