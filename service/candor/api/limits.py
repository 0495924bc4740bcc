"""How much one request may bring."""

from dataclasses import dataclass

from pydantic import Field

from candor.domain.errors import TooLarge
from candor.domain.vision.image import ImageLimits


class Limits(ImageLimits):
    """Each can be raised in the configuration; a request that goes over one gets 413."""

    max_body_bytes: int = Field(
        32 * 2**20, gt=0, description="Bytes of a request's body, images in base64 included."
    )
    max_text_chars: int = Field(
        2_000_000, gt=0, description="Characters in one text: response, prompt, one message part."
    )
    max_messages: int = Field(200, gt=0, description="Messages in one conversation.")
    max_metadata_bytes: int = Field(16 * 2**10, gt=0, description="Bytes of metadata as JSON.")


def over(field: str, limit: str, allowed: int, what: str) -> TooLarge:
    """The error for a request over the limit `limit`; `what` completes "at most 16 ..."."""
    return TooLarge(f"at most {allowed} {what}", field=field, limit=f"limits.{limit}")


@dataclass(frozen=True, slots=True)
class BodyRoom:
    """Bytes that one request's body may have, and the limit's name in the configuration."""

    name: str
    most: int

    def exceeded(self) -> TooLarge:
        message = f"at most {self.most} bytes per request are allowed"
        return TooLarge(message, field="", limit=self.name)
