"""What differs from provider to provider, in one table.

Each row was written from excerpts of the provider's public documentation and from memory; the
comment above it names the pages to check it against. Nothing was tried against the real services
(docs/providers.md tells what is unverified).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

StructuredOutput = Literal[
    "json_schema", "json_object", "structured_outputs", "guided_json", "tool", "none"
]
ChatProvider = Literal[
    "openai-compatible",
    "openai",
    "vllm",
    "llama-cpp",
    "ollama",
    "lm-studio",
    "openrouter",
    "gemini",
]
Provider = Literal[ChatProvider, "azure-openai", "anthropic"]
PROVIDERS: tuple[str, ...] = get_args(Provider)

_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Profile:
    """One provider. What an operator sets in the configuration goes before it."""

    base_url: str = ""
    """Where the provider has one address for everybody."""
    probe_path: str = "/models"
    key_header: str = "authorization"
    key_prefix: str = "Bearer "
    headers: tuple[tuple[str, str], ...] = ()

    deadline_header: str = ""
    """Where what is left of the time is told, in milliseconds: only to servers of one's own."""

    tokens_field: str = "max_tokens"
    temperature: float | None = 0.0
    """None: not sent, because newer models refuse the whole call for it."""
    structured_output: StructuredOutput = "none"
    structured_outputs: tuple[StructuredOutput, ...] = ("json_schema", "json_object", "none")
    """The forms that it knows, the one used by default among them."""

    best_side: int = 1024
    """Longest side, in pixels, beyond which the provider scales down or models see no more."""
    max_images: int | None = None
    max_image_bytes: int | None = None
    """Of one image before it is written as base64."""
    pixels_per_token: int = 784
    """For estimates: 28x28 pixels a token, as in the Qwen-VL family that is mostly served."""

    refusals: frozenset[str] = frozenset({"content_filter"})
    """Words in an error's body that say: the content was refused, not the call."""
    resets: tuple[tuple[str, str], ...] = ()
    """Headers of a limit: how much of it is left, and when it is full again."""

    @property
    def is_own(self) -> bool:
        """Whether such servers are run by those who run Candor: they are told more."""
        return bool(self.deadline_header)


_OPENAI_RESETS = tuple(
    (f"x-ratelimit-remaining-{of}", f"x-ratelimit-reset-{of}") for of in ("requests", "tokens")
)
_ANTHROPIC_RESETS = tuple(
    (f"anthropic-ratelimit-{of}-remaining", f"anthropic-ratelimit-{of}-reset")
    for of in ("requests", "tokens", "input-tokens", "output-tokens")
)
_DEADLINE = "x-request-timeout-ms"
_OPENAI_REFUSALS = frozenset(
    {"content_filter", "content_policy_violation", "ResponsibleAIPolicyViolation"}
)

PROFILES: Mapping[str, Profile] = {
    # Whatever speaks chat completions: only what every such endpoint takes.
    "openai-compatible": Profile(resets=_OPENAI_RESETS, deadline_header=_DEADLINE),
    # platform.openai.com/docs: "Chat completions" (max_tokens is deprecated; reasoning models
    # take no temperature), "Images and vision" (scaled into 2048x2048, then to a short side of
    # 768: 1536 is that for a page; 500 images, 50 MB a request), "Rate limits" (headers).
    "openai": Profile(
        base_url="https://api.openai.com/v1",
        tokens_field="max_completion_tokens",
        temperature=None,
        structured_output="json_schema",
        best_side=1536,
        max_images=500,
        max_image_bytes=20 * _MIB,
        pixels_per_token=1370,
        refusals=_OPENAI_REFUSALS,
        resets=_OPENAI_RESETS,
    ),
    # learn.microsoft.com/azure/ai-services/openai: "REST API reference" (api-key, api-version,
    # deployments), "Quotas and limits" (50 images), "Content filtering" (400 content_filter
    # with innererror ResponsibleAIPolicyViolation).
    "azure-openai": Profile(
        key_header="api-key",
        key_prefix="",
        tokens_field="max_completion_tokens",
        temperature=None,
        structured_output="json_schema",
        best_side=1536,
        max_images=50,
        max_image_bytes=20 * _MIB,
        pixels_per_token=1370,
        refusals=_OPENAI_REFUSALS,
        resets=_OPENAI_RESETS,
    ),
    # docs.vllm.ai, "Structured outputs": response_format, or structured_outputs.json, which
    # took the place of guided_json (removed in 0.12). How many images a prompt may have is an
    # option of the server (--limit-mm-per-prompt).
    "vllm": Profile(
        deadline_header=_DEADLINE,
        structured_output="json_schema",
        structured_outputs=(
            "json_schema",
            "json_object",
            "structured_outputs",
            "guided_json",
            "none",
        ),
    ),
    # github.com/ggml-org/llama.cpp, tools/server/README.md: response_format with a schema;
    # reasoning comes in reasoning_content.
    "llama-cpp": Profile(structured_output="json_schema", deadline_header=_DEADLINE),
    # docs.ollama.com/api/openai-compatibility: response_format; `format` belongs to its own
    # /api/chat, which we do not speak. Reasoning comes in `reasoning`.
    "ollama": Profile(structured_output="json_schema", deadline_header=_DEADLINE),
    # lmstudio.ai/docs, "Structured output": response_format of type json_schema only.
    "lm-studio": Profile(
        structured_output="json_schema",
        structured_outputs=("json_schema", "none"),
        deadline_header=_DEADLINE,
    ),
    # openrouter.ai/docs: "Errors" (402 no credit, 403 flagged by moderation, with
    # metadata.flagged_input; 200 with `error` where the model failed), "Limits"
    # (X-RateLimit-Reset in milliseconds since 1970), "Structured outputs" (some models only).
    "openrouter": Profile(
        base_url="https://openrouter.ai/api/v1",
        refusals=frozenset({"content_filter", "flagged_input"}),
        resets=(("x-ratelimit-remaining", "x-ratelimit-reset"),),
    ),
    # ai.google.dev/gemini-api/docs/openai: the key as bearer token; errors come in Google's
    # form, at times as a list; a 429 names its pause in the body (RetryInfo.retryDelay).
    # "Image understanding": tiles of 768x768 at 258 tokens; 3,600 images a request.
    "gemini": Profile(
        base_url="https://generativelanguage.googleapis.com/v1beta/openai",
        structured_output="json_object",
        best_side=1536,
        max_images=3600,
        max_image_bytes=15 * _MIB,
        pixels_per_token=2286,
        refusals=frozenset({"content_filter", "PROHIBITED_CONTENT", "SAFETY"}),
    ),
    # platform.claude.com/docs: "Messages" (x-api-key, anthropic-version, max_tokens required;
    # temperature is deprecated and refused by newer models), "Vision" (scaled down above 1568
    # pixels, 5 MB as base64, 100 images, about width x height / 750 tokens), "Errors" (529
    # overloaded_error), "Rate limits" (headers), "Structured outputs" (output_config.format).
    "anthropic": Profile(
        base_url="https://api.anthropic.com/v1",
        key_header="x-api-key",
        key_prefix="",
        headers=(("anthropic-version", "2023-06-01"),),
        temperature=None,
        structured_output="tool",
        structured_outputs=("tool", "json_schema", "none"),
        best_side=1568,
        max_images=100,
        max_image_bytes=5 * _MIB * 3 // 4,
        pixels_per_token=750,
        resets=_ANTHROPIC_RESETS,
    ),
}
