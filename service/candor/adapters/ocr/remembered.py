"""What was read in an image is remembered: the same picture often comes with many questions."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field

from candor.adapters.ocr.cuts import OUT_OF_TIME
from candor.domain.joins import Joins
from candor.domain.ports import PageText, TextReader
from candor.domain.vision.pictures import Picture


@dataclass(slots=True)
class RememberedReader:
    """Keeps the pages of the `size` images used last; reads of one image are joined."""

    reader: TextReader
    size: int = 256
    _pages: OrderedDict[str, PageText] = field(init=False, default_factory=OrderedDict)
    _joins: Joins[PageText] = field(init=False, default_factory=Joins)

    @property
    def name(self) -> str:
        return self.reader.name

    async def read(self, picture: Picture, deadline: float) -> PageText:
        """Raises: ReaderUnavailable."""
        known = self._pages.get(picture.key)
        if known is not None:
            self._pages.move_to_end(picture.key)
            return known
        run = await self._joins.run(picture.key, lambda: self._read(picture, deadline))
        if run.joined and run.result.cut == OUT_OF_TIME and time.monotonic() < deadline:
            # Whoever read it had less time than this caller.
            return await self._read(picture, deadline)
        return run.result

    async def _read(self, picture: Picture, deadline: float) -> PageText:
        page = await self.reader.read(picture, deadline)
        if page.cut != OUT_OF_TIME:
            self._pages[picture.key] = page
            self._pages.move_to_end(picture.key)
            while len(self._pages) > self.size:
                self._pages.popitem(last=False)
        return page

    async def warm(self) -> None:
        """Load what the reader needs, where it has anything to load."""
        warm = getattr(self.reader, "warm", None)
        if warm is not None:
            await warm()
