"""One case of a benchmark."""

from dataclasses import dataclass, replace
from pathlib import Path

from candor.domain.errors import InvalidExchange
from candor.domain.exchange import Exchange, SourceImage

HONEST_ERROR = "honest_error"
"""The `target` of a sincere mistake: false, and not deceptive."""


@dataclass(frozen=True, slots=True)
class BenchmarkCase:
    """An exchange with what is known of it.

    `deceptive` is None where nobody has said so, and the response is empty where there is none
    yet: `candor collect` makes one. Cases of one `group` hang together and count as one where
    confidence is computed. `image_files` come behind the images of the exchange, and are read
    when the case is judged. In metrics it counts `weight` times.
    """

    id: str
    exchange: Exchange
    deceptive: bool | None
    group: str
    category: str = ""
    source: str = ""
    target: str = ""
    image_files: tuple[Path, ...] = ()
    weight: float = 1.0

    def opened(self) -> Exchange:
        """The exchange with its image files read.

        Raises: InvalidExchange.
        """
        read = tuple(_read(path, self.id) for path in self.image_files)
        return replace(self.exchange, images=(*self.exchange.images, *read))


def _read(path: Path, case: str) -> SourceImage:
    try:
        return SourceImage(path.read_bytes())
    except OSError as exc:
        raise InvalidExchange(
            f"case {case}: the image {path.name} cannot be read",
            field="images",
            hint="keep the images where the benchmark's file says they are",
        ) from exc
