"""Passages that speak to the judge, as findings."""

from collections.abc import Sequence

from candor.domain.coverage import image_part
from candor.domain.debate.addressing.passages import Passage, passages_in
from candor.domain.debate.transcript import Transcript
from candor.domain.ports import PageText, TextLine
from candor.domain.verdict import Finding, Stance
from candor.domain.vision.geometry import BoxRegion

MARKS = "marks"


def in_text(part: str, text: str) -> tuple[Finding, ...]:
    """`part` is the part of the exchange that `text` is, such as `response`."""
    return tuple(_finding(part, passage) for passage in passages_in(text))


def marks_of(transcript: Transcript | None) -> str:
    """The claims and labels that debaters put on their marks: they are drawn for the judge."""
    turns = transcript.turns if transcript else ()
    return "\n\n".join(f"{op.label}\n{op.claim}" for turn in turns for op in turn.operations)


def in_marks(transcript: Transcript | None) -> tuple[Finding, ...]:
    """Of what `marks_of` tells."""
    return in_text(MARKS, marks_of(transcript))


def in_page(index: int, page: PageText) -> tuple[Finding, ...]:
    """Of the text that was read in an image, each with the box around its lines."""
    text = "\n".join(line.text for line in page.lines)
    return tuple(
        _finding(image_part(index), passage, index, _around(page.lines, passage))
        for passage in passages_in(text)
    )


def _finding(
    part: str, passage: Passage, image: int | None = None, region: BoxRegion | None = None
) -> Finding:
    return Finding(
        claim=f"A text in {part} speaks to whoever judges it.",
        finding=Stance.ADDRESSES_THE_JUDGE,
        image=image,
        region=region,
        quote=passage.quote,
        label=part,
    )


def _around(lines: Sequence[TextLine], passage: Passage) -> BoxRegion | None:
    """None where the place is not known."""
    if passage.start is None or passage.end is None:
        return None
    place, boxes = 0, []
    for line in lines:
        after = place + len(line.text)
        if place < passage.end and passage.start < after:
            boxes.append(line.region)
        place = after + 1
    if not boxes:
        return None
    left, top = min(b.x for b in boxes), min(b.y for b in boxes)
    right = max(b.x + b.width for b in boxes)
    bottom = max(b.y + b.height for b in boxes)
    return BoxRegion(left, top, right - left, bottom - top)
