"""What becomes of a verdict when a model endpoint or a remote classifier fails."""

from collections.abc import Iterator, Mapping, Sequence

from tests.chaos.dependencies import faults as f
from tests.chaos.dependencies.cells import Cell, Count, Section, Told, inconclusive, under_block
from tests.chaos.dependencies.faults import Fault

WELL = Told()
UNAVAILABLE = (f.REFUSED, f.CUT, f.LONGER, f.SHORTER, f.TLS, f.NOT_HTTP, f.FAILS, f.DENIES)
LATE = (f.HUNG, f.SLOW, f.DRIPS)
UNREADABLE = (
    *(f.NOT_JSON, f.OTHER_JSON, f.NO_OBJECT, f.EMPTY),
    *(f.UTF_16, f.NOT_UTF_8, f.GZIP, f.ENDLESS),
)
FEW = (f.REFUSED, f.CUT, f.FAILS, f.LIMITS, f.HUNG, f.DRIPS, f.NOT_JSON, f.NOT_UTF_8, f.ENDLESS)
Errors = Mapping[str, Sequence[Fault]]
_OF_MODELS: Errors = {
    "ModelUnavailable": (*UNAVAILABLE, f.REDIRECTS, f.ERROR_INSIDE),
    "ModelRateLimited": (f.LIMITS,),
    "BudgetExhausted": LATE,
    "UnreadableReply": UNREADABLE,
}
_OF_CLASSIFIERS: Errors = {
    "ModelUnavailable": (*UNAVAILABLE, f.REDIRECTS),
    "ModelRateLimited": (f.LIMITS,),
    "ModelTimeout": LATE,
    "UnreadableReply": (*UNREADABLE, f.ERROR_INSIDE),
}
_OF_SOME: Errors = {
    error: [fault for fault in faults if fault in FEW] for error, faults in _OF_MODELS.items()
}


def _each(errors: Errors) -> Iterator[tuple[str, Fault]]:
    return ((error, fault) for error, faults in errors.items() for fault in faults)


def _calls(endpoint: str, error: str) -> tuple[Count, ...]:
    # A call that the deadline ends may count as cancelled, or as having no answer in time.
    return () if error == "BudgetExhausted" else (_call(endpoint, error),)


def _call(endpoint: str, error: str) -> Count:
    return Count("model_calls_total", {"endpoint": endpoint, "result": error})


def _degraded(reason: str) -> Count:
    return Count("degraded_total", {"reason": reason})


def _posture(action: str) -> Count:
    return Count("posture_total", {"cause": "dependency_down", "action": action})


def _without_another(place: str, tier: str, errors: Errors, endpoint: str = "") -> list[Cell]:
    """Nobody stands in: there is no verdict."""
    cells = []
    for error, fault in _each(errors):
        told = inconclusive(f"{tier}:{error}")
        calls = _calls(endpoint, error) if endpoint else ()
        # Whoever waited may be the first to see the deadline, or the call itself.
        named = () if error == "BudgetExhausted" else (_degraded(told.degraded),)
        counts = (*named, _posture("review"), *calls)
        cells.append(Cell(place, fault, told, counts, under_block(told)))
    return [*cells, Cell(place, f.OTHER_TYPE, WELL)]


def _with_another(place: str, reason: str, faults: Sequence[Fault]) -> list[Cell]:
    told = Told(degraded=reason)
    counts = (_degraded(reason),)
    return [Cell(place, fault, told, counts, under_block(told)) for fault in faults]


def _chain() -> list[Cell]:
    passed_on = (*UNAVAILABLE, f.REDIRECTS, f.ERROR_INSIDE, f.LIMITS, *LATE)
    unreadable = inconclusive("debate:UnreadableReply")
    counts = (_degraded("debate:UnreadableReply"), _call("chained", "UnreadableReply"))
    return [
        *_with_another("chain", "models.chained:fallback:well", passed_on),
        *(Cell("chain", x, unreadable, counts, under_block(unreadable)) for x in UNREADABLE),
        Cell("chain", f.OTHER_TYPE, WELL),
    ]


def _grounded() -> list[Cell]:
    cells = []
    for error, fault in _each(_OF_SOME):
        told = inconclusive(f"debate:{error},debate:fallback")
        counts = (_degraded("debate:fallback"), _posture("review"))
        cells.append(Cell("grounded", fault, told, counts, under_block(told)))
    return cells


def _before_a_debate() -> list[Cell]:
    return [
        cell
        for error, faults in _OF_CLASSIFIERS.items()
        for cell in _with_another("screen-first", f"screen:{error}", faults)
    ]


SECTIONS = (
    Section(
        "Model endpoint: the judge, alone",
        "The judge's endpoint has no `fallback`, and the tier has `fallback: none`.",
        _without_another("judge", "debate", _OF_MODELS, "ill"),
    ),
    Section(
        "Model endpoint: the debaters, alone",
        "As above, with both debaters at the endpoint and a judge who is well.",
        _without_another("debaters", "debate", _OF_SOME, "ill"),
    ),
    Section(
        "Model endpoint with another one behind it",
        "The endpoint `chained` has `fallback: well`. A reply that cannot be read is asked for "
        "once more and not passed on.",
        _chain(),
    ),
    Section(
        "Model endpoint with the debate that needs none behind it",
        "The tier has `fallback: grounded`, as by default. What is told is the verdict of that "
        "debate; here it finds nothing to decide on.",
        _grounded(),
    ),
    Section(
        "Remote classifier, alone",
        "A screen, and no tier after it.",
        _without_another("screen", "screen", _OF_CLASSIFIERS),
    ),
    Section(
        "Remote classifier with a debate after it",
        "A call takes at most `timeout_seconds` of the classifier, so that time is left.",
        _before_a_debate(),
    ),
)
CELLS = [cell for section in SECTIONS for cell in section.cells]
