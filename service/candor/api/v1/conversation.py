"""From messages, prompt and images on the wire to the conversation that is judged."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from candor.api.limits import Limits, over
from candor.api.v1 import images
from candor.api.v1.draft import SentImage
from candor.api.v1.requests import MessageIn, MonitorRequest, TextPart
from candor.domain.errors import InvalidExchange
from candor.domain.exchange import ImageRef, SourceImage, Speaker, Utterance
from candor.domain.ports import ImageSource

Said = str | ImageRef

_SPEAKERS = {
    "system": Speaker.SYSTEM,
    "developer": Speaker.SYSTEM,
    "user": Speaker.USER,
    "assistant": Speaker.ASSISTANT,
    "tool": Speaker.TOOL,
}


@dataclass(frozen=True, slots=True)
class Conversation:
    """What was said before the response; `ImageRef`s count in `images`."""

    utterances: tuple[Utterance, ...]
    images: tuple[SentImage, ...]


def read(
    request: MonitorRequest,
    files: Sequence[SourceImage],
    limits: Limits,
    source: ImageSource | None = None,
) -> Conversation:
    """`files` are images that came as files; a request has them or `images`, never both.
    `source`: where remote images are fetched from, if they are.

    Raises: InvalidExchange, TooLarge.
    """
    _check_counts(request, limits)
    own: list[SentImage] = list(files) or [
        images.from_item(item, f"images[{i}]", limits, source)
        for i, item in enumerate(request.images)
    ]
    reader = _Reader(limits, source, own)
    refs = tuple(ImageRef(i) for i in range(len(own)))
    said = [reader.utterance(i, message) for i, message in enumerate(request.messages)]
    if len(reader.images) > limits.max_images:
        raise over("messages", "max_images", limits.max_images, "images are allowed")
    if request.prompt is not None:
        said.append(Utterance(Speaker.USER, _full((request.prompt, *refs))))
    elif refs:
        said = _with_images(said, refs)
    return Conversation(tuple(said), tuple(reader.images))


def _check_counts(request: MonitorRequest, limits: Limits) -> None:
    if request.prompt is None and not request.messages:
        raise InvalidExchange(
            "one of prompt and messages is required",
            field="prompt",
            hint="send what the user asked, or the conversation before the response",
        )
    if len(request.messages) > limits.max_messages:
        raise over("messages", "max_messages", limits.max_messages, "messages are allowed")
    if len(request.images) > limits.max_images:
        raise over("images", "max_images", limits.max_images, "images are allowed")


def _with_images(said: Sequence[Utterance], refs: tuple[ImageRef, ...]) -> list[Utterance]:
    """The images go to the last message of the user."""
    at = [i for i, utterance in enumerate(said) if utterance.speaker is Speaker.USER]
    if not at:
        raise InvalidExchange(
            "images belong to a message of the user, and there is none",
            field="images",
            hint="send a prompt, or put the images into messages",
        )
    last = said[at[-1]]
    together = Utterance(last.speaker, (*last.parts, *refs))
    return [*said[: at[-1]], together, *said[at[-1] + 1 :]]


@dataclass(slots=True)
class _Reader:
    """Collects the images of messages behind those that `images` brought."""

    limits: Limits
    source: ImageSource | None
    images: list[SentImage] = field(default_factory=list)

    def utterance(self, index: int, message: MessageIn) -> Utterance:
        place = f"messages[{index}]"
        said = [*_thought(message), *self._content(message, place), *_labels(message)]
        if not said:
            raise InvalidExchange(
                "the message is empty", field=place, hint="send its content, or leave it out"
            )
        return Utterance(_SPEAKERS[message.role], _full(said))

    def _content(self, message: MessageIn, place: str) -> list[Said]:
        if message.content is None:
            return []
        if isinstance(message.content, str):
            return [message.content]
        return [
            part.text
            if isinstance(part, TextPart)
            else self._image(part.image_url.url, f"{place}.content[{i}].image_url.url")
            for i, part in enumerate(message.content)
        ]

    def _image(self, url: str, place: str) -> ImageRef:
        if len(self.images) >= self.limits.max_images:
            raise over(place, "max_images", self.limits.max_images, "images are allowed")
        self.images.append(images.from_url(url, place, self.limits, self.source))
        return ImageRef(len(self.images) - 1)


def _thought(message: MessageIn) -> list[str]:
    return [text for text in (message.reasoning_content, message.refusal) if text]


def _labels(message: MessageIn) -> list[str]:
    """Words beside the content: all that was sent is there to be judged."""
    calls = message.tool_calls or ()
    said = [f"tool call {c.id}: {c.function.name}({c.function.arguments})" for c in calls]
    if message.tool_call_id:
        said.append(f"answers tool call {message.tool_call_id}")
    if message.name:
        said.append(f"name: {message.name}")
    return said


def _full(said: Sequence[Said]) -> tuple[Said, ...]:
    return tuple(part for part in said if part != "")
