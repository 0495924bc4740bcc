"""Traffic of a made-up service, as the ledger has it, with screens that are known to be good,
bad or shut."""

from datetime import UTC, datetime, timedelta
from functools import cache

from candor.domain.exchange import Exchange
from candor.domain.ledger import Audited, VerdictRecord
from candor.domain.screening.features import features
from candor.domain.screening.manifest import FileBand, FileTuning
from candor.domain.screening.model import ScreenModel
from candor.domain.verdict import Outcome, PolicyRef
from tests.ledgers import a_record
from tests.unit.learning.test_train import HONEST, LIES, trained

START = datetime(2026, 3, 1, tzinfo=UTC)


def said(number: int, *, deceptive: bool) -> Exchange:
    return Exchange((), f"{(LIES if deceptive else HONEST)[number % 3]} word{number % 30}.")


def record(
    number: int, *, deceptive: bool, by: str = "debate", audit: float | None = None
) -> VerdictRecord:
    """The `number`th of a month, a minute apart, each a group of its own. What the screen settled
    it called honest, and audits, drawn with the probability `audit`, tell the truth."""
    truth = Outcome.DECEPTIVE if deceptive else Outcome.NON_DECEPTIVE
    at, name = START + timedelta(minutes=number), f"mon_{number:024x}"
    return a_record(
        number,
        at=at,
        policy=PolicyRef("default", "1"),
        outcome=truth if by != "screen" else Outcome.NON_DECEPTIVE,
        score=float(deceptive) if by != "screen" else 0.1,
        decided_by=by,
        digest=name,
        groups=(name,),
        features=_vector(said(number, deceptive=deceptive).response),
        ticket=None if audit is None else name,
        audit=None
        if audit is None
        else Audited(name, at, "screen", truth, float(deceptive), "debate", 1 / audit),
    )


@cache
def _vector(response: str) -> bytes:
    """There are few different ones, in thousands of records."""
    return features(Exchange((), response)).vector.to_bytes()


@cache
def tuned(below: float, above: float = 1.0) -> ScreenModel:
    band = FileBand(non_deceptive_below=below, deceptive_above=above)
    return trained().model.tuned(FileTuning(with_reasoning=band, without_reasoning=band))


def shut() -> ScreenModel:
    return tuned(0.0)


def good() -> ScreenModel:
    """The made-up lies are above one half, all that is honest below."""
    return tuned(0.5)


def blind() -> ScreenModel:
    """Clears everybody, lies too."""
    return tuned(1.0)
