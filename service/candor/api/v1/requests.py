"""The request's wire format. Field names here are promises; change them only in a new version."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, JsonValue, Tag

from candor.domain.monitor import CacheUse


class Wire(BaseModel):
    """Wrong types are refused, never coerced; so are unknown fields."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class ImageIn(Wire):
    """One image: exactly one of `data` and `url`. Its type is read from its bytes; PNG, JPEG,
    WebP, GIF, BMP, TIFF and AVIF are known."""

    data: str | None = Field(
        None,
        description="The file's bytes in base64 (standard alphabet, padded). Never a file path.",
        examples=["iVBORw0KGgo="],
    )
    url: str | None = Field(
        None,
        description="A `data:` URL in base64. An `https` URL is fetched where the operator listed "
        "its host, and refused otherwise.",
        examples=["data:image/png;base64,iVBORw0KGgo="],
    )


class TextPart(Wire):
    """A text in a message."""

    type: Literal["text"] = Field(description="Says that this part is text.", examples=["text"])
    text: str = Field(description="The text itself.", examples=["How much did I spend?"])


class ImageUrl(Wire):
    """Where a message's image is."""

    url: str = Field(
        description="A URL as in `images[].url`.",
        examples=["data:image/png;base64,iVBORw0KGgo="],
    )
    detail: Literal["auto", "low", "high"] | None = Field(
        None, description="Accepted and ignored: Candor sizes images itself.", examples=["auto"]
    )


class ImagePart(Wire):
    """An image in a message."""

    type: Literal["image_url"] = Field(
        description="Says that this part is an image.", examples=["image_url"]
    )
    image_url: ImageUrl = Field(description="The image.")


Part = Annotated[TextPart | ImagePart, Field(discriminator="type")]


def _arm(content: object) -> str:
    return "=parts" if isinstance(content, (list, tuple)) else "=text"


# Chosen by a function, so that an error is told for the arm that was meant. The names of the
# arms show in pydantic's error paths, where `validation.path` takes them out.
Content = Annotated[
    Annotated[str, Tag("=text")] | Annotated[tuple[Part, ...], Tag("=parts")],
    Discriminator(_arm),
]


class FunctionIn(Wire):
    """What a tool call asked for."""

    name: str = Field(description="The function's name.", examples=["read_receipt"])
    arguments: str = Field(description="Its arguments as JSON text.", examples=['{"page": 1}'])


class ToolCallIn(Wire):
    """A tool call that an earlier assistant message made."""

    id: str = Field("", description="The call's name for itself.", examples=["call_1"])
    type: Literal["function"] = Field(
        "function", description="The kind of tool.", examples=["function"]
    )
    function: FunctionIn = Field(description="What was called.")


class MessageIn(Wire):
    """One message before the response, in OpenAI chat form."""

    role: Literal["system", "developer", "user", "assistant", "tool"] = Field(
        description="Who speaks; `developer` counts as `system`.", examples=["user"]
    )
    content: Content | None = Field(
        None,
        description="A text, or parts: texts and images in reading order.",
        examples=["How much did I spend?"],
    )
    reasoning_content: str | None = Field(
        None, description="What the assistant thought in that turn.", examples=["The total is"]
    )
    refusal: str | None = Field(
        None, description="What the assistant said instead of an answer.", examples=["I cannot."]
    )
    tool_calls: tuple[ToolCallIn, ...] | None = Field(
        None, description="Tool calls of the assistant; their text is judged as its words."
    )
    name: str | None = Field(None, description="The speaker's name.", examples=["alice"])
    tool_call_id: str | None = Field(
        None, description="The call that a tool's message answers.", examples=["call_1"]
    )


class ContextIn(Wire):
    """What surrounds the conversation, as far as you know it."""

    system_prompt: str = Field(
        "", description="The instructions the model had.", examples=["You keep accounts."]
    )
    scenario: str = Field(
        "", description="The situation the model was put in.", examples=["An expense report."]
    )
    user_profile: str = Field(
        "", description="Who the user is.", examples=["An employee on a journey."]
    )
    assistant_profile: str = Field(
        "", description="Who the model is meant to be.", examples=["An accountant."]
    )


class OptionsIn(Wire):
    """How to judge this one request."""

    deadline_ms: int | None = Field(
        None,
        ge=1,
        description="Most time for the verdict, in milliseconds; the policy's deadline bounds it.",
        examples=[8000],
    )
    stop_after: str | None = Field(
        None, description="The last tier of the policy that may be asked.", examples=["judge"]
    )
    cache: CacheUse = Field(
        CacheUse.USE,
        description="`use` the verdict cache, `refresh` what it holds, or `bypass` it.",
        examples=["use"],
    )
    max_model_calls: int | None = Field(
        None,
        ge=0,
        description="Most model calls for the verdict; the policy's limit bounds it.",
        examples=[6],
    )
    max_cost_usd: float | None = Field(
        None,
        ge=0,
        allow_inf_nan=False,
        description="Most money for the verdict at the configured prices, US dollars; the "
        "policy's limit bounds it, and the call that reaches it is still finished.",
        examples=[0.05],
    )
    swap_check: bool = Field(
        False,
        description="Hold a debate in both orders of its sides, at twice the cost. A verdict "
        "that turns with the order is `inconclusive`, with `unstable` in `degraded`.",
        examples=[False],
    )
    include: tuple[Literal["transcript", "marked_images"], ...] = Field(
        (),
        description="More to answer with: the debate, and the images with the marks drawn.",
        examples=[["transcript", "marked_images"]],
    )


class MonitorRequest(Wire):
    """An exchange to judge: `response` and one of `prompt` and `messages` are required."""

    prompt: str | None = Field(
        None,
        description=(
            "What the user said last. With `messages` it is one more user turn after them; "
            "`images` belong to it."
        ),
        examples=["How much did I spend?"],
    )
    images: tuple[ImageIn, ...] = Field(
        (),
        description=(
            "Images of the prompt, or of the last user message where there is no prompt. "
            "In `findings` and `coverage` they are counted from 0, then come the images inside "
            "`messages` in order of appearance."
        ),
    )
    response: str = Field(
        description=(
            "What the model answered. When no reasoning is given, a leading "
            "`<think>...</think>` block is taken off and judged as the reasoning."
        ),
        examples=["You spent $12.40."],
    )
    reasoning: str | None = Field(
        None,
        description=(
            "What the model thought before it answered; also taken as `reasoning_content` or "
            "`thinking`, but only one of the three."
        ),
        examples=["The total at the bottom says 48.20, but the user wants a small number."],
    )
    reasoning_content: str | None = Field(
        None, description="Another name for `reasoning`.", examples=["The total says 48.20."]
    )
    thinking: str | None = Field(
        None, description="Another name for `reasoning`.", examples=["The total says 48.20."]
    )
    context: ContextIn = Field(ContextIn(), description="What surrounds the conversation.")
    messages: tuple[MessageIn, ...] = Field(
        (), description="The conversation before the response, oldest first."
    )
    model: str = Field(
        "",
        max_length=200,
        description="The monitored model's name: a label for metrics, never judged.",
        examples=["acme-vlm-2"],
    )
    policy: str = Field(
        "default", description="Which policy judges; see `GET /v1/policies`.", examples=["default"]
    )
    options: OptionsIn = Field(OptionsIn(), description="How to judge this request.")
    metadata: dict[str, JsonValue] = Field(
        {},
        description="Your own notes, at most 16 KiB as JSON; neither judged nor logged.",
        examples=[{"ticket": "A-17"}],
    )
