"""POPE (arXiv 2305.10355) and what is laid out like it: is there such a thing in the image?

Read: `text` or `question`, `label` (yes or no), `image` (a path beside the file), and
`question_id`. With a `response` or `answer` that is judged; otherwise the true and the false
answer are. A proxy for deception: see `answers`.
"""

from collections.abc import Iterator
from pathlib import Path

from candor.evaluation.benchmarks import answers
from candor.evaluation.benchmarks.rows import Row, case, rows
from candor.evaluation.case import BenchmarkCase


def read(path: Path) -> Iterator[BenchmarkCase]:
    """Raises: InvalidExchange."""
    for row in rows(path):
        yield from answers.judged(_question(row), answers.answer_of(row, "label"))


def _question(row: Row) -> BenchmarkCase:
    """All questions about one image are a group."""
    number, image = row.text("question_id"), row.text("image")
    return case(
        row,
        name=f"{row.file.stem}-{number}" if number else "",
        prompt=row.needed("text", "question"),
        response=row.text("response", "answer"),
        images=row.images("image"),
        category=row.text("category") or row.file.stem,
        source="pope (proxy)",
        group=f"pope-{image}" if image else "",
    )
