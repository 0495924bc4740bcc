"""What every visual operation says besides its place."""

import unicodedata
from abc import ABC, abstractmethod
from typing import Annotated, Any, ClassVar

from PIL import Image
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from candor.domain.vision.bench import Bench, Found, Rasters
from candor.domain.vision.geometry import Region
from candor.domain.vision.instruments import Need

# Controls, invisible format characters (bidi overrides too), and line separators.
_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def visible(text: str) -> str:
    """As long as before. Labels are drawn and claims quoted: nothing in them may act."""
    # One look at the whole: of most texts every character is drawn.
    if text.isprintable():
        return text
    return "".join(map(_visible_char, text))


def _seen(text: object) -> object:
    # What is no text Pydantic refuses in its own words.
    return visible(text) if isinstance(text, str) else text


def _visible_char(char: str) -> str:
    if unicodedata.category(char) not in _UNSEEN:
        return char
    return " " if char.isspace() else "\N{REPLACEMENT CHARACTER}"


def _all_required(schema: dict[str, Any]) -> None:
    # `kind` has a default for Python's sake only: without it nothing tells the kinds apart.
    schema["required"] = list(schema["properties"])


def words(longest: int) -> StringConstraints:
    """A text that a debater gives, in characters; goes with `SEEN`."""
    return StringConstraints(strip_whitespace=True, min_length=1, max_length=longest)


SEEN = BeforeValidator(_seen)


class Evidential(BaseModel, ABC):
    """An operation on one image. Frozen, and compared by value."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra=_all_required)

    # First, here as in the schema: a model that writes in order names the claim, then the place.
    kind: str
    image: int = Field(ge=0, description="Number of the image, counted from 0.")
    claim: Annotated[str, words(300), SEEN] = Field(
        description="The one claim that this mark proves, in a short sentence."
    )
    label: Annotated[str, words(40), SEEN] = Field(
        description="One to four words drawn next to the mark: what is there to be seen."
    )

    needs: ClassVar[Need | None] = None
    """The instrument without which this kind is not offered."""
    cuts_out: ClassVar[bool] = False
    """Whether its close-up is cut out of the images that it names."""

    @abstractmethod
    def region(self, width: int, height: int) -> Region:
        """The place in pixels of an image of this size."""

    @property
    def images(self) -> tuple[int, ...]:
        """The numbers of all images that it names."""
        return (self.image,)

    def strokes(self, image: int, width: int, height: int) -> tuple[Region, ...]:
        """What is drawn on an image of this size."""
        return (self.region(width, height),) if image == self.image else ()

    @property
    def place(self) -> tuple[object, ...]:
        """The same for operations that show the same, whatever they claim."""
        spoken = ("claim", "label")
        named = type(self).model_fields
        return tuple(getattr(self, name) for name in named if name not in spoken)

    async def perform(self, bench: Bench) -> Found:
        """Work out what this kind works out. The images that it names exist.

        Raises: OperationFailed, InvalidExchange, Overloaded.
        """
        del bench
        return Found()

    def close_up(self, rasters: Rasters, max_side: int, found: Found) -> Image.Image | None:
        """A picture of its own, besides the mark, where the operation makes one. `rasters` has
        the images that operations that cut out name.

        CPU work: call it through a `Pool`.
        """
        del rasters, max_side, found
        return None
