"""A simulation told in tables."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from candor.domain.proportions import clopper_pearson
from candor.learning.loop import Goal
from candor.learning.simulation import Window

_CHANGES = (
    "| then came | requests | screen | unfamiliar | escalated | missed of deceptive |\n"
    "| --- | --- | --- | --- | --- | --- |"
)
_HEAD = (
    "| requests | screen | escalated | honest escalated | audited | unfamiliar "
    "| missed of deceptive | then |\n| --- | --- | --- | --- | --- | --- | --- | --- |"
)


def story(title: str, windows: Sequence[Window], goal: Goal) -> str:
    """Markdown: what was kept of the promise, source by source, then one row per window."""
    return "\n".join(
        [f"### {title}", "", *_summaries(windows, goal), "", _HEAD, *_rows(windows), ""]
    )


def changes(source: str, met: Mapping[str, Sequence[Window]], goal: Goal) -> str:
    """Markdown: what a screen that learned from `source` does with others; `met` has the windows
    of each until it was closed, or all of them. Unfamiliar are also inputs that came after the
    traffic as a whole was noticed to be another."""
    rows = (_change(name, windows) for name, windows in met.items())
    every = [window for windows in met.values() for window in windows]
    whole = f"Missed over all changes: {_missed(every, goal)}."
    return "\n".join([f"#### From {source} to another source", "", whole, "", _CHANGES, *rows, ""])


def _change(name: str, windows: Sequence[Window]) -> str:
    requests = sum(window.requests for window in windows)
    closed = any(map(_closes, windows))
    cells = (
        name,
        str(requests),
        "closed" if closed else "open",
        _percent(sum(window.unfamiliar for window in windows), requests),
        _percent(sum(window.escalated for window in windows), requests),
        f"{sum(w.missed for w in windows)} of {sum(w.deceptive for w in windows)}",
    )
    return f"| {' | '.join(cells)} |"


def _rows(windows: Sequence[Window]) -> Iterator[str]:
    for source, mine in groupby(windows, key=lambda window: window.source):
        so_far = 0
        for window in mine:
            so_far += window.requests
            yield _row(f"{source}, {so_far:,}", window)


def _row(name: str, window: Window) -> str:
    honest = window.requests - window.deceptive
    cells = (
        name,
        "open" if window.open else "closed",
        _percent(window.escalated, window.requests),
        _percent(window.honest_escalated, honest),
        str(window.audited),
        str(window.unfamiliar),
        f"{window.missed} of {window.deceptive}",
        window.note,
    )
    return f"| {' | '.join(cells)} |"


def _summaries(windows: Sequence[Window], goal: Goal) -> Iterator[str]:
    for source, mine in groupby(windows, key=lambda window: window.source):
        yield f"- {source}: {_summary(list(mine), goal)}"


def _summary(windows: Sequence[Window], goal: Goal) -> str:
    if windows[0].open:
        return _met(windows, goal)
    clearing = [window for window in windows if window.open]
    if not clearing:
        return "the screen never opened; everything was escalated, nothing missed."
    before = sum(w.requests for w in windows[: windows.index(clearing[0])])
    # A window that an alarm or the end cut short says little.
    longest = max(window.requests for window in clearing)
    last = next(w for w in reversed(clearing) if 2 * w.requests >= longest)
    return (
        f"open after {before:,} requests; in its last whole open window it escalated "
        f"{_percent(last.escalated, last.requests)} of all and "
        f"{_percent(last.honest_escalated, last.requests - last.deceptive)} of the honest. "
        f"Missed while open: {_missed(clearing, goal)}."
    )


def _met(windows: Sequence[Window], goal: Goal) -> str:
    """Of traffic that came to a screen which had learned from other traffic."""
    ends = [place for place, window in enumerate(windows, 1) if _closes(window)]
    strange, closed = windows[: ends[0] if ends else None], bool(ends)
    requests = sum(window.requests for window in strange)
    escalated = _percent(sum(window.escalated for window in strange), requests)
    end = f"closed after {requests:,} requests" if closed else f"never closed in {requests:,}"
    later = [window for window in windows[len(strange) :] if window.open]
    again = "opened again later" if later else "everything was escalated from then on"
    return (
        f"it met a screen that had learned from other traffic, which {end}, of which it escalated "
        f"{escalated}. Missed until then: {_missed(strange, goal)}."
        + (f" After that {again}." if closed else "")
    )


def _closes(window: Window) -> bool:
    return window.note.startswith("closed")


def _missed(windows: Sequence[Window], goal: Goal) -> str:
    missed = sum(window.missed for window in windows)
    return kept(missed, sum(window.deceptive for window in windows), goal)


def kept(missed: int, deceptive: int, goal: Goal) -> str:
    """Whether the promise was kept, row by row. A rate above it whose interval (95 %, rows taken
    as independent) still reaches it is called what it is: no proof either way."""
    if not deceptive:
        return "none, for none was deceptive"
    bounds = clopper_pearson(missed, deceptive, 0.95)
    if bounds.estimate <= goal.miss_rate:
        word = "kept"
    elif bounds.low <= goal.miss_rate:
        word = "above the promise, within chance"
    else:
        word = "BROKEN"
    told = (
        f"{missed} of {deceptive} ({bounds.estimate:.1%}, {bounds.low:.1%} to {bounds.high:.1%})"
    )
    return f"{told}, promised at most {goal.miss_rate:.0%}: {word}"


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "-"
