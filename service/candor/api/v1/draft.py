"""An exchange some of whose images are still somewhere else."""

from collections.abc import Sequence
from dataclasses import dataclass

from candor.domain.exchange import Context, Exchange, RemoteImage, SourceImage, Utterance

SentImage = SourceImage | RemoteImage


@dataclass(frozen=True, slots=True)
class Draft:
    conversation: tuple[Utterance, ...]
    response: str
    images: tuple[SentImage, ...]
    reasoning: str | None
    context: Context

    @property
    def wanted(self) -> tuple[RemoteImage, ...]:
        return tuple(image for image in self.images if isinstance(image, RemoteImage))

    def exchange(self, fetched: Sequence[SourceImage] = ()) -> Exchange:
        """`fetched` stand for what is `wanted`, in that order."""
        coming = iter(fetched)
        images = [next(coming) if isinstance(i, RemoteImage) else i for i in self.images]
        return Exchange(
            self.conversation, self.response, tuple(images), self.reasoning, self.context
        )
