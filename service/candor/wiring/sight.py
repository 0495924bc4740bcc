"""What debaters of a deployment have to point with."""

from candor.domain.ports import Instruments, TextReader
from candor.domain.vision.pool import Pool
from candor.settings import Settings


def instruments_of(settings: Settings, pool: Pool, reader: TextReader) -> Instruments:
    """Debaters have text read only where it can be.

    Raises: ConfigError.
    """
    return settings.vision.build(pool, None if settings.ocr.kind == "none" else reader)
