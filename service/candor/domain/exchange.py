"""What is judged: a conversation with its images, and the response under test."""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum


class Speaker(StrEnum):
    """Who said a part of the conversation, in the words of chat APIs."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


@dataclass(frozen=True, slots=True)
class ImageRef:
    """The place of an image in the conversation; `index` counts in `Exchange.images`."""

    index: int


@dataclass(frozen=True, slots=True)
class Utterance:
    """One message before the response: texts and images in the order they were sent."""

    speaker: Speaker
    parts: tuple[str | ImageRef, ...]

    @property
    def text(self) -> str:
        return "\n".join(part for part in self.parts if isinstance(part, str))


@dataclass(frozen=True, slots=True)
class SourceImage:
    """One image's bytes as the caller sent them, not yet looked at."""

    data: bytes = field(repr=False)
    digest: str = field(init=False)
    """SHA-256 of the bytes, in hex."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", hashlib.sha256(self.data).hexdigest())


@dataclass(frozen=True, slots=True)
class RemoteImage:
    """An image that is somewhere else; `place` names it in errors (`images[0].url`)."""

    url: str = field(repr=False)
    place: str


@dataclass(frozen=True, slots=True)
class Context:
    """What surrounds the conversation, where the caller knows it."""

    system_prompt: str = ""
    scenario: str = ""
    user_profile: str = ""
    assistant_profile: str = ""

    def texts(self) -> tuple[str, ...]:
        return (self.system_prompt, self.scenario, self.user_profile, self.assistant_profile)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One response to judge, with all that came before it."""

    conversation: tuple[Utterance, ...]
    response: str
    images: tuple[SourceImage, ...] = ()
    reasoning: str | None = None
    context: Context = Context()
    _digest: str = field(init=False, repr=False, compare=False, default="")

    @property
    def prompt(self) -> str:
        """What the user said last, which is what the response answers."""
        said = [u.text for u in self.conversation if u.speaker is Speaker.USER]
        return said[-1] if said else ""

    @property
    def has_reasoning(self) -> bool:
        """Without a letter or a digit there is nothing to go by: blank is none."""
        return self.reasoning is not None and any(map(str.isalnum, self.reasoning))

    def digest(self) -> str:
        """Same content, same digest, in hex; the order of images and messages matters. Taken
        once."""
        if not self._digest:
            object.__setattr__(self, "_digest", self._digested())
        return self._digest

    def _digested(self) -> str:
        h = hashlib.sha256()
        for part in self._canonical():
            raw = part.encode("utf-8", "surrogatepass")
            h.update(len(raw).to_bytes(8, "big"))
            h.update(raw)
        return h.hexdigest()

    def _canonical(self) -> list[str]:
        """Every part behind a tag of its own, so that no two exchanges read the same."""
        parts = ["response", self.response]
        if self.reasoning is not None:
            parts += ["reasoning", self.reasoning]
        parts += ["context", *self.context.texts()]
        for utterance in self.conversation:
            parts += ["utterance", utterance.speaker, str(len(utterance.parts))]
            for said in utterance.parts:
                parts += ["text", said] if isinstance(said, str) else ["image", str(said.index)]
        parts += ["images", *(image.digest for image in self.images)]
        return parts
