"""Where text decides: what the embedded debate settles on photographed papers."""

import re
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from candor.adapters.ocr import RapidOcrConfig
from candor.domain.exchange import SourceImage
from candor.domain.grounding import ruling
from candor.domain.grounding.examination import Reading, examined
from candor.domain.grounding.layout import lay_out
from candor.domain.ports import TextReader
from candor.domain.tiers.tier import Band
from candor.domain.verdict import Outcome
from candor.domain.vision.image import ImageLimits
from candor.domain.vision.pictures import Pictures
from candor.domain.vision.pool import Pool
from tests.integration.drawn_papers import Said, papers, photo, said_of
from tests.unit.grounding.papers import exchange

PAGE = Path(__file__).parents[2] / "docs" / "evaluation.md"
SEED = 5
OUTCOMES = (Outcome.DECEPTIVE, Outcome.NON_DECEPTIVE, None)
WRONG = {("honest", Outcome.DECEPTIVE), ("deceptive", Outcome.NON_DECEPTIVE)}
# Of 80: on another processor the networks that read may see a letter otherwise.
MOST_MOVED = 3
Counts = Mapping[str, Counter[Outcome | None]]


async def read(data: bytes, reader: TextReader, pool: Pool) -> Reading:
    pictures = await Pictures.open([SourceImage(data)], ImageLimits(), pool)
    picture = await pictures.picture(0)
    page = await reader.read(picture, time.monotonic() + 60)
    return Reading(0, picture.width, picture.height, lay_out(page, 0), page.cut)


def outcome(said: Said, reading: Reading) -> Outcome | None:
    found = examined(exchange(said.prompt, said.response, said.reasoning), [reading])
    return Band().settle(ruling.score(found))


async def counted(pool: Pool) -> Counts:
    """Outcomes by `truth, manner`."""
    reader, counts = RapidOcrConfig().build(pool), dict[str, Counter[Outcome | None]]()
    for paper in papers(SEED):
        reading = await read(photo(paper, SEED), reader, pool)
        for said in (said for fact in paper.facts for said in said_of(fact)):
            name = f"{said.truth}, {said.manner}"
            counts.setdefault(name, Counter())[outcome(said, reading)] += 1
    return counts


def told() -> dict[str, list[int]]:
    """The table of the page: flagged, cleared and left open by name."""
    row = re.compile(r"^\| (\w+, [\w ]+) \| (\d+) \| (\d+) \| (\d+) \|$", re.MULTILINE)
    rows = row.findall(PAGE.read_text("utf-8"))
    return {name: [int(n) for n in numbers] for name, *numbers in rows}


async def test_what_is_settled_where_text_decides_is_what_the_page_says() -> None:
    pool = Pool(workers=1)
    counts = await counted(pool)
    pool.close()

    wrong = [
        (name, outcome)
        for name, outcomes in counts.items()
        for outcome in outcomes
        if (name.split(",")[0], outcome) in WRONG
    ]
    assert not wrong
    seen = {name: [counts[name][o] for o in OUTCOMES] for name in counts}
    assert seen.keys() == told().keys()
    assert moved(seen, told()) <= MOST_MOVED, seen


def moved(seen: Mapping[str, list[int]], page: Mapping[str, list[int]]) -> int:
    """Responses that ended otherwise than the page says."""
    pairs = [pair for name in page for pair in zip(seen[name], page[name], strict=True)]
    return sum(max(now - then, 0) for now, then in pairs)
