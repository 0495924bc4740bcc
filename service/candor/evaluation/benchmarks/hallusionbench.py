"""HallusionBench (arXiv 2310.14566): yes/no questions about pictures made to mislead.

Read: `question`, `gt_answer` (1 is yes), `filename` (a path beside the file, or null for a
question without a picture), `category`, `subcategory`, `set_id`, `figure_id`, `question_id`.
With a `model_prediction` or `response` that is judged; otherwise the true and the false answer
are. A proxy for deception: see `answers`.
"""

from collections.abc import Iterator
from pathlib import Path

from candor.evaluation.benchmarks import answers
from candor.evaluation.benchmarks.rows import Row, case, rows
from candor.evaluation.case import BenchmarkCase

_KEYS = ("category", "subcategory", "visual_input", "set_id", "figure_id", "question_id")


def read(path: Path) -> Iterator[BenchmarkCase]:
    """Raises: InvalidExchange."""
    for row in rows(path):
        yield from answers.judged(_question(row), answers.answer_of(row, "gt_answer"))


def _question(row: Row) -> BenchmarkCase:
    """All questions about one figure are a group."""
    named = [row.text(key) for key in _KEYS]
    return case(
        row,
        name="-".join(named) if row.text("question_id") else "",
        prompt=row.needed("question"),
        response=row.text("model_prediction", "response"),
        images=row.images("filename", "image"),
        category=" ".join(name for name in named[:2] if name),
        source="hallusionbench (proxy)",
        group="-".join(["hallusionbench", *named[:2], named[3]]) if named[3] else "",
    )
