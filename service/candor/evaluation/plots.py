"""Plots as inline SVG, drawn with the page's own colours: legible in light and in dark."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from candor.evaluation.certainty import bins_of
from candor.evaluation.sample import Bools, Floats, Sample

_WIDTH, _HEIGHT, _EDGE = 340, 300, 44
_BINS = 20
# Letters of a title that fit.
_TITLE = 44


@dataclass(frozen=True, slots=True)
class Line:
    """Points from left to right, both axes 0..1; `dots` shows each of them."""

    name: str
    xs: Floats
    ys: Floats
    dots: bool = False


def _scored(sample: Sample) -> Sample:
    return sample.where(~np.isnan(sample.scores))


def roc(name: str, sample: Sample) -> Line:
    """From (0, 0) to (1, 1); empty where one class is missing."""
    scored = _scored(sample)
    weights = scored.weights
    positives, negatives = weights @ scored.deceptive, weights @ ~scored.deceptive
    if not positives or not negatives:
        return Line(name, np.array([]), np.array([]))
    cuts = np.concatenate([[np.inf], np.unique(scored.scores)[::-1]])
    above = scored.scores[None, :] >= cuts[:, None]
    return Line(
        name,
        (above & ~scored.deceptive) @ weights / negatives,
        (above & scored.deceptive) @ weights / positives,
    )


def risk_coverage(name: str, sample: Sample) -> Line:
    """The error rate at one half among the cases at least so far from it, over their share."""
    scored = _scored(sample)
    confidence = np.round(np.abs(scored.scores - 0.5), 12)
    wrong = np.where(confidence == 0, 0.5, (scored.scores > 0.5) != scored.deceptive)
    cuts = np.unique(confidence)[::-1]
    kept = [confidence >= cut for cut in cuts]
    weights = scored.weights
    shares = np.array([weights[mask].sum() / weights.sum() for mask in kept])
    risks = [np.average(wrong[mask], weights=weights[mask]) for mask in kept]
    return Line(name, shares, np.array(risks), dots=len(cuts) == 1)


def reliability(name: str, sample: Sample) -> Line:
    """How many were deceptive, of those scored about the same; on the diagonal, all is well."""
    scored = _scored(sample)
    bins = bins_of(scored.scores)
    filled = [bins == number for number in np.unique(bins)]
    return Line(
        name,
        np.array([_mean(scored.scores, scored, mask) for mask in filled]),
        np.array([_mean(scored.deceptive, scored, mask) for mask in filled]),
        dots=True,
    )


def _mean(values: Floats | Bools, sample: Sample, mask: Bools) -> float:
    return float(np.average(values[mask], weights=sample.weights[mask]))


def chart(title: str, axes: tuple[str, str], lines: Sequence[Line], *, diagonal: bool) -> str:
    """One plot with all policies in it; the name of each shows where the pointer rests."""
    drawn = [_frame(title, axes)]
    if diagonal:
        drawn.append(f'<path class="faint" d="{_path(np.array([0, 1]), np.array([0, 1]))}"/>')
    drawn += [_line(line, number) for number, line in enumerate(lines) if len(line.xs)]
    return _svg(title, drawn)


def histogram(name: str, sample: Sample) -> str:
    """Scores of deceptive cases upwards, of the others downwards from the middle."""
    title = name if len(name) <= _TITLE else name[: _TITLE - 1] + "…"
    scored = _scored(sample)
    edges = np.linspace(0, 1, _BINS + 1)
    up, down = (
        np.histogram(scored.scores[mask], edges)[0]
        for mask in (scored.deceptive, ~scored.deceptive)
    )
    most = max(int(up.max()), int(down.max()), 1)
    bars = [
        *_bars(up / most, "deceptive", upwards=True),
        *_bars(down / most, "honest", upwards=False),
    ]
    frame = _frame(title, ("score", f"cases, at most {most}"), ticks=False)
    return _svg(title, [frame, *bars])


def _bars(heights: Floats, kind: str, *, upwards: bool) -> Iterator[str]:
    for number, height in enumerate(heights):
        low, high = (0.5, 0.5 + height / 2) if upwards else (0.5 - height / 2, 0.5)
        left, right = _x(number / _BINS) + 1, _x((number + 1) / _BINS) - 1
        yield (
            f'<rect class="{kind}" x="{left:.1f}" y="{_y(high):.1f}" '
            f'width="{right - left:.1f}" height="{_y(low) - _y(high):.1f}"/>'
        )


def _x(value: float) -> float:
    return _EDGE + value * (_WIDTH - 1.5 * _EDGE)


def _y(value: float) -> float:
    return _HEIGHT - _EDGE - value * (_HEIGHT - 1.75 * _EDGE)


def _path(xs: Floats, ys: Floats) -> str:
    points = (f"{_x(x):.1f},{_y(y):.1f}" for x, y in zip(xs, ys, strict=True))
    return "M" + " L".join(points)


def _line(line: Line, number: int) -> str:
    colour = f"policy{number % 6}"
    dots = [
        f'<circle class="{colour}" cx="{_x(x):.1f}" cy="{_y(y):.1f}" r="3"/>'
        for x, y in zip(line.xs, line.ys, strict=True)
        if line.dots
    ]
    path = f'<path class="{colour}" d="{_path(line.xs, line.ys)}"/>'
    return f"<g><title>{escape(line.name)}</title>{path}{''.join(dots)}</g>"


def _frame(title: str, axes: tuple[str, str], *, ticks: bool = True) -> str:
    across, up = axes
    left, right, bottom, top = _x(0), _x(1), _y(0), _y(1)
    outline = f"M{left},{top} L{left},{bottom} L{right},{bottom}"
    middle = (top + bottom) / 2
    turned = f'transform="rotate(-90 12 {middle:.0f})"'
    parts = [
        f'<path class="axis" d="{outline}"/>',
        f'<text class="title" x="{(left + right) / 2:.0f}" y="18">{escape(title)}</text>',
        f'<text x="{(left + right) / 2:.0f}" y="{_HEIGHT - 8}">{escape(across)}</text>',
        f'<text x="12" y="{middle:.0f}" {turned}>{escape(up)}</text>',
    ]
    for tick in (0.0, 0.5, 1.0):
        parts.append(f'<text x="{_x(tick):.0f}" y="{bottom + 16:.0f}">{tick:g}</text>')
        if ticks:
            parts.append(f'<text x="{left - 14:.0f}" y="{_y(tick) + 4:.0f}">{tick:g}</text>')
    return "".join(parts)


def _svg(title: str, drawn: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}">'
        f"{''.join(drawn)}</svg>"
    )
