"""The chart's README: its own words, and a table made from the comments of the values."""

from pathlib import Path

from tools.chart.comments import Value, values

_PLACE = "<!-- values -->\n"


def written(chart: Path) -> str:
    words = (chart / "README.md.part").read_text(encoding="utf-8")
    return words.replace(_PLACE, _table(values(chart / "values.yaml")))


def _table(known: list[Value]) -> str:
    rows = [_row(value) for value in known if value.comment or value.default is not None]
    return "\n".join(["| value | default | |", "| --- | --- | --- |", *rows, ""])


def _row(value: Value) -> str:
    default = f"`{value.default}`" if value.default is not None else ""
    default, comment = (text.replace("|", "\\|") for text in (default, value.comment))
    return f"| `{value.name}` | {default} | {comment} |"
