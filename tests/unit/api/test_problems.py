import json

import pytest

from candor.api import problems
from candor.domain import errors
from candor.domain.errors import CandorError, InvalidExchange, ModelError, Overloaded, TooLarge

OURS = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, CandorError)]


# What errors of a kind are made with beside their message; the first that fits.
MADE_WITH: tuple[tuple[type[CandorError], dict[str, object]], ...] = (
    (TooLarge, {"field": "f", "limit": "limits.x"}),
    (InvalidExchange, {"field": "f"}),
    (Overloaded, {"reason": "r"}),
    (errors.Unidentified, {"presented": True}),
    (errors.LacksScope, {"scope": "jobs"}),
    (errors.OverQuota, {"measure": "requests", "retry_after": 3}),
    (ModelError, {"model": "x"}),
    (CandorError, {}),
)


def made(error: type[CandorError]) -> CandorError:
    more = next(more for kind, more in MADE_WITH if issubclass(error, kind))
    return error("m", **more)


@pytest.mark.parametrize("error", OURS)
def test_every_error_of_ours_has_an_answer(error: type[CandorError]) -> None:
    problem = problems.of(made(error), "id-1")

    assert 400 <= problem.status < 600
    assert problem.request_id == "id-1"
    assert problem.hint


def test_the_table_is_the_one_in_the_design() -> None:
    table = {type(e): problems.of(e, "").status for e in map(made, OURS)}

    assert table[InvalidExchange] == 422
    assert table[TooLarge] == 413
    assert table[Overloaded] == 503
    assert table[errors.UnknownVerdict] == 404
    assert table[errors.LedgerOff] == 409
    assert table[errors.LedgerUnavailable] == table[errors.RecordRefused] == 503
    assert table[errors.UnknownJob] == 404
    assert table[errors.JobsOff] == table[errors.IdempotencyConflict] == 409
    assert table[errors.TenantQueueFull] == 429
    assert table[errors.QueueUnavailable] == table[errors.IdentityUnavailable] == 503
    assert table[errors.TrailUnavailable] == 503
    assert table[errors.Unidentified] == 401
    assert table[errors.NotAllowed] == table[errors.LacksScope] == 403
    assert table[errors.OverQuota] == 429
    assert table[errors.ReloadRefused] == 409
    callers = (InvalidExchange, Overloaded, errors.Unidentified, errors.NotAllowed)
    jobs = (errors.UnknownJob, errors.JobsOff, errors.IdempotencyConflict)
    queue = (errors.TenantQueueFull, errors.QueueUnavailable, errors.OverQuota)
    ledger = (errors.UnknownVerdict, errors.LedgerOff, errors.LedgerUnavailable)
    others = (errors.ReloadRefused, errors.IdentityUnavailable, errors.TrailUnavailable)
    told = (*callers, *jobs, *queue, *ledger, *others)
    assert {table[e] for e in OURS if not issubclass(e, told)} == {500}


def test_an_unexpected_error_says_nothing_of_itself() -> None:
    told = problems.of(errors.CacheUnavailable("password=hunter2"), "id-1").model_dump_json()

    assert "hunter2" not in told
    assert "urn:candor:problem:internal" in told


def test_fields_that_do_not_apply_are_left_out() -> None:
    response = problems.answer(problems.of(InvalidExchange("m", field="f"), "id-1"))

    assert set(json.loads(bytes(response.body))) == {
        "type",
        "title",
        "status",
        "detail",
        "field",
        "hint",
        "request_id",
    }


def test_a_request_turned_away_is_told_when_to_come_back() -> None:
    error = Overloaded("full", reason="image_pool", retry_after=7)

    assert problems.headers_for(error) == {"retry-after": "7"}
    assert problems.of(error, "").hint == "try again in 7 s"
