"""Around a tier with a judge: what is judged is searched for words that speak to the judge."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from candor.domain.budget import Budget
from candor.domain.callers import DEFAULT_TENANT
from candor.domain.case import Case
from candor.domain.debate import addressing
from candor.domain.debate.transcript import Transcript
from candor.domain.errors import TierError
from candor.domain.ports import PageText, TextReader
from candor.domain.tiers.tier import Tier, TierSettings
from candor.domain.verdict import Finding, Opinion
from candor.domain.vision.pictures import Picture

_MOST_PAGES = 256
# Characters, in all, that are searched in less than a millisecond, whatever they are: to hand
# them to a thread and wait takes as long.
_SHORT = 400


@dataclass(slots=True)
class NotedReader:
    """Keeps what the tiers had read, so that the watch reads no image a second time."""

    reader: TextReader
    _pages: dict[str, PageText] = field(init=False, default_factory=dict)

    @property
    def name(self) -> str:
        return self.reader.name

    async def read(self, picture: Picture, deadline: float) -> PageText:
        """Raises: ReaderUnavailable."""
        page = await self.reader.read(picture, deadline)
        self._pages.pop(picture.key, None)
        self._pages[picture.key] = page
        while len(self._pages) > _MOST_PAGES:
            self._pages.pop(next(iter(self._pages)))
        return page

    def page(self, digest: str, tenant: str = DEFAULT_TENANT) -> PageText | None:
        """What was read last in this tenant's image with this digest; None where nobody did."""
        return self._pages.get(f"{tenant}:{digest}")


@dataclass(frozen=True, slots=True)
class Watched:
    """The tier, as it is, whose opinion also has the findings `addresses_the_judge`: in the
    response, the reasoning, the text of images that somebody read, and the debaters' marks."""

    tier: Tier
    reader: NotedReader

    @property
    def name(self) -> str:
        return self.tier.name

    @property
    def settings(self) -> TierSettings:
        return self.tier.settings

    @property
    def fallback(self) -> "Watched | None":
        behind = self.tier.fallback
        return None if behind is None else Watched(behind, self.reader)

    async def assess(self, case: Case, budget: Budget) -> Opinion:
        """Raises: TierError."""
        async with budget.time_limit():
            texts = await case.pictures.once("spoken to the judge", lambda: self._in_texts(case))
        said = self._mine(texts)
        # A text that breaks the judge must be reported all the same.
        case.noted.extend(said)
        try:
            opinion = await self.tier.assess(case, budget)
        except TierError:
            case.noted.extend(self._mine(await self._shown(case, None)))
            raise
        # Without a limit: these texts are short, and an opinion must not be lost over them.
        shown = self._mine(await self._shown(case, opinion.transcript))
        return replace(opinion, findings=(*opinion.findings, *said, *shown))

    def _mine(self, found: Sequence[Finding]) -> tuple[Finding, ...]:
        return tuple(replace(finding, by=self.name) for finding in found)

    async def _in_texts(self, case: Case) -> Sequence[Finding]:
        said = len(case.exchange.response) + len(case.exchange.reasoning or "")
        return await _found(said, lambda: _in_texts(case))

    async def _shown(self, case: Case, transcript: Transcript | None) -> Sequence[Finding]:
        pages = self._pages(case)
        read = sum(len(line.text) for page in pages.values() for line in page.lines)
        marked = len(addressing.marks_of(transcript))
        return await _found(read + marked, lambda: _in_what_is_shown(pages, transcript))

    def _pages(self, case: Case) -> dict[int, PageText]:
        """By the number of the image."""
        images = enumerate(case.exchange.images)
        pages = ((index, self.reader.page(image.digest, case.tenant)) for index, image in images)
        return {index: page for index, page in pages if page}


async def _found(chars: int, search: Callable[[], Sequence[Finding]]) -> Sequence[Finding]:
    return search() if chars <= _SHORT else await asyncio.to_thread(search)


def _in_what_is_shown(
    pages: Mapping[int, PageText], transcript: Transcript | None
) -> Sequence[Finding]:
    found = [one for index, page in pages.items() for one in addressing.in_page(index, page)]
    return [*found, *addressing.in_marks(transcript)]


def _in_texts(case: Case) -> Sequence[Finding]:
    exchange = case.exchange
    reasoning = addressing.in_text("reasoning", exchange.reasoning or "")
    return (*addressing.in_text("response", exchange.response), *reasoning)
