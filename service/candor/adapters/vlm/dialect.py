"""What differs between the formats that endpoints speak: chat completions and Messages."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import BaseModel

from candor.domain.ports import Message


@dataclass(frozen=True, slots=True)
class Question:
    """What a model is asked; `temperature` takes the place of the endpoint's where it is set."""

    messages: Sequence[Message]
    form: type[BaseModel]
    temperature: float | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """Tokens as the provider counted them; None where it did not.

    `cached` (read from its prompt cache) and `written` (to it) are part of `input`.
    """

    input: int | None = None
    output: int | None = None
    cached: int = 0
    written: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back with success. `reasoning` came apart from the text.

    `error_status`: the model failed although HTTP said 200.
    """

    text: str = ""
    counts: Counts = Counts()
    cut: bool = False
    refused: bool = False
    reasoning: str = field(default="", repr=False)
    error_status: int | None = None


class Dialect(Protocol):
    """One format."""

    @property
    def path(self) -> str:
        """Where calls go, below the endpoint's address."""
        ...

    def pieces(self, question: Question) -> list[bytes]:
        """A call's body; images are pieces of their own, kept as long as they live."""
        ...

    def read(self, body: bytes) -> Answer:
        """Raises: ValidationError."""
        ...
