"""Small charts as inline SVG. Every number in them is ours: no text of an exchange."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, _MARGIN = 420, 320, 48
# Of the page around it, which knows light and dark.
_INK, _GRID = "var(--ink)", "var(--line)"


@dataclass(frozen=True, slots=True)
class Series:
    """A line through points, x and y in 0..1; `dashed` for bounds, `dots` for single values."""

    name: str
    points: Sequence[tuple[float, float]]
    colour: str
    dashed: bool = False
    dots: bool = False


def chart(title: str, x_label: str, y_label: str, series: Sequence[Series]) -> str:
    """Both axes run from 0 to 1."""
    parts = [*_axes(x_label, y_label), *(_drawn(one) for one in series), *_legend(series)]
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'aria-label="{escape(title)}" xmlns="http://www.w3.org/2000/svg" '
        f'font-family="sans-serif" font-size="11">{"".join(parts)}</svg>'
    )


def _x(value: float) -> float:
    return round(_MARGIN + value * (WIDTH - 1.5 * _MARGIN), 1)


def _y(value: float) -> float:
    return round(HEIGHT - _MARGIN - value * (HEIGHT - 1.5 * _MARGIN), 1)


def _axes(x_label: str, y_label: str) -> Iterable[str]:
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        yield _line(_x(0), _y(tick), _x(1), _y(tick))
        yield _line(_x(tick), _y(0), _x(tick), _y(1))
        yield _text(_x(tick), _y(0) + 14, f"{tick:g}", "middle")
        yield _text(_x(0) - 6, _y(tick) + 4, f"{tick:g}", "end")
    yield _text(_x(0.5), HEIGHT - 14, x_label, "middle")
    yield _text(_x(0), _y(1) - 10, y_label, "start")


def _drawn(series: Series) -> str:
    if series.dots:
        return "".join(
            f'<circle cx="{_x(x)}" cy="{_y(y)}" r="4" fill="{series.colour}"/>'
            for x, y in series.points
        )
    path = " ".join(f"{_x(x)},{_y(y)}" for x, y in series.points)
    dash = ' stroke-dasharray="5 4"' if series.dashed else ""
    return (
        f'<polyline points="{path}" fill="none" stroke="{series.colour}" stroke-width="2"{dash}/>'
    )


def _legend(series: Sequence[Series]) -> Iterable[str]:
    for place, one in enumerate(series):
        y = _y(1) + 12 + 15 * place
        yield f'<rect x="{_x(0) + 8}" y="{y - 8}" width="10" height="8" fill="{one.colour}"/>'
        yield _text(_x(0) + 23, y, one.name, "start")


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{_GRID}"/>'


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{_INK}">{escape(words)}</text>'
